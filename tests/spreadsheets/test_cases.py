"""Small inputs as real lists are (tests/spreadsheets/cases): what comes in, what is left out, asked and refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from matcher.domain.day_parts import DAY_PARTS
from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.records import (
    Alumnus,
    Form,
    Moment,
    Offering,
    OnlineMode,
    Pathway,
    Qualification,
    RecordKind,
    Request,
    record_id,
)
from matcher.errors import InputError
from matcher.policy import COMMAND_LINE
from matcher.services import imports
from matcher.services.app import StoreApp
from matcher.spreadsheets.report import Report
from matcher.spreadsheets.targets import Wishes
from tests.support.apps import without_engine
from tests.support.files import TODAY

CASES = Path(__file__).parent / "cases"
KINDS = {"alumni": RecordKind.ALUMNI, "aanvragen": RecordKind.REQUESTS, "aanbod": RecordKind.OFFERINGS}
G, M, N = RequestKind.GUEST_LESSON, RequestKind.MENTOR, RequestKind.NETWORK_EVENT


@pytest.fixture
def app(tmp_path: Path) -> Iterator[StoreApp]:
    with without_engine(tmp_path, TODAY) as made:
        yield made


def path_of(number: str) -> Path:
    (path,) = CASES.glob(f"{number}-*")
    return path


def taken_in(app: StoreApp, number: str, *accept: str, dry_run: bool = False, **answers: str) -> Report:
    """The report of an import of one of the inputs, for the school Proefschool."""
    path = path_of(number)
    kind = KINDS[path.stem.rpartition("-")[2]]
    wishes = Wishes(accept=frozenset(accept), answers=answers)
    return imports.import_records(app, COMMAND_LINE, path, kind, school="Proefschool", dry_run=dry_run, wishes=wishes)


def stored(app: StoreApp, kind: RecordKind = RecordKind.ALUMNI) -> dict[str, Any]:
    """The records by id; alumni by first name where the program gave the number."""
    with app.store.read() as records:
        return {record_id(record): record for record in records.records.stream(kind, personal=True)}


def by_name(app: StoreApp) -> dict[str | None, Alumnus]:
    return {person.contact.first_name: person for person in stored(app).values()}


def consents(person: Alumnus) -> set[Purpose]:
    return {consent.purpose for consent in person.consents if consent.withdrawn_on is None}


def asked(report: Report) -> list[str]:
    return [doubt.code for doubt in report.doubts if doubt.stops]


def left_out(report: Report, field: str) -> dict[str | None, list[int]]:
    return {item.shown: item.rows for item in report.left_out if item.field == field}


def wholly_in(report: Report, count: int) -> None:
    assert (report.exit_code, report.written, report.created, report.refused) == (0, True, count, 0)


def full_name(person: Alumnus) -> str:
    contact = person.contact
    return " ".join(part for part in (contact.first_name, contact.infix, contact.last_name) if part)


# ---- which column is what


def test_a_school_s_own_columns(app: StoreApp) -> None:
    """01: names, contact, qualification from parts, employer and choices come in; what a yes is for, is asked."""
    report = taken_in(app, "01")
    assert (report.exit_code, asked(report), report.written) == (4, ["consent_yes_no"], False)
    assert not stored(app)
    report = taken_in(app, "01", consent_yes_no="gastles,mentor")
    wholly_in(report, 3)
    fenna, daan, mila = (stored(app)[f"201900{n}"] for n in (1, 2, 3))
    assert full_name(fenna) == "Fenna van der Proef"
    assert (fenna.contact.email, fenna.contact.phone) == ("fenna@voorbeeld.example", "06-12345670")
    assert fenna.qualifications == (Qualification("25655", "Verzorgende IG", 3, None, 2019),)
    assert (fenna.employer, fenna.function) == ("Zorg Voorbeeld", "Wijkverzorgende")
    assert (fenna.offers, daan.offers, mila.offers) == ({G}, {M}, {G, M})
    assert consents(fenna) == {Purpose.GUEST_LESSON, Purpose.MENTOR}
    assert {consent.given_on for consent in fenna.consents} == {date(2026, 9, 1)}
    assert consents(mila) == set()


def test_people_without_a_number(app: StoreApp) -> None:
    """02: they come in with a number that the program gives and tells; the same file again makes nobody twice."""
    report = taken_in(app, "02")
    wholly_in(report, 2)
    people = by_name(app)
    assert people["Fenna"].qualifications == (Qualification(None, "Verzorgende IG", None, None, 2020),)
    assert people["Fenna"].contact.email == "fenna@voorbeeld.example"
    assert {person.alumnus_id for person in people.values()} == set(report.ids.values())
    again = taken_in(app, "02")
    assert (again.created, again.unchanged) == (0, 2)
    assert again.ids == report.ids


def test_names(app: StoreApp) -> None:
    """03, 04: a name particle is kept, a name in one column is split."""
    wholly_in(taken_in(app, "03"), 2)
    people = stored(app)
    assert full_name(people["T1"]) == "Ruben van der Proef"
    assert [item.crebo for item in people["T1"].qualifications] == ["25655"]
    wholly_in(taken_in(app, "04"), 2)
    people = stored(app)
    assert full_name(people["N1"]) == "Fenna van der Proef"
    assert (people["N2"].contact.first_name, people["N2"].contact.last_name) == ("Daan", "Toets")


@pytest.mark.parametrize("number", ["05", "06", "07", "08", "09", "09b", "33", "38"])
def test_two_people_however_the_file_is_made(app: StoreApp, number: str) -> None:
    """sep=, a row in one cell, strict Open XML, LibreOffice, old Excel, a sheet before it, a shared address."""
    report = taken_in(app, number)
    wholly_in(report, 2)
    assert set(by_name(app)) == {"Fenna", "Daan"}


def test_choices_in_columns_of_their_own(app: StoreApp) -> None:
    """12, 18: a cross under a word of a list adds it."""
    wholly_in(taken_in(app, "12"), 2)
    wholly_in(taken_in(app, "18"), 2)
    people = stored(app)
    assert (people["K1"].offers, people["K2"].offers) == ({G}, {M})
    assert people["P1"].offers == {G, N}
    assert day_parts(people["P1"]) == {"mon-afternoon", "tue-afternoon"}
    assert (people["P2"].offers, day_parts(people["P2"])) == ({M}, {"mon-morning"})


def day_parts(record: Alumnus | Request | Offering) -> set[str]:
    return {name for place, name in enumerate(DAY_PARTS) if (record.day_parts or 0) >> place & 1}


def test_headers_with_units_and_far_down(app: StoreApp) -> None:
    """13, 14: km and euro in a header, headers below row 20."""
    wholly_in(taken_in(app, "13"), 2)
    wholly_in(taken_in(app, "14"), 1)
    people = stored(app)
    for id_, postcode in (("E1", "8011"), ("E2", "8012 AB")):
        assert (people[id_].max_distance_km, people[id_].max_price) == (25.0, 250.0)
        assert people[id_].contact.postcode == postcode


@pytest.mark.parametrize(("number", "consent"), [("16", ""), ("17", ""), ("63", "gastles")])
def test_lists_with_usual_separators(app: StoreApp, number: str, consent: str) -> None:
    """16, 17, 63: commas, slashes, "en", words such as "Gastles geven"."""
    report = taken_in(app, number, "columns", **({"consent_yes_no": consent} if consent else {}))
    assert (report.exit_code, report.refused) == (0, 0)
    for person in stored(app).values():
        assert person.offers == {G, M}
        wanted = (
            {"mon-afternoon", "tue-morning", "tue-afternoon"} if number == "63" else {"tue-afternoon", "thu-afternoon"}
        )
        assert day_parts(person) == wanted
        if number == "16":
            assert consents(person) == {Purpose.GUEST_LESSON, Purpose.MENTOR}


def test_near_names_and_an_export_of_contacts(app: StoreApp) -> None:
    """39, 59: the headers of an address book, and headers one letter away."""
    wholly_in(taken_in(app, "39"), 1)
    (fenna,) = stored(app).values()
    assert full_name(fenna) == "Fenna van der Proef"
    assert (fenna.employer, fenna.function, fenna.contact.postcode) == ("Zorg Voorbeeld", "verzorgende", "8011 AB")
    wholly_in(taken_in(app, "59"), 1)
    fenna = stored(app)["1"]
    assert (full_name(fenna), fenna.contact.postcode, fenna.offers) == ("Fenna Proef", "8011 AB", {G})
    assert consents(fenna) == {Purpose.GUEST_LESSON}


def test_forbidden_columns_are_left_out(app: StoreApp) -> None:
    """52: the person comes in without them, and each is named."""
    report = taken_in(app, "52")
    wholly_in(report, 1)
    named = [note.values["column_name"] for note in report.notes if note.code == "forbidden_column"]
    assert named == ["BSN", "Geboorteland", "Nationaliteit"]
    assert stored(app)["B1"].contact.email == "fenna@voorbeeld.example"


# ---- cells


def test_yes_and_no(app: StoreApp) -> None:
    """20: ticks and usual words are a yes, words for nothing are nothing, a maybe is left out; everyone comes in."""
    report = taken_in(app, "20")
    wholly_in(report, 32)
    people = stored(app)
    yes = {f"Y{n:02}" for n in (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 26, 27, 28, 30)}
    no = {f"Y{n:02}" for n in (16, 17, 19, 20, 29, 31)}
    assert {id_ for id_, person in people.items() if person.online is True} == yes
    assert {id_ for id_, person in people.items() if person.online is False} == no
    assert left_out(report, "online") == {"misschien": [27]}


DATES_IN = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 18, 19, 20, 21, 22, 23, 24, 26, 30, 32, 33, 34, 35}


def test_dates(app: StoreApp) -> None:
    """21: everyone comes in; what is not one day is named."""
    report = taken_in(app, "21")
    wholly_in(report, 36)
    named = {row for item in report.left_out for row in item.rows}
    assert {2 + n for n in range(36)} - named - {29, 30, 31} == {2 + n for n in DATES_IN}


def test_phones(app: StoreApp) -> None:
    """22: everyone comes in; of two numbers the first counts, a remark or a number that is none is named unseen."""
    report = taken_in(app, "22")
    wholly_in(report, 20)
    people = stored(app)
    without = {id_ for id_, person in people.items() if person.contact.phone is None}
    assert without == {"T17", "T18", "T19"}
    assert 21 in {row for item in report.left_out for row in item.rows}
    assert {item.shown for item in report.left_out} == {None}


def test_postcodes(app: StoreApp) -> None:
    """23: everyone comes in; the Dutch postcodes are read, the others named."""
    report = taken_in(app, "23")
    wholly_in(report, 20)
    people = stored(app)
    for n in (0, 1, 2, 5, 6, 7, 8):
        assert people[f"P{n:02}"].contact.postcode == "8011 AB", n
    for n in (3, 4):
        assert people[f"P{n:02}"].contact.postcode == "8011"
    for n in (14, 17, 18):
        assert people[f"P{n:02}"].contact.postcode is None


def test_addresses(app: StoreApp) -> None:
    """24: everyone comes in; an address among other text is found, one that is none is named unseen."""
    report = taken_in(app, "24")
    wholly_in(report, 16)
    people = stored(app)
    for n in (0, 1, 2, 3, 4, 5, 12):
        assert people[f"M{n:02}"].contact.email == "fenna@voorbeeld.example", n
    for n in (6, 8, 9, 10):
        assert people[f"M{n:02}"].contact.email is None, n
    assert {item.shown for item in report.left_out} == {None}


def test_availability(app: StoreApp) -> None:
    """25: ranges, lists and words of days; what is not clear is left out and named."""
    report = taken_in(app, "25")
    wholly_in(report, 41)
    people = stored(app)
    for n in (0, 1, 2, 3, 36, 37):
        assert day_parts(people[f"B{n:02}"]) == {"tue-afternoon"}
    for n in (5, 6):
        assert day_parts(people[f"B{n:02}"]) == {"tue-afternoon", "thu-afternoon"}
    for n in (7, 8, 9):
        assert len(day_parts(people[f"B{n:02}"])) == 15
    assert day_parts(people["B30"]) == {"tue-morning", "tue-afternoon"}
    assert {"in overleg", "1e maandag van de maand"} <= set(left_out(report, "beschikbaarheid"))
    assert people["B18"].day_parts is None


def test_words_of_offers(app: StoreApp) -> None:
    """26: plurals and usual words are recognised; a word that is none is left out and its person comes in."""
    report = taken_in(app, "26")
    wholly_in(report, 26)
    people = stored(app)
    for n in (0, 1, 2, 3, 4):
        assert people[f"K{n:02}"].offers == {G}
    assert people["K24"].offers is None
    assert "ja" in left_out(report, "aanbod")


def test_yes_under_consent_is_one_question(app: StoreApp) -> None:
    """27: nothing is written before it is said what a yes is for; then a yes is that, a no nothing."""
    report = taken_in(app, "27")
    assert (report.exit_code, asked(report), stored(app)) == (4, ["consent_yes_no"], {})
    report = taken_in(app, "27", consent_yes_no="gastles,mentor")
    assert report.exit_code == 0
    people = stored(app)
    assert consents(people["C1"]) == {Purpose.GUEST_LESSON, Purpose.MENTOR}
    for id_ in ("C3", "C4"):
        assert consents(people[id_]) == {Purpose.GUEST_LESSON, Purpose.MENTOR}
    assert consents(people["C2"]) == set()
    assert consents(people["C5"]) == {Purpose.GUEST_LESSON}
    assert [note.row for note in report.notes if note.code == "consent_no"] == [3]


def test_qualifications(app: StoreApp) -> None:
    """28: school years, "niveau 3" and a crebo code in brackets are read."""
    report = taken_in(app, "28")
    wholly_in(report, 24)
    people = stored(app)
    whole = Qualification("25655", "Verzorgende IG", 3, Pathway.BBL, 2014)
    for n in (0, 6, 7, 8, 9, 14):
        assert people[f"O{n:02}"].qualifications == (whole,), n
    assert people["O03"].qualifications == (Qualification("25655", "Verzorgende IG"),)
    assert people["O04"].qualifications == (Qualification(None, "Verzorgende IG", 3, Pathway.BBL, 2014),)
    assert [item.name for item in people["O20"].qualifications] == ["Helpende Zorg en Welzijn", "Verzorgende IG"]


def test_skills_in_a_cell(app: StoreApp) -> None:
    """48, 49: lists of skills by any usual mark."""
    wholly_in(taken_in(app, "48"), 1)
    assert stored(app)["R1"].skills == ("wondzorg", "tillen", "rapporteren")
    assert stored(app)["R1"].offers == {G, M}
    wholly_in(taken_in(app, "49"), 6)
    people = stored(app)
    for n in (1, 2, 3, 4, 6):
        assert people[f"S{n}"].skills == ("wondzorg", "tillen", "rapporteren"), n
    assert len(people["S5"].skills) == 2


# ---- rows


def test_rows_of_one_person(app: StoreApp) -> None:
    """19: a row for each answer is one person, and that is said."""
    report = taken_in(app, "19")
    wholly_in(report, 2)
    assert stored(app)["A1"].skills == ("wondzorg", "tillen", "rapporteren")
    assert [note.row for note in report.notes if note.code == "joined_row"] == [3, 4]


def test_a_shifted_row_is_refused(app: StoreApp) -> None:
    """29: a comma without quotes shifts cells; that row is refused and named."""
    report = taken_in(app, "29")
    assert (report.exit_code, report.created, report.refused) == (1, 1, 1)
    assert [(problem.row, problem.code) for problem in report.problems] == [(2, "ragged")]


def test_formulas_without_a_result(app: StoreApp) -> None:
    """30: a number that was never calculated refuses its row; another cell with an error is left out."""
    report = taken_in(app, "30")
    assert [(problem.row, problem.code) for problem in report.problems] == [(2, "not_calculated")]
    assert set(stored(app)) == {"F3", "F4"}
    assert left_out(report, "email") == {None: [3]}


def test_hidden_and_struck_rows(app: StoreApp) -> None:
    """31: what is hidden or struck through is counted and asked about."""
    report = taken_in(app, "31")
    assert (report.exit_code, asked(report), report.hidden_rows) == (4, ["hidden_rows"], [3, 4])
    assert not stored(app)
    assert taken_in(app, "31", hidden_rows="overslaan").created == 2
    assert taken_in(app, "31", "hidden_rows").created == 2
    assert set(stored(app)) == {"V1", "V2", "V3", "V4"}


@pytest.mark.parametrize(("number", "count"), [("32", 6), ("51", 4)])
def test_tables_that_are_alike(app: StoreApp, number: str, count: int) -> None:
    """32, 51: three sheets, and two tables side by side, are read as one."""
    wholly_in(taken_in(app, number), count)
    assert len(stored(app)) == count


def test_damaged_letters(app: StoreApp) -> None:
    """36a: names keep their marks."""
    wholly_in(taken_in(app, "36a"), 1)
    assert full_name(stored(app)["U1"]) == "Zoë Élan"


def test_lines_of_dashes(app: StoreApp) -> None:
    """37: a row of dashes is no person, and is named."""
    report = taken_in(app, "37")
    wholly_in(report, 2)
    assert report.not_records == [(5, "dashes")]


def test_bars_between_cells(app: StoreApp) -> None:
    """47: a vertical bar separates too."""
    wholly_in(taken_in(app, "47"), 1)
    assert full_name(stored(app)["X1"]) == "Fenna Proef"


@pytest.mark.parametrize("number", ["46a", "46b"])
def test_files_that_are_something_else(app: StoreApp, number: str) -> None:
    """46: read, and said what they are; or refused with the reason."""
    try:
        report = taken_in(app, number)
    except InputError as error:
        assert error.code  # noqa: PT017 - one of two ways
    else:
        assert report.created
        assert {note.key.split(".")[0] for note in report.notes} == {"files"}


def test_dates_of_a_mac(app: StoreApp) -> None:
    """57: a workbook that counts from 1904."""
    wholly_in(taken_in(app, "57"), 2)
    dates = {consent.given_on for person in stored(app).values() for consent in person.consents}
    assert dates == {date(2026, 9, 1)}


def test_possible_duplicates(app: StoreApp) -> None:
    """60, 62: the same mail and phone, and numbers that differ in marks only, are told and never merged."""
    report = taken_in(app, "60")
    wholly_in(report, 2)
    assert [(item.row, item.of, item.because) for item in report.duplicates] == [(3, 2, ("email", "phone"))]
    report = taken_in(app, "62")
    assert report.exit_code == 0
    assert {item.row for item in report.duplicates if "number" in item.because} >= {3, 5, 6}


PLACES_KNOWN = {0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 19, 20, 21, 22, 23, 24, 27, 28, 29}


def test_places(app: StoreApp) -> None:
    """40: everyone comes in; a place in doubt is a question that does not stop."""
    report = taken_in(app, "40")
    wholly_in(report, 30)
    assert [(doubt.code, doubt.stops) for doubt in report.doubts] == [("town:Zwole", False), ("towns", False)]


# ---- consent


def test_an_empty_column_withdraws_nothing(app: StoreApp) -> None:
    """55: an empty column of consent changes nothing, and the old file again changes nothing either."""
    taken_in(app, "55a")
    report = taken_in(app, "55b")
    assert (report.exit_code, report.withdrawals) == (0, [])
    assert stored(app)["E1"].function == "wijkverzorgende"
    report = taken_in(app, "55a")
    assert report.exit_code == 0
    assert [consents(person) for person in stored(app).values()] == [{Purpose.GUEST_LESSON}] * 2


# ---- requests and courses


def test_moments(app: StoreApp) -> None:
    """41: every whole date with a start and an end is that moment; the request comes in anyhow."""
    report = taken_in(app, "41")
    wholly_in(report, 27)
    requests = stored(app, RecordKind.REQUESTS)
    moment = Moment(datetime(2027, 3, 16, 13), datetime(2027, 3, 16, 15))
    second = Moment(datetime(2027, 3, 18, 13), datetime(2027, 3, 18, 15))
    for n in (0, 1, 2, 3, 4, 5, 6, 10, 11, 12, 16, 23, 24, 25):
        assert requests[f"R{n:02}"].moments == (moment,), n
    for n in (17, 18):
        assert moment in requests[f"R{n:02}"].moments
        assert set(requests[f"R{n:02}"].moments) <= {moment, second}
    for n in (15, 19, 21):
        assert requests[f"R{n:02}"].moments == ()


def test_a_form_for_guest_lessons(app: StoreApp) -> None:
    """42: a list of requests without a kind asks which kind, once."""
    report = taken_in(app, "42")
    assert report.exit_code == 4
    assert "kind" in asked(report)
    report = taken_in(app, "42", "columns", kind="gastles")
    assert (report.exit_code, report.created + report.refused) == (report.exit_code, 2)
    first = next(r for r in stored(app, RecordKind.REQUESTS).values() if r.title == "Wondzorg in de wijk")
    assert (first.kind, first.level, first.requester) == (G, 3, "f.proef@school.example")


def test_values_of_requests(app: StoreApp) -> None:
    """43: the request comes in, the cell that cannot be used is left out and named."""
    report = taken_in(app, "43")
    requests = stored(app, RecordKind.REQUESTS)
    assert requests["W2"].level == 3
    assert requests["W9"].kind == G
    assert requests["W7"].online == OnlineMode.EITHER
    assert set(requests["W12"].languages) == {"nl", "en"} == set(requests["W13"].languages)
    assert requests["W8"].requester is None
    assert left_out(report, "aanvrager") == {None: [9]}
    assert (requests["W3"].level, requests["W4"].level) == (None, None)


def test_courses(app: StoreApp) -> None:
    """44: prices with words, forms, levels and starts as people write them."""
    report = taken_in(app, "44")
    assert (report.exit_code, report.refused) == (0, 0)
    courses = stored(app, RecordKind.OFFERINGS)
    assert [courses[f"O{n:02}"].price for n in (1, 2, 4, 6)] == [1250, 1250, 0, 395]
    for n in (20, 21):
        assert courses[f"O{n}"].form == Form.CLASSROOM
    assert courses["O19"].form == Form.ONLINE
    assert courses["O32"].level == 4
    assert courses["O10"].start is None
    assert 11 not in {row for item in report.left_out for row in item.rows}
    assert left_out(report, "prijs").keys() >= {"op aanvraag"}


# ---- of every input


@pytest.mark.parametrize("path", sorted(CASES.iterdir()), ids=lambda path: path.name)
def test_every_input_twice_changes_nothing(app: StoreApp, path: Path) -> None:
    """The second time every record is the same, and the report has a sentence for everything in both languages."""
    kind = KINDS[path.stem.rpartition("-")[2]]
    wishes = Wishes(
        accept=frozenset({"columns", "hidden_rows"}), answers={"consent_yes_no": "gastles", "kind": "gastles"}
    )
    first, second = (
        imports.import_records(app, COMMAND_LINE, path, kind, school="Proefschool", wishes=wishes) for _ in range(2)
    )
    assert first.exit_code in {0, 1}
    assert first.created > 0
    assert (second.created, second.updated) == (0, 0)
    assert second.unchanged == first.created
    told: Mapping[str, Any] = second.to_dict("nl")
    assert told["read"] == told["new"] + told["changed"] + told["same"] + told["refused"]
    assert second.to_dict("en").keys() == told.keys()
