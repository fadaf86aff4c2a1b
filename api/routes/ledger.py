"""What alumni gave and had of it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from api.http.state import state_of
from api.login.access import may
from api.routes.common import AlumnusId, Page, PageSize, School, answer, problems
from api.schemas.rankings import Model
from matcher.domain.balance import Balance
from matcher.domain.ledger import MOST_HOURS, MOST_STUDENTS, Benefit, LedgerLine
from matcher.policy import Action, Asker
from matcher.services import ledger
from matcher.services.browsing import Slice
from matcher.services.ledger import Account, Entry, Row, Show

router = APIRouter(prefix="/v1", tags=["people"])
Reader = Annotated[Asker, Depends(may(Action.LEDGER_READ))]
Writer = Annotated[Asker, Depends(may(Action.LEDGER_WRITE))]
PAGE = 20


class BalanceOut(Model):
    """The past 365 days, over all schools."""

    given: int = Field(description="Contributions.", examples=[2])
    hours: float = Field(examples=[3.5])
    students: int = Field(examples=[24])
    received: int = Field(description="Benefits.", examples=[1])
    asks: int = Field(examples=[3])
    asks_left: int = Field(examples=[1])
    asked_on: date | None = Field(description="The last ask, of any day; null if never asked.")

    @classmethod
    def of(cls, balance: Balance) -> Self:
        """From the domain's."""
        return cls(**{name: getattr(balance, name) for name in cls.model_fields})


class BalanceRow(BalanceOut):
    """An alumnus of the list."""

    id: str = Field(examples=["A-0007"])
    school: str = Field(examples=["ROC Vechtdal"])


class LedgerOut(Model):
    """One page of the alumni of a school."""

    items: list[BalanceRow]
    page: int = Field(examples=[1])
    page_size: int = Field(examples=[20])
    total: int = Field(description="Alumni on all pages together.", examples=[31])
    alumni: int = Field(description="All alumni of the school.", examples=[812])
    counts: dict[str, int] = Field(examples=[{"gave": 31, "never": 702, "spent": 4}])


class EntryOut(Model):
    """One entry. Of contributions and benefits `counts` is false once they are corrected."""

    entry: int = Field(description="Its number, to correct it.", examples=[1204])
    event: str = Field(examples=["contributed"])
    on: date
    school: str | None
    kind: str | None = Field(description="The kind of the request.", examples=["guest_lesson"])
    team: str | None
    benefit: str | None = Field(examples=["course"])
    hours: float | None
    students: int | None
    corrects: int | None = Field(description="The entry that this one undoes.")
    counts: bool

    @classmethod
    def of(cls, line: LedgerLine, *, counts: bool) -> Self:
        """From the domain's."""
        same = {name: getattr(line, name) for name in ("on", "school", "team", "hours", "students", "corrects")}
        kind, benefit = line.kind and line.kind.value, line.benefit and line.benefit.value
        return cls(entry=line.key, event=line.event.value, kind=kind, benefit=benefit, counts=counts, **same)


class AccountOut(BalanceRow):
    """An alumnus, with every entry, the oldest first."""

    entries: list[EntryOut]


class EntryIn(Model):
    """A benefit, or a contribution with hours, students or both."""

    benefit: Benefit | None = Field(default=None, examples=["course"])
    hours: float | None = Field(default=None, gt=0, le=MOST_HOURS, examples=[1.5])
    students: int | None = Field(default=None, ge=0, le=MOST_STUDENTS, examples=[24])


class Added(Model):
    """The number of the new entry."""

    entry: int = Field(examples=[1204])


@router.get("/ledger", summary="What alumni gave and had", response_model=LedgerOut, responses=problems(401, 404, 422))
def overview(
    request: Request,
    asker: Reader,
    show: Annotated[
        Show, Query(description="Who gave, was never asked, or may not be asked any more.", examples=["gave"])
    ] = Show.GAVE,
    school: School = None,
    page: Page = 1,
    page_size: PageSize = None,
) -> Response:
    """The alumni of a school who gave (most first), were never asked, or have no ask left this year."""
    part = Slice(page, page_size or PAGE)
    found = ledger.overview(state_of(request).app, asker, show, part, school=school)
    return answer(
        LedgerOut(
            items=[_row(one) for one in found.rows],
            page=part.number,
            page_size=part.size,
            total=found.total,
            alumni=found.alumni,
            counts={one.value: count for one, count in found.counts.items()},
        )
    )


def _row(one: Row | Account) -> BalanceRow:
    balance = BalanceOut.of(one.balance).model_dump()
    return BalanceRow(id=one.alumnus.alumnus_id, school=one.alumnus.school, **balance)


@router.get(
    "/people/{id}/ledger", summary="What one gave and had", response_model=AccountOut, responses=problems(401, 404, 422)
)
def account(request: Request, asker: Reader, alumnus_id: AlumnusId, school: School = None) -> Response:
    """The balance of the past year, and every entry."""
    found = ledger.account(state_of(request).app, asker, alumnus_id, school=school)
    entries = [EntryOut.of(line, counts=line.key in found.counting) for line in found.entries]
    return answer(AccountOut(**_row(found).model_dump(), entries=entries))


@router.post("/people/{id}/ledger", summary="Add an entry", response_model=Added, responses=problems(401, 404, 422))
def add(request: Request, asker: Writer, alumnus_id: AlumnusId, asked: EntryIn, school: School = None) -> Response:
    """Adds what an alumnus had of it, or gave, today; the next ranking counts it."""
    entry = Entry(asked.benefit, asked.hours, asked.students)
    return answer(Added(entry=ledger.add(state_of(request).app, asker, alumnus_id, entry, school=school)))


@router.post(
    "/people/{id}/ledger/{entry}/correction",
    summary="Correct an entry",
    response_model=Added,
    responses=problems(401, 404, 422),
)
def correct(
    request: Request,
    asker: Writer,
    alumnus_id: AlumnusId,
    entry: Annotated[int, Path(description="Number of the entry.", ge=1, le=2**63 - 1, examples=[1204])],
    school: School = None,
) -> Response:
    """Adds an entry by which a contribution or benefit counts no more; nothing is removed."""
    return answer(Added(entry=ledger.correct(state_of(request).app, asker, alumnus_id, entry, school=school)))
