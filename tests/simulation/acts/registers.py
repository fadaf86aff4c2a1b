"""What other registers tell: a student system of those who finished, and a list of which companies are recognised."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.policy import COMMAND_LINE
from matcher.services import recognition, students
from matcher.services.app import App
from matcher.services.sourcing import Syncing
from tests.simulation.lists import Line
from tests.simulation.recognitions import Answer, last_of
from tests.simulation.region import SCHOOLS, Row, id_of, mark_of, row_of
from tests.simulation.steps import Step

if TYPE_CHECKING:
    from tests.simulation.world import World

_YEAR = 2019
_LEFT = date(_YEAR, 7, 5)
_COMPANIES = ("100001", "100002", "100003")
_CREBOS = ("25655", "25078")
_PROGRAMME = {
    "programmeId": "P-VIG",
    "primaryCode": {"codeType": "programme_code", "code": "25655"},
    "name": [{"language": "nl-NL", "value": "Verzorgende IG"}],
    "level": "secondary_vocational_education_3",
}


def sync_students(world: World, app: App, step: Step) -> None:
    """A student system gives who finished: some are known, under the number of now or of before a merge, some new.

    What they said themselves goes before it, and nobody agrees to anything by it. The same again changes nothing.
    """
    values, same = step.values, world.same(step)
    school, rows = SCHOOLS[values["school"]], list(values["rows"])
    if same is not None and same.person is not None:
        school, rows = same.person.school, [(same.person.number, 1 + step.number % 5)]
    told = [row for row in (row_of(school, *one, None, world.today) for one in rows) if _may_be_told(world, row)]
    path = world.folder / f"students-{len(world.frames)}.json"
    _write(path, told)
    for turn in range(2 if values["twice"] and not step.stop and step.meanwhile is None else 1):
        lines = [_line(row, place) for place, row in enumerate(told)]
        foreseen = world.model.foresee(lines, world.today, may_withdraw=False)
        counts = Counter(one.outcome for one in foreseen)
        frame = world.frames[-1]
        frame.person = next((one.person for one in foreseen if one.person is not None), frame.person)
        frame.batches = [[line for line, one in zip(lines, foreseen, strict=True) if one.outcome != "unchanged"]]
        frame.refused, frame.import_id = 0, ""
        done = world.call(
            lambda: students.sync_file(app, COMMAND_LINE, path, how=Syncing("SIS", school, whole=False)),
            log=["import"],
        )
        if done is None or not world.certain:
            return
        report = done.report
        shown = {name: getattr(report, name) for name in ("created", "updated", "unchanged")}
        world.need(all(shown[name] == counts[name] for name in shown), "a student system changes something else",
                   (step, shown, counts))  # fmt: skip
        changed = report.created + report.updated
        world.need(not turn or not changed, "the same of a student system changes something", (step, shown))


def _may_be_told(world: World, row: Row) -> bool:
    """Whoever has diplomas of other years got those elsewhere: what they have together is for other tests."""
    person = world.model.numbered_as(row.school, row.id)
    return person is None or (person.values["qualifications"] or frozenset()) <= {_YEAR}


def _line(row: Row, place: int) -> Line:
    """What a document says of one person."""
    said: dict[str, Any] = {"qualifications": frozenset({_YEAR}), "left_on": _LEFT}
    if row.email is not None:
        said["email"] = row.email
    return Line(row.school, row.number, row.id, place + 1, said)


def _write(path: Path, rows: list[Row]) -> None:
    persons = [
        {
            "personId": f"P-{row.number}",
            "primaryCode": {"codeType": "student_number", "code": id_of(row.number)},
            "givenName": "Sam",
            "surname": f"van {mark_of(row.school, row.number)}",
            **({} if row.email is None else {"secondaryEmail": row.email}),
        }
        for row in rows
    ]
    finished = [
        {
            "associationId": f"E-{row.number}",
            "role": "student",
            "state": "finished",
            "personId": f"P-{row.number}",
            "actualEndDateTime": f"{_LEFT}T12:00:00Z",
            "programmeOffering": {"programmeOfferingId": "O-VIG", "programme": _PROGRAMME},
        }
        for row in rows
    ]
    path.write_text(json.dumps({"persons": persons, "associations": finished}), encoding="utf-8")


def recognise(world: World, app: App, step: Step) -> None:
    """A list says which companies are recognised; a later one takes a recognition back, or gives it again."""
    answers = [
        Answer(
            _COMPANIES[company],
            _CREBOS[crebo],
            yes,
            world.today - timedelta(days=ago),
            None if lasts is None else world.today + timedelta(days=lasts),
        )
        for company, crebo, yes, ago, lasts in step.values["rows"]
    ]
    path = world.folder / f"recognised-{len(world.frames)}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(("leerbedrijf_id", "crebo", "erkend", "gecontroleerd op", "tot"))
        for one in answers:
            writer.writerow((one.company, one.crebo, "ja" if one.recognised else "nee", one.on, one.until or ""))
    world.frames[-1].value = answers
    report = world.call(lambda: recognition.read_file(app, COMMAND_LINE, path), log=["import"])
    if report is not None and world.certain:
        read = report.created + report.updated + report.unchanged
        world.need(read == len(last_of(answers)), "a row of a list of recognitions is left out", report)


ACTS = {"sync_students": sync_students, "recognise": recognise}
