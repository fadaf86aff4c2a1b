"""A plan as a spreadsheet: a row for each place, also for those that stay open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from matcher.locale import Language, say
from matcher.services.plans import Open, PeriodPlan

_COLUMNS = ("request", "school", "alumnus", "alumnus_school", "score", "moment", "because", "change")


def write(plan: PeriodPlan, path: Path, language: Language) -> int:
    """Writes a plan, which is in the log already, as `.xlsx` or `.csv`; returns how many rows. Raises OSError."""
    from matcher.spreadsheets.writer import write_rows

    rows = list(_rows(plan, language))
    headers = [say(language, f"plans.file.{name}") for name in _COLUMNS]
    write_rows(path, say(language, "plans.file.sheet"), headers, rows)
    return len(rows)


def change_sentence(one: Open, language: Language) -> str | None:
    """What would fill these places; None where nothing does."""
    if one.change is None:
        return None
    return say(language, f"plans.change.{one.change}", count=one.places, km=round(one.km))


def _rows(plan: PeriodPlan, language: Language) -> Iterator[list[object]]:
    for line in plan.assignments:
        moment = None if line.moment is None else f"{line.moment[0]:%Y-%m-%d %H:%M}-{line.moment[1]:%H:%M}"
        yield [line.request_id, line.school, line.alumnus_id, line.alumnus_school, line.score, moment, None, None]
    for one in plan.unfilled:
        because, change = say(language, f"plans.because.{one.because}"), change_sentence(one, language)
        for _ in range(one.places):
            yield [one.request_id, one.school, None, None, None, None, because, change]
