"""What an import would do, before it is done: consents withdrawn, fields cleared, who may be who, and what to ask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from matcher.domain.records import RecordKind
from matcher.repositories import Records
from matcher.repositories.values import Upsert, UpsertResult
from matcher.text import id_key

if TYPE_CHECKING:
    from matcher.spreadsheets.reader import Table
    from matcher.spreadsheets.report import Report
    from matcher.spreadsheets.targets import Wishes

_AT_ONCE = 5000
LARGE_SHARE, LEAST_LARGE = 0.5, 10
"""An import that changes more than this share of a school's people, and at least so many, is asked about."""


def foresee(
    records: Records, table: Table, kind: RecordKind, wishes: Wishes
) -> tuple[list[Upsert], dict[int, UpsertResult]]:
    """The rows to write, with the right to withdraw what was shown, and by row the results that change nothing.

    The report gets counts, questions and doubts. A row that changes nothing now is as good as written now.
    """
    from matcher.spreadsheets.questions import CHANGE, COLUMNS, WITHDRAWALS, ask_about, is_reachable

    upserts, report = list(table.upserts), table.report
    results = records.duplicates.said_twice(kind, upserts)  # of the whole file, whatever is written together
    twice = {result.row for result in results}
    others = [upsert for upsert in upserts if upsert.row not in twice] if twice else upserts
    for start in range(0, len(others), _AT_ONCE):
        results += records.imports.preview(kind, others[start : start + _AT_ONCE])
    report.add_results(results)
    same = {result.row: result for result in results if result.outcome == "unchanged" and not result.withdrawn}
    by_row = {upsert.row: upsert for upsert in upserts}
    for result in results:
        report.cleared.update(result.cleared)
    _name_same(report, results, by_row)
    if kind is RecordKind.ALUMNI:
        if not is_reachable(table.guesses) and report.created and COLUMNS not in wishes.accept:
            ask_about([guess for guess in table.guesses if guess.target is None], report, (), nobody=True)
        if CHANGE not in wishes.accept:
            _ask_large(records, report, kind, by_row, results)
    shown = {result.row: result.withdrawn for result in results if result.withdrawn and result.row in table.full}
    report.withdrawals = sorted(shown.items())
    if shown and WITHDRAWALS not in wishes.accept:
        report.ask(WITHDRAWALS, count=len(shown))
    if shown:
        upserts = [replace(upsert, may_withdraw=True) if upsert.row in shown else upsert for upsert in upserts]
    return upserts, same


def is_first(records: Records, table: Table, kind: RecordKind) -> bool:
    """Whether nothing can be foreseen: none of these schools has such a record, so every row is a new one."""
    owners = {id_key(owner) for owner in {upsert.owner for upsert in table.upserts}}
    return not any(records.records.count(kind, owner) for owner in records.records.owners() if id_key(owner) in owners)


def _name_same(report: Report, results: Sequence[UpsertResult], by_row: Mapping[int, Upsert]) -> None:
    """Records that were there and may be the same person, unless the file names them too."""
    from matcher.spreadsheets.people import owner_keys
    from matcher.spreadsheets.report import Duplicate

    like = [result for result in results if any(other.row is None for other in result.same_as)]
    if not like:
        return
    keys = owner_keys(by_row.values())
    here = {(keys[upsert.owner], upsert.id) for upsert in by_row.values()}
    for result in like:
        for other in result.same_as:
            if other.row is None and (keys[by_row[result.row].owner], other.id) not in here:
                report.duplicates.append(Duplicate(result.row, tuple(other.because), number=other.id))


def _ask_large(
    records: Records, report: Report, kind: RecordKind, by_row: Mapping[int, Upsert], results: Sequence[UpsertResult]
) -> None:
    """Asks where more than half of the people of a school change."""
    from matcher.spreadsheets.questions import CHANGE

    changed = Counter(by_row[result.row].owner for result in results if result.outcome == "updated")
    for owner, count in changed.items():
        if count < LEAST_LARGE:
            continue
        total = records.records.count(kind, owner)
        if count > LARGE_SHARE * total:
            cleared = sum(bool(result.cleared) for result in results if by_row[result.row].owner == owner)
            report.ask(CHANGE, count=count, total=total, cleared=cleared)
