"""Recognised training companies: a list or a server says so, and a place has those alone, with the day of it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.source_server import HttpsSource
from matcher import explain
from matcher.domain.answers import Ranking
from matcher.domain.kinds import RequestKind
from matcher.domain.recognition import LASTS, Recognition, crebo_of, digest_of
from matcher.domain.records import Alumnus, Moment, RecordKind, Request
from matcher.errors import Forbidden, InvalidValue, MissingColumns, UnreadableFile
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.repositories.values import Upsert
from matcher.services import eligibility, matching, recognition
from matcher.services.matching import PairOfIds
from tests.support import stores
from tests.support.apps import Engine, terminal
from tests.support.files import text
from tests.support.region import alumnus, engine_in
from tests.support.source_servers import Answer, Asked, Source, said, serving
from tests.support.stores import reading
from tests.support.worlds import AS_OF

ALUMNI, REQUESTS = RecordKind.ALUMNI, RecordKind.REQUESTS
COOK = "25180"
ASKED = AS_OF - timedelta(days=10)
HEAD = "leerbedrijf_id;crebo;erkend;gecontroleerd op;tot\n"


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """The region, with alumni at three companies and one at none, and a place for a cook."""
    made = engine_in(tmp_path, cache=tmp_path / "cache")
    cook = {"function": "kok", "employer": "De Pan", "offers": frozenset({RequestKind.BPV_PLACE})}
    companies = {"A-51": "100001", "A-52": "100002", "A-53": " 100003 ", "A-54": None}
    rows = [alumnus(n, id_, company_id=number, **cook) for n, (id_, number) in enumerate(companies.items(), 9)]
    stores.upsert(made.store, ALUMNI, rows)
    place(made)
    return made


def place(engine: Engine, **values: object) -> None:
    base = {"kind": RequestKind.BPV_PLACE, "title": "Plek in de keuken", "programme": "kok", "period_from": None}
    stores.upsert(engine.store, REQUESTS, [Upsert(2, "R-8", "Noord", {**base, **values})])


def bring(engine: Engine, folder: Path, *rows: str, **settings: Any) -> tuple[int, int, int, int]:
    file = text(folder / "erkenningen.csv", HEAD + "\n".join(rows) + "\n")
    report = recognition.read_file(engine.app, COMMAND_LINE, file, **settings)
    return report.created, report.updated, report.unchanged, report.refused


def listed(engine: Engine, request: str = "R-8") -> Ranking:
    return terminal(engine).match(request)


def ids(ranking: Ranking) -> list[str]:
    return sorted(match.candidate_id for match in ranking.matches)


def yes(company: str, crebo: str = COOK, asked: date = ASKED, until: str = "") -> str:
    return f"{company};{crebo};ja;{asked.isoformat()};{until}"


def test_nothing_is_demanded_until_something_is_known(engine: Engine, tmp_path: Path) -> None:
    """Then a place has recognised companies alone, with the day; another programme's answer does not count."""
    assert ids(listed(engine)) == ["A-51", "A-52", "A-53", "A-54"]
    no = f"100002;{COOK};nee;{ASKED.isoformat()};"
    assert bring(engine, tmp_path, yes("100001"), no, yes("100003", "25480")) == (3, 0, 0, 0)
    after = listed(engine)
    assert ids(after) == ["A-51"]
    again = listed(engine).matches[0]  # which is remembered
    assert after.matches[0].card.checked_on == again.card.checked_on == ASKED
    assert ("checked_on", f"Erkend voor deze opleiding, nagevraagd op {ASKED.day} februari 2027") in explain.facts(
        after.matches[0].card, "nl"
    )
    assert "A-54" not in ids(listed(engine))
    assert (after.excluded["own_field"] or 0) >= 3
    assert bring(engine, tmp_path, yes("100001"), yes("100003")) == (1, 0, 1, 0)
    assert ids(listed(engine)) == ["A-51", "A-53"]
    assert ids(terminal(engine).match("R-1"))  # what is no place is not about companies


def test_the_account_says_it_in_words(engine: Engine, tmp_path: Path) -> None:
    bring(engine, tmp_path, yes("100001"))
    for number, passed in (("A-51", True), ("A-52", False)):
        account = matching.why(engine.app, COMMAND_LINE, PairOfIds("R-8", number, school="Noord"))
        (outcome,) = [one for one in account.rules if one.code == "own_field"]
        assert outcome.passed is passed
        for language in ("nl", "en"):
            assert ("erkend is." in (sentence := explain.rule_sentence(outcome, language))) or "recognised" in sentence


def test_inviting_asks_it_of_the_records_of_now(engine: Engine, tmp_path: Path) -> None:
    """Inside the transaction, with and without a pool."""
    bring(engine, tmp_path, yes("100001"))
    with engine.store.read() as records:
        (request,) = records.records.find(REQUESTS, "R-8")
        found = {}
        for number in ("A-51", "A-52"):
            (one,) = records.records.find(ALUMNI, number)
            pair = cast("Request", request), cast("Alumnus", one)
            found[number] = eligibility.failed_rule(records, engine.app.terms, *pair, AS_OF)
    assert found == {"A-51": None, "A-52": "own_field"}


def test_an_unsaved_place_is_the_same(engine: Engine, tmp_path: Path) -> None:
    wish = Request(request_id="", school="Noord", kind=RequestKind.BPV_PLACE, title="Plek", programme=COOK)
    assert len(matching.match_unsaved(engine.app, COMMAND_LINE, wish).matches) == 4
    bring(engine, tmp_path, yes("100001"))
    assert ids(matching.match_unsaved(engine.app, COMMAND_LINE, wish)) == ["A-51"]
    mentor = matching.match_unsaved(engine.app, COMMAND_LINE, replace(wish, kind=RequestKind.MENTOR))
    assert "own_field" not in mentor.excluded


def test_the_day_of_the_place_counts(engine: Engine, tmp_path: Path) -> None:
    """Over before the first day, or asked more than a year before it: not known to be recognised then."""
    bring(engine, tmp_path, yes("100001", until="2027-06-30"), yes("100002"), yes("100003", asked=AS_OF - LASTS))
    assert ids(listed(engine)) == ["A-51", "A-52", "A-53"]
    place(engine, period_from=date(2027, 9, 1))
    assert ids(listed(engine)) == ["A-52"]
    place(engine, moments=(Moment(datetime(2027, 6, 29, 9), datetime(2027, 6, 29, 12)),))
    assert ids(listed(engine)) == ["A-51", "A-52"]


def test_a_place_of_a_programme_without_a_code_is_as_before(engine: Engine, tmp_path: Path) -> None:
    bring(engine, tmp_path, yes("100001"))
    place(engine, programme="iets in de keuken")
    assert ids(listed(engine)) == ["A-51", "A-52", "A-53", "A-54"]


def test_rows_that_cannot_be_used_are_refused(engine: Engine, tmp_path: Path) -> None:
    """Without a number, a code, a yes or a day; in a day to come; the last row of a company counts."""
    rows = [f";{COOK};ja;2027-01-01;", "100001;12;ja;2027-01-01;", f"100001;{COOK};misschien;2027-01-01;",
            f"100001;{COOK};ja;;", f"100001;{COOK};ja;2030-01-01;", yes("100001"),
            f"100001;{COOK};nee;2027-02-20;"]  # fmt: skip
    assert bring(engine, tmp_path, *rows, dry_run=True) == (1, 0, 0, 5)
    assert reading(engine.store).recognitions.all() == []
    assert bring(engine, tmp_path, *rows) == (1, 0, 0, 5)
    assert ids(listed(engine)) == []
    with pytest.raises(MissingColumns):
        recognition.read_file(engine.app, COMMAND_LINE, text(tmp_path / "x.csv", "naam;erkend\nx;ja\n"))
    with pytest.raises(UnreadableFile):
        recognition.read_file(engine.app, COMMAND_LINE, tmp_path / "weg.csv")
    with pytest.raises(Forbidden):
        recognition.read_file(engine.app, Asker(7, Role.COORDINATOR, "Noord"), tmp_path / "erkenningen.csv")


def test_no_number_of_a_company_is_kept(engine: Engine, tmp_path: Path) -> None:
    """A digest of it is: who was erased is found in no list of companies."""
    bring(engine, tmp_path, yes("99887766"))
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("region.db*"))
    assert b"99887766" not in kept
    assert digest_of("99887766").encode() in kept


class Sbb(Source):
    """A server that knows company 100001 for cooks, until a day, and 100002 for nothing."""

    def answer(self, asked: Asked) -> Answer:
        company, crebo = asked.path.strip("/").split("/")
        if company == "100003":
            return said({}, 404)
        return said({"erkend": (company, crebo) == ("100001", COOK), "tot": "2028-07-31"})


def asking(engine: Engine, address: str) -> dict[str, int]:
    with closing(HttpsSource(local=True, wait=lambda _: None)) as ask:
        return recognition.ask_server(engine.app, COMMAND_LINE, ask, address)


def test_a_server_is_asked_for_open_places(engine: Engine) -> None:
    """Each company once for each programme, for the first day of its places; and again after a month."""
    place(engine, period_from=date(2027, 9, 1))
    with serving(source := Sbb()) as address:
        assert asking(engine, address) == {"asked": 3, "recognised": 1, "created": 3, "updated": 0, "unchanged": 0}
        assert {one.query["datum"] for one in source.asked} == {"2027-09-01"}
        assert sorted(one.path for one in source.asked) == [f"/10000{n}/{COOK}" for n in (1, 2, 3)]
        assert ids(listed(engine)) == ["A-51"]
        assert asking(engine, address)["asked"] == 0
        place(engine, period_from=date(2028, 9, 1))
        assert asking(engine, address)["asked"] == 1
        assert ids(listed(engine)) == []


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (said({}, 401), "source_login"),
        (said({}, 404), "source_not_there"),
        (said({}, 503), "source_busy"),
        (said({"erkend": "misschien"}), "recognition_answer"),
        (said({}), "recognition_answer"),
        (said(b'{"erkend": tr'), "source_no_json"),
    ],
)
def test_an_answer_that_is_none_changes_nothing(engine: Engine, answer: Answer, code: str) -> None:
    source = Sbb()
    source.next_answers = [answer] * 20
    with serving(source) as address, pytest.raises(InvalidValue) as refused:
        asking(engine, address)
    assert refused.value.code == code
    assert reading(engine.store).recognitions.all() == []


def test_programmes_by_name_and_code() -> None:
    assert [crebo_of(one) for one in ("Kok", " kok ", COOK, "95530", "iets", None)] == [
        COOK, COOK, COOK, "95530", None, None,
    ]  # fmt: skip


@given(
    st.booleans(), st.dates(date(2026, 1, 1), date(2028, 1, 1)),
    st.none() | st.dates(date(2026, 1, 1), date(2029, 1, 1)), st.none() | st.dates(date(2026, 1, 1), date(2030, 1, 1)),
)  # fmt: skip
def test_a_no_never_holds_and_a_later_day_never_helps(
    says: bool, asked: date, until: date | None, start: date | None
) -> None:
    answer = Recognition("x", COOK, says, asked, until)
    if answer.holds(start):
        assert says
        assert until is None or (start or asked) <= until
    later = (start or asked) + timedelta(days=30)
    assert answer.holds(start) or not answer.holds(later)
