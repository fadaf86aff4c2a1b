"""What a school asked and got before it used this program, from a list: entries of the ledger, and how requests ended.

Nothing is sent, and nobody is asked by it. The same list twice changes nothing; an entry that was corrected since does
not come back.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, cast

from matcher.domain.demands import MOST_STUDENTS, Phase, Step, may_close
from matcher.domain.invitations import NOT_ASKED, STATE_OF, AnswerKind, AnswerTerms, InvitationState
from matcher.domain.ledger import LedgerEvent, LedgerLine, standing
from matcher.domain.records import RecordKind, Request
from matcher.policy import Action, Asker
from matcher.repositories import Records, Transaction
from matcher.repositories.demands import Invitation
from matcher.services.app import StoreApp
from matcher.spreadsheets.history import PastLine, read_history
from matcher.spreadsheets.report import Remark, Report
from matcher.text import id_key

NOON = time(12)
"""The hour of what is only known by its day, in UTC."""
_ANSWERS = {
    LedgerEvent.ACCEPTED: AnswerKind.YES,
    LedgerEvent.DECLINED: AnswerKind.NO,
    LedgerEvent.LATER: AnswerKind.LATER,
}
Signature = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A row whose alumnus and request are known."""

    past: PastLine
    line: LedgerLine


def bring(
    app: StoreApp,
    asker: Asker,
    path: Path,
    *,
    school: str | None = None,
    sheet: str | None = None,
    dry_run: bool = False,
) -> Report:
    """Adds the entries of a list; `school`: of the alumni, where rows name none. A `dry_run` writes nothing.

    A row whose alumnus or request is not known, or that does not agree with itself, is refused, and the others go in.
    A request of which somebody came is held from then on, unless somebody may still answer.

    Raises Forbidden, UnreadableFile, MissingColumns, StoreError.
    """
    owner = asker.owner(Action.LEDGER_WRITE, school)
    lines, report = read_history(path, today=app.clock.today(), sheet=sheet)
    report.dry_run, unreadable = dry_run, tuple(report.problems)

    def work(tx: Transaction) -> None:
        entries, problems = _known(tx, lines, owner)
        there = _there(tx, entries)
        fresh = _fresh(there, entries)
        for entry in fresh:
            tx.ledger.add(entry.line)
        _tell_requests(tx, fresh, _asked([*there, *(entry.line for entry in fresh)]), app.answer_terms)
        _count(report, [*unreadable, *problems], len(entries), len(fresh))
        report.written = True
        tx.note(Action.LEDGER_WRITE, {"kind": "history", "created": len(fresh), "refused": report.refused})

    if dry_run:
        with app.store.read() as records:
            entries, problems = _known(records, lines, owner)
            _count(report, [*unreadable, *problems], len(entries), len(_fresh(_there(records, entries), entries)))
    else:
        app.store.write(work, by=asker)
    return report


def _count(report: Report, problems: Sequence[Remark], known: int, fresh: int) -> None:
    report.problems = sorted(problems, key=lambda one: one.row or 0)
    report.created, report.unchanged = fresh, known - fresh


class _Names:
    """The keys of records by id, and by school and id."""

    def __init__(self, names: Iterable[tuple[int, str, str]]) -> None:
        self._by_id: dict[str, list[tuple[str, int]]] = defaultdict(list)
        self._schools: dict[str, str] = {}
        for key, owner, id_ in names:
            self._by_id[id_key(id_)].append((id_key(owner), key))
            self._schools.setdefault(id_key(owner), owner)

    def find(self, id_: str, school: str | None) -> list[int]:
        """The keys of the records with this id, at this school or any."""
        wanted = None if school is None else id_key(school)
        return [key for owner, key in self._by_id.get(id_key(id_), ()) if wanted in {None, owner}]

    def spelled(self, school: str | None) -> str | None:
        """A school as the records spell it; as it is given where they do not know it."""
        return None if school is None else self._schools.get(id_key(school), school)


def _known(records: Records, lines: Sequence[PastLine], owner: str | None) -> tuple[list[_Entry], list[Remark]]:
    """The rows with a known alumnus and, where they name one, a known request; and what refuses the others."""
    alumni, requests = (_Names(records.records.names(kind)) for kind in (RecordKind.ALUMNI, RecordKind.REQUESTS))
    entries, problems = [], []
    for past in lines:
        school = alumni.spelled(past.school or owner)
        if owner is not None and past.school is not None and id_key(past.school) != id_key(owner):
            problems.append(_problem("history_school", past, "school", school=owner))
            continue
        people = alumni.find(past.alumnus_id, school)
        if not people and school is not None:  # whoever was merged is found by the former number too
            number = records.merges.number_of(school, past.alumnus_id)
            people = alumni.find(number, school) if number else []
        asked = requests.find(past.request_id, school) if past.request_id else []
        if len(people) != 1:
            code = "history_alumni" if people else "history_alumnus"
            problems.append(_problem(code, past, "alumnus_id"))
        elif past.request_id and len(asked) != 1:
            code = "history_requests" if asked else "history_request"
            problems.append(_problem(code, past, "aanvraag_id", shown=past.request_id[:60]))
        else:
            entries.append(_Entry(past, _line(past, people[0], asked[0] if asked else None, school)))
    return entries, problems


def _problem(code: str, past: PastLine, column: str, *, shown: str | None = None, **values: object) -> Remark:
    return Remark(f"importing.problems.{code}", values, past.row, column, shown)


def _line(past: PastLine, alumnus: int, request: int | None, school: str | None) -> LedgerLine:
    return LedgerLine(
        alumnus,
        request,
        past.event,
        past.on,
        school=school,
        kind=past.kind,
        team=past.team,
        benefit=past.benefit,
        hours=past.hours,
        students=past.students,
    )


def _there(records: Records, entries: Sequence[_Entry]) -> list[LedgerLine]:
    """What the ledger has of the alumni of these entries."""
    keys = sorted({entry.line.alumnus_key for entry in entries})
    return records.ledger.entries(*keys) if keys else []


def _fresh(there: Sequence[LedgerLine], entries: Sequence[_Entry]) -> list[_Entry]:
    """The entries that are not in the ledger yet; of two that are the same, one for each time that they occur."""
    left, fresh = Counter[Signature](map(_signature, there)), []
    for entry in sorted(entries, key=lambda entry: (entry.past.on, entry.past.row)):
        signature = _signature(entry.line)
        if left[signature]:
            left[signature] -= 1
        else:
            fresh.append(entry)
    return fresh


def _signature(line: LedgerLine) -> Signature:
    """What makes two entries the same. Of one with a request the kind and team may come from the request."""
    own = () if line.request_key is not None else (line.kind, line.team)
    return line.alumnus_key, line.request_key, line.event, line.on, line.benefit, line.hours, line.students, *own


# ---- requests


def _tell_requests(
    tx: Transaction, fresh: Sequence[_Entry], asked: Mapping[tuple[int, int], date], terms: AnswerTerms
) -> None:
    """How the asks of these entries ended, and closes the requests of which somebody came. `asked`: see `_asked`.

    There is an invitation of an ask that was answered, or can be no longer; an answer of a longer list goes to the
    invitation of the list before.
    """
    by_request: dict[int, list[_Entry]] = defaultdict(list)
    for entry in fresh:
        if entry.line.request_key is not None:
            by_request[entry.line.request_key].append(entry)
    found = cast("Mapping[int, Request]", tx.records.by_key(RecordKind.REQUESTS, sorted(by_request)))
    states = tx.demands.states(sorted(found))
    for key, request in found.items():
        there = tx.invitations.of_request(key)
        kept = {one.alumnus_key: one for one in there}
        waits = any(one.state is InvitationState.ASKED or one.state in NOT_ASKED for one in there)
        by_alumnus: dict[int, list[_Entry]] = defaultdict(list)
        for entry in by_request[key]:
            by_alumnus[entry.line.alumnus_key].append(entry)
        for alumnus, entries in by_alumnus.items():
            on, (state, answered) = asked.get((alumnus, key)), _answer(entries)
            if on is None:
                continue
            if alumnus not in kept and (answered or on + timedelta(days=terms.days) < tx.today):
                tx.invitations.add(alumnus, key, state, created_at=_noon(on), asked_at=_noon(on), **answered)
            elif alumnus in kept and answered and _is_of_then(kept[alumnus], on):
                tx.invitations.change(kept[alumnus].key, kept[alumnus].state, {"state": state, **answered})
        came = [entry.line for entry in by_request[key] if entry.line.event is LedgerEvent.CONTRIBUTED]
        if came and not waits and states[key].phase is Phase.OPEN and may_close(request, tx.today):
            students = [line.students for line in came if line.students is not None]
            told: dict[str, Any] = {"students": min(max(students), MOST_STUDENTS)} if students else {}
            tx.demands.take(key, Step.HELD, Phase.HELD, **told)


def _asked(lines: Sequence[LedgerLine]) -> dict[tuple[int, int], date]:
    """The day of the last ask that stands, by alumnus and request."""
    return {
        (line.alumnus_key, line.request_key): line.on
        for line in sorted(standing(lines), key=lambda line: line.on)
        if line.event is LedgerEvent.ASKED and line.request_key is not None
    }


def _is_of_then(kept: Invitation, asked: date) -> bool:
    """Whether an invitation is one of a list, of which no answer was known."""
    return kept.state is InvitationState.LAPSED and kept.answered_at is None and kept.asked_at == _noon(asked)


def _answer(entries: Sequence[_Entry]) -> tuple[InvitationState, dict[str, Any]]:
    """How an ask ended by its last answer, with the values of that; lapsed and none without one."""
    answer = next((entry for entry in reversed(entries) if entry.line.event in _ANSWERS), None)
    if answer is None:
        return InvitationState.LAPSED, {}
    kind = _ANSWERS[answer.line.event]
    return STATE_OF[kind], {"answered_at": _noon(answer.line.on), "answer": kind, "why_not": answer.past.reason}


def _noon(day: date) -> datetime:
    return datetime.combine(day, NOON)
