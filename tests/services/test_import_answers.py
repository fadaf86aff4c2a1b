"""What an import asks before it writes, what it names, and what it never does by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from matcher.domain.kinds import Purpose
from matcher.domain.records import Alumnus, RecordKind
from matcher.locale import LANGUAGES
from matcher.policy import COMMAND_LINE
from matcher.services import imports
from matcher.services.app import StoreApp
from matcher.spreadsheets.report import Report
from matcher.spreadsheets.targets import Wishes
from tests.support import stores
from tests.support.apps import without_engine
from tests.support.files import TODAY, text


@pytest.fixture
def app(tmp_path: Path) -> Iterator[StoreApp]:
    with without_engine(tmp_path, TODAY) as made:
        yield made


def taken_in(
    app: StoreApp,
    folder: Path,
    content: str,
    *accept: str,
    kind: RecordKind = RecordKind.ALUMNI,
    dry_run: bool = False,
    **answers: str,
) -> Report:
    path = text(folder / "a.csv", content)
    wishes = Wishes(accept=frozenset(accept), answers=answers)
    return imports.import_records(app, COMMAND_LINE, path, kind, school="Noord", dry_run=dry_run, wishes=wishes)


def asked(report: Report) -> list[str]:
    return [doubt.code for doubt in report.doubts if doubt.stops]


def in_force(app: StoreApp, id_: str) -> set[Purpose]:
    (person,) = stores.find(app.store, RecordKind.ALUMNI, id_)
    assert isinstance(person, Alumnus)
    return {consent.purpose for consent in person.consents if consent.withdrawn_on is None}


GIVEN = "alumnus_id;voornaam;toestemming;toestemming_datum\nA-1;Fenna;gastles, mentor;2026-09-01\nA-2;Daan;gastles;\n"
FEWER = "alumnus_id;voornaam;toestemming;toestemming_datum\nA-1;Fenna;gastles;2026-09-01\nA-2;Daan;;\n"


def test_a_withdrawal_is_named_and_asked_about(app: StoreApp, tmp_path: Path) -> None:
    """In a dry run too; with the answer exactly what was named is withdrawn, and the old file gives it back."""
    taken_in(app, tmp_path, GIVEN)
    for dry_run in (True, False):
        report = taken_in(app, tmp_path, FEWER, dry_run=dry_run)
        assert (report.exit_code, asked(report), report.written) == (4, ["withdrawals"], False)
        assert report.withdrawals == [(2, (Purpose.MENTOR,))]
    assert in_force(app, "A-1") == {Purpose.GUEST_LESSON, Purpose.MENTOR}
    report = taken_in(app, tmp_path, FEWER, "withdrawals")
    assert (report.exit_code, report.withdrawals) == (0, [(2, (Purpose.MENTOR,))])
    assert in_force(app, "A-1") == {Purpose.GUEST_LESSON} == in_force(app, "A-2")
    taken_in(app, tmp_path, GIVEN)
    assert in_force(app, "A-1") == {Purpose.GUEST_LESSON, Purpose.MENTOR}


def test_a_list_that_is_not_understood_whole_withdraws_nothing(app: StoreApp, tmp_path: Path) -> None:
    """The word that was left out may be the one."""
    taken_in(app, tmp_path, GIVEN)
    content = "alumnus_id;voornaam;toestemming\nA-1;Fenna;gastles, mentorrrschp\n"
    report = taken_in(app, tmp_path, content, "withdrawals")
    assert (report.exit_code, report.withdrawals) == (0, [])
    assert in_force(app, "A-1") == {Purpose.GUEST_LESSON, Purpose.MENTOR}


def test_a_no_withdraws_nothing_by_itself(app: StoreApp, tmp_path: Path) -> None:
    """It is listed, so that somebody can do it."""
    taken_in(app, tmp_path, GIVEN)
    report = taken_in(app, tmp_path, "alumnus_id;voornaam;toestemming\nA-1;Fenna;nee\nA-2;Daan;gastles\n")
    assert [(note.code, note.row) for note in report.notes] == [("consent_no", 2)]
    assert in_force(app, "A-1") == {Purpose.GUEST_LESSON, Purpose.MENTOR}


def test_a_yes_for_nothing(app: StoreApp, tmp_path: Path) -> None:
    """With the answer "geen" the column is left as it is; with a day it is given since then."""
    content = "alumnus_id;voornaam;akkoord met gegevens\nA-1;Fenna;ja\n"
    assert asked(taken_in(app, tmp_path, content)) == ["consent_yes_no"]
    taken_in(app, tmp_path, content, consent_yes_no="geen")
    assert in_force(app, "A-1") == set()
    taken_in(app, tmp_path, content, consent_yes_no="gastles", consent_since="01-09-2026")
    (person,) = stores.find(app.store, RecordKind.ALUMNI, "A-1")
    assert isinstance(person, Alumnus)
    assert [(one.purpose.value, str(one.given_on)) for one in person.consents] == [("guest_lesson", "2026-09-01")]


def people(count: int, job: str) -> str:
    return "alumnus_id;voornaam;functie\n" + "".join(f"A-{n};Fenna;{job}\n" for n in range(count))


def test_a_large_change_is_asked_about(app: StoreApp, tmp_path: Path) -> None:
    """More than half of a school's people, and at least ten: fewer whoever imports sees at a glance."""
    taken_in(app, tmp_path, people(40, "kok"))
    assert taken_in(app, tmp_path, people(20, "bakker")).exit_code == 0
    report = taken_in(app, tmp_path, people(30, "slager"))
    assert (asked(report), report.updated, report.written) == (["large_change"], 30, False)
    assert taken_in(app, tmp_path, people(30, "slager"), "large_change").updated == 30


def test_what_becomes_empty_is_counted(app: StoreApp, tmp_path: Path) -> None:
    """Per column, in a dry run too."""
    taken_in(app, tmp_path, people(4, "kok"))
    content = people(1, "bakker") + "A-1;Fenna;\nA-2;Fenna;\nA-3;Fenna;-\n"
    for dry_run in (True, False):
        report = taken_in(app, tmp_path, content, dry_run=dry_run)
        cleared = report.to_dict("nl")["cleared"]
        assert cleared == [{"column": "functie", "field": "functie", "count": 2}]


def test_empty_people_are_not_made(app: StoreApp, tmp_path: Path) -> None:
    """New alumni without a name or a contact are asked about; an update of known ones is not."""
    content = "alumnus_id;functie\nA-1;kok\n"
    report = taken_in(app, tmp_path, content)
    assert (asked(report), report.written, stores.alumni(app.store)) == (["columns"], False, [])
    taken_in(app, tmp_path, "alumnus_id;voornaam\nA-1;Fenna\n")
    assert taken_in(app, tmp_path, content).exit_code == 0


def test_people_without_a_number_are_found_again(app: StoreApp, tmp_path: Path) -> None:
    """By name with mail, phone or year; in one file two rows of one person are one."""
    content = (
        "voornaam;achternaam;email;functie;vaardigheden\n"
        "Fenna;Proef;f@voorbeeld.example;kok;koken\nDaan;Toets;d@voorbeeld.example;bakker;\n"
        "Fenna;Proef;f@voorbeeld.example;kok;bakken\n"
    )
    assert taken_in(app, tmp_path, content, dry_run=True).ids == {}
    report = taken_in(app, tmp_path, content)
    assert (report.created, sorted(report.ids)) == (2, [2, 3])
    assert len({person.alumnus_id for person in stores.alumni(app.store)}) == 2
    again = taken_in(app, tmp_path, content.replace("kok", "chef"))
    assert (again.created, again.updated, again.unchanged, again.ids) == (0, 1, 1, report.ids)


def test_a_known_number_in_another_spelling_is_said(app: StoreApp, tmp_path: Path) -> None:
    """a-7 beside A7 is a second record, and a possible duplicate of the first."""
    taken_in(app, tmp_path, "alumnus_id;voornaam;email\na-7;Fenna;f@voorbeeld.example\n")
    report = taken_in(app, tmp_path, "alumnus_id;voornaam;email\nA7;Fenna;F@voorbeeld.example\n")
    (found,) = report.duplicates
    assert (found.row, found.number) == (2, "a-7")
    assert {"number", "email"} <= set(found.because)
    for language in LANGUAGES:
        assert report.to_dict(language)["possible_duplicates"] == [
            {"row": 2, "of": {"id": "a-7"}, "because": list(found.because)}
        ]


def test_a_course_with_several_starts_is_several_runs(app: StoreApp, tmp_path: Path) -> None:
    """Each with an id of its own, the same when the rows stand in another order."""
    rows = ["W-1;Gilde;Lassen;2027-09-15;Deventer", "W-1;Gilde;Lassen;2028-02-15;Deventer", "W-2;Gilde;Koken;;"]
    head = "aanbod_id;aanbieder;titel;start;plaats\n"
    report = taken_in(app, tmp_path, head + "\n".join(rows), kind=RecordKind.OFFERINGS)
    assert (report.exit_code, report.created) == (0, 3)
    again = taken_in(app, tmp_path, head + "\n".join(reversed(rows)), kind=RecordKind.OFFERINGS)
    assert (again.created, again.unchanged) == (0, 3)
    with app.store.read() as records:
        ids = {one.offering_id for one in records.records.stream(RecordKind.OFFERINGS)}  # type: ignore[union-attr]
    assert ids == {"W-1@2027-09-15", "W-1@2028-02-15", "W-2"}


def test_requests_without_a_number_get_one(app: StoreApp, tmp_path: Path) -> None:
    """The same for the same content; two that are alike but not the same stay two."""
    content = "soort;titel;omschrijving\ngastles;Lassen;basis\ngastles;Lassen;gevorderd\nmentor;Koken;\n"
    report = taken_in(app, tmp_path, content, kind=RecordKind.REQUESTS)
    assert (report.created, len(set(report.ids.values()))) == (3, 3)
    again = taken_in(app, tmp_path, content, kind=RecordKind.REQUESTS)
    assert (again.created, again.unchanged, again.ids) == (0, 3, report.ids)


@pytest.mark.parametrize(
    ("row", "because"),
    [
        ("Totaal;;;300", "total"),
        ("Totaal aantal alumni: 300;;;", "note"),
        ("-;-;-;-", "dashes"),
        ("leerlingnummer;voornaam;achternaam;functie", "header"),
        ("* peildatum 1 maart 2027;;;", "note"),
        ("Klas VZ 3A;;;", "heading"),
        ("Zorg en welzijn;;;", "heading"),
        (";;;12", "total"),
    ],
)
def test_rows_that_are_no_record(app: StoreApp, tmp_path: Path, row: str, because: str) -> None:
    """Named, and nobody is made of them; the people around them come in."""
    content = (
        "leerlingnummer;voornaam;achternaam;functie\n2019001;Fenna;Proef;kok\n"
        f"{row}\n2019002;Daan;Toets;bakker\n2019003;Mila;Test;slager\n"
    )
    report = taken_in(app, tmp_path, content)
    assert (report.exit_code, report.created) == (0, 3)
    ((number, reason),) = report.not_records
    assert number == 3
    assert reason == because or {reason.value, because} <= {"note", "total"}


def test_one_number_for_two_people_is_refused(app: StoreApp, tmp_path: Path) -> None:
    """Different names; with the same name other values are told, and the first counts."""
    content = "alumnus_id;voornaam;functie\nA-1;Fenna;kok\nA-1;Daan;kok\nA-2;Mila;kok\nA-2;Mila;bakker\n"
    report = taken_in(app, tmp_path, content)
    assert [(problem.row, problem.code) for problem in report.problems] == [(3, "id_twice")]
    assert (report.exit_code, report.created, report.refused) == (1, 2, 1)
    assert {(note.row, note.code) for note in report.notes} == {(5, "other_value"), (5, "joined_row")}


def test_left_out_is_grouped_and_personal_values_are_not_told(app: StoreApp, tmp_path: Path) -> None:
    """One line for a value however often it stands there; a wrong address is null."""
    content = "alumnus_id;voornaam;email;online\n" + "".join(f"A-{n};Fenna;geen adres hier;soms\n" for n in range(300))
    report = taken_in(app, tmp_path, content)
    assert (report.exit_code, report.created) == (0, 300)
    told = report.to_dict("nl")["left_out"]
    assert isinstance(told, list)
    assert {(item["field"], item["value"], item["count"]) for item in told} == {
        ("email", None, 300),
        ("online", "soms", 300),
    }
    assert "geen adres hier" not in str(report.to_dict("nl"))
