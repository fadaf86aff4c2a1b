"""Recognition of training companies: from a file, or asked of a server for the places that are open.

A place for trainees is for companies alone that are known to be recognised for its programme, as soon as it was asked
about any company.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.domain.recognition import Recognition, changes, digest_of
from matcher.policy import Action, Asker
from matcher.repositories import Records, Transaction
from matcher.services.app import StoreApp

if TYPE_CHECKING:
    from matcher.sources.recognitions import Asked
    from matcher.sources.servers import Ask
    from matcher.spreadsheets.report import Report

AGAIN_AFTER = timedelta(days=30)
"""How old an answer is before it is asked again."""


def read_file(app: StoreApp, asker: Asker, path: Path, *, dry_run: bool = False) -> Report:
    """Keeps the answers of a table (`leerbedrijf_id; crebo; erkend; gecontroleerd op; tot`).

    Raises Forbidden, UnreadableFile, MissingColumns, StoreError.
    """
    from matcher.spreadsheets.recognitions import read_recognitions

    asker.need_all(Action.IMPORT)  # companies are of no school
    answers, report = read_recognitions(path, app.clock.today())
    report.dry_run = dry_run
    if dry_run:
        with app.store.read() as records:
            _, counts = changes(records.recognitions.all(), answers)
    else:
        counts = _keep(app, asker, answers)
    report.add_counts(counts)
    report.written = not dry_run
    return report


def ask_server(app: StoreApp, asker: Asker, ask: Ask, address: str) -> dict[str, int]:
    """Asks about the companies of alumni, for each place that is open; `asked`, `recognised`, and what changed.

    What was answered less than AGAIN_AFTER ago, and still holds on the first day of the place, is not asked again.
    Nothing is kept unless every question was answered. Raises Forbidden, InvalidValue, StoreError.
    """
    from matcher.sources.recognitions import answers

    asker.need_all(Action.IMPORT)  # companies are of no school
    today = app.clock.today()
    with app.store.read() as records:
        questions = _questions(records, today)
    found = list(answers(ask, address, questions, today))
    counts = _keep(app, asker, found)
    return {"asked": len(found), "recognised": sum(one.recognised for one in found), **counts}


def _questions(records: Records, today: date) -> list[Asked]:
    """What is to be asked: once for each company and programme, for the last first day of its open places."""
    from matcher.sources.recognitions import Asked

    stopped = records.demands.stopped()
    starts: dict[str, date] = {}
    for place in records.recognitions.placements():
        if place.key not in stopped:
            starts[place.crebo] = max(starts.get(place.crebo, today), place.start or today)
    known = {(one.company, one.crebo): one for one in records.recognitions.all()}
    numbers = {digest_of(number): number.strip() for number in sorted({*records.recognitions.companies().values()})}
    return [
        Asked(number, crebo, start)
        for company, number in numbers.items()
        for crebo, start in starts.items()
        if _is_asked(known.get((company, crebo)), start, today)
    ]


def _is_asked(answer: Recognition | None, start: date, today: date) -> bool:
    """Whether to ask (again): without an answer, with an old one, or with a yes that is over by the first day."""
    if answer is None or answer.checked_on <= today - AGAIN_AFTER:
        return True
    return answer.recognised and not answer.holds(start)


def _keep(app: StoreApp, asker: Asker, answers: Sequence[Recognition]) -> dict[str, int]:
    def work(tx: Transaction) -> dict[str, int]:
        counts = tx.recognitions.put(answers)
        tx.note(Action.IMPORT, {"kind": "recognitions", **counts})
        return counts

    return app.store.write(work, by=asker)
