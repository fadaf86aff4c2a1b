"""Habits of lists that schools keep themselves: each rule for a kind of habit, with people who are invented."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.records import Pathway, Qualification, RecordKind
from matcher.spreadsheets import cells
from matcher.spreadsheets.cells.names import infix_of, parts_of, tidied, turned_names
from matcher.spreadsheets.classes import class_of
from matcher.spreadsheets.columns import by_header
from matcher.spreadsheets.reader import Table, read_table
from matcher.spreadsheets.report import Because
from matcher.spreadsheets.targets import Wishes
from tests.support.files import TODAY

YES = Wishes(answers={"consent_yes_no": "gastles", "consent_since": "2020-01-01"})


def read(folder: Path, *lines: str, wishes: Wishes = YES) -> Table:
    """The rows of a list with these lines."""
    path = folder / "lijst.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return read_table(path, RecordKind.ALUMNI, school="Proefschool", today=TODAY, wishes=wishes)


def because(table: Table) -> dict[int, Because]:
    return dict(table.report.not_records)


def left_out(table: Table) -> set[tuple[str, str]]:
    return {(item.field, item.remark.code) for item in table.report.left_out}


# ---- consent


@pytest.mark.parametrize(
    ("cell", "answer"),
    [
        ("ja 19-8-2025", (True, date(2025, 8, 19))),
        ("akkoord 1 mei '23", (True, date(2023, 5, 1))),
        ("form. binnen 3 juni '22", (True, date(2022, 6, 3))),
        ("per mail 2022-11-28", (True, date(2022, 11, 28))),
        (date(2021, 3, 5), (True, date(2021, 3, 5))),
        ("getekend", (True, None)),
        ("ingetrokken 2 sept 2025", (False, None)),
        ("wil niet", (False, None)),
        ("nee", (False, None)),
        ("ok 2021", (True, None)),
        ("ja 4/11", (True, None)),
    ],
)
def test_consent_stands_in_one_cell_with_its_day(cell: object, answer: tuple[bool, date | None]) -> None:
    """A yes or no is read with the day that stands with it; of a year alone the day is left out."""
    assert cells.consent_answer(cell, today=date(2026, 1, 1)).value == answer


@pytest.mark.parametrize("cell", ["mondeling 07/2021", "nog vragen", "form. verstuurd", "misschien", "ja 1-1-2027"])
def test_what_is_no_clear_consent_is_none(cell: str) -> None:
    """A spoken yes, one that is still to be asked, and one of a day to come, are left out and named."""
    reading = cells.consent_answer(cell, today=date(2026, 1, 1))
    assert reading.value is None
    assert reading.left_out


@pytest.mark.parametrize("cell", ["ja 1-1-2027", "1-1-2027", date(2027, 1, 1)])
def test_a_day_to_come_is_named_as_one(cell: object) -> None:
    """Text or date, a consent of a day that has not come yet is told to be that, and not to be no yes or no."""
    reading = cells.consent_answer(cell, today=date(2026, 1, 1))
    assert [problem.code for problem in reading.left_out] == ["future_date"]


def test_an_own_day_of_consent_counts_before_the_answer(tmp_path: Path) -> None:
    """The day in the cell is that of the consent; the answer for the column is for cells without any."""
    table = read(
        tmp_path, "nr;roepnaam;achternaam;AVG", "A1;Noor;Proef;ja 2-3-2024", "A2;Sam;Proef;ja", "A3;Bo;Proef;ok 2021"
    )
    assert [upsert.values.get("consent_date") for upsert in table.upserts] == [date(2024, 3, 2), date(2020, 1, 1), None]
    assert all(upsert.values["consents"] == {Purpose.GUEST_LESSON} for upsert in table.upserts)


def test_a_no_outlasts_a_yes_of_another_row(tmp_path: Path) -> None:
    """Of two answers of one person, a no leaves no consent, whichever stands first."""
    lines = ("A1;Noor;Proef;ja", "A1;Noor;Proef;nee")
    for order in (lines, lines[::-1]):
        (person,) = read(tmp_path, "leerlingnummer;roepnaam;achternaam;AVG", *order).upserts
        assert "consents" not in person.values


# ---- who may not come in, and rows that are no people


@pytest.mark.parametrize(
    "remark", ["† 2023", "overleden (bericht van moeder)", "WIL ERUIT", "graag verwijderen (tel.)"]
)
def test_who_died_or_asked_to_go_does_not_come_in(tmp_path: Path, remark: str) -> None:
    """A remark that somebody died or wants to be off the list keeps that row out, and says so without repeating it."""
    table = read(tmp_path, "nr;roepnaam;achternaam;opmerkingen", f"A1;Noor;Proef;{remark}", "A2;Sam;Proef;bloemist")
    assert [upsert.values["first_name"] for upsert in table.upserts] == ["Sam"]
    assert because(table) == {2: Because.LEAVER}
    assert remark not in str(table.report.to_dict("nl"))


def test_a_remark_about_somebody_else_keeps_nobody_out(tmp_path: Path) -> None:
    """Somebody whose father died is a person on the list."""
    table = read(tmp_path, "nr;roepnaam;achternaam;opmerkingen", "A1;Noor;Proef;vader net overleden", "A2;Sam;Proef;")
    assert len(table.upserts) == 2


def test_a_column_of_deaths_keeps_those_out(tmp_path: Path) -> None:
    """A yes, or a day, in a column `overleden` keeps the person out; a no, and a day for none, do not."""
    rows = ("A1;Noor;Proef;J", "A2;Sam;Proef;N", "A3;Bo;Proef;31-12-2021", "A4;Kim;Proef;01-01-1900")
    table = read(tmp_path, "leerlingnummer;roepnaam;achternaam;OVERLEDEN", *rows)
    assert [upsert.id for upsert in table.upserts] == ["A2", "A4"]


def test_a_no_to_keeping_data_keeps_all_rows_of_the_person_out(tmp_path: Path) -> None:
    """Who says no to `mogen we je gegevens bewaren` does not come in, with an earlier yes neither."""
    header = "studentnummer;roepnaam;achternaam;Mogen we je gegevens bewaren?"
    table = read(tmp_path, header, "A1;Noor;Proef;ja", "A2;Sam;Proef;ja", "A1;Noor;Proef;nee")
    assert [upsert.id for upsert in table.upserts] == ["A2"]


def test_rows_made_to_try_something_are_no_people(tmp_path: Path) -> None:
    """A test row, an example and a sum with the word for what was counted are named and left out."""
    rows = ("1234;Test;Tester;x@proef.example", "voorbeeld:;Jannie;Voorbeeld;", "TOTAAL;38;alumni;", "1235;Noor;Proef;")
    table = read(tmp_path, "leerlingnummer;roepnaam;achternaam;mail", *rows)
    assert [upsert.id for upsert in table.upserts] == ["1235"]
    assert because(table) == {2: Because.EXAMPLE, 3: Because.EXAMPLE, 4: Because.TOTAL}


def test_a_text_is_no_number_among_numbers(tmp_path: Path) -> None:
    """Two people who do not know their number are not one person; the cells are named."""
    rows = [f"{1000 + n};Noor;Proef{n};" for n in range(10)]
    table = read(
        tmp_path,
        "studentnummer;roepnaam;achternaam;mail",
        *rows,
        "weet ik niet meer;Sam;Toets;sam@proef.example",
        "weet ik niet meer;Bo;Ander;bo@proef.example",
    )
    assert [upsert.id for upsert in table.upserts][-2:] == ["", ""]
    assert not table.report.problems
    assert ("alumnus_id", "no_number") in left_out(table)


def test_a_number_that_we_gave_is_a_number_though_it_has_letters_alone(tmp_path: Path) -> None:
    """An export comes in again: nobody of it becomes another person."""
    rows = [f"{1000 + n};Noor;Proef{n};" for n in range(10)]
    table = read(tmp_path, "alumnus_id;voornaam;achternaam;email", *rows, "CTLCGVMZ;Sam;Toets;")
    assert table.upserts[-1].id == "CTLCGVMZ"


def test_a_number_without_its_zeros_is_the_same_with_the_same_name(tmp_path: Path) -> None:
    """A number that differs in zeros is that of the same person where the whole name is the same, else of another."""
    rows = ("0012345;Noor;Proef;0612345678", "12345;Noor;Proef;", "012345;Sam;Toets;")
    table = read(tmp_path, "leerlingnummer;roepnaam;achternaam;mobiel", *rows)
    assert [(upsert.id, upsert.values["first_name"]) for upsert in table.upserts] == [
        ("0012345", "Noor"),
        ("012345", "Sam"),
    ]


def test_the_later_answer_counts(tmp_path: Path) -> None:
    """Where both rows of a person have a day of consent, the later one counts, and what it leaves open stays."""
    header = "studentnummer;roepnaam;achternaam;bedrijf;functie;AVG;datum toestemming"
    rows = ("A1;Noor;Proef;Oud Proef;kok;ja;1-2-2024", "A1;Noor;Proef;Nieuw Proef;;ja;1-3-2025")
    (person,) = read(tmp_path, header, *rows).upserts
    assert (person.values["employer"], person.values["function"]) == ("Nieuw Proef", "kok")


# ---- names


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (("Noor", None, "van der Proef"), ("Noor", "van der", "Proef")),
        (("Noor", None, "Proef, de"), ("Noor", "de", "Proef")),
        (("Noor", "d.", "Proef"), ("Noor", "de", "Proef")),
        (("Noor (N.A.)", None, "Proef"), ("Noor", None, "Proef")),
        (("Noor van Proef", "van", "Proef"), ("Noor", "van", "Proef")),
        (("Noor", "v.d.", "Proef"), ("Noor", "v.d.", "Proef")),
        ((None, None, "Van"), (None, None, "Van")),
    ],
)
def test_each_part_of_a_name_stands_where_it_belongs(
    names: tuple[str | None, str | None, str | None], wanted: tuple[str | None, str | None, str | None]
) -> None:
    """What stands with the first or last name and belongs to another part is put there; `v.d.` could be two things."""
    assert tidied(*names) == wanted


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("Proef, de, Noor", "Noor", "de Proef"),
        ("Proef, Noor (Noor) den", "Noor", "den Proef"),
        ("Mw. N. Proef (Noor)", "Noor", "Proef"),
        ("Noor van den Proef-Toets geb. Ander", "Noor", "van den Proef-Toets"),
        ("Proef, Noor - gestopt jr 2", "Noor", "Proef"),
    ],
)
def test_a_whole_name_is_read_as_lists_write_it(text: str, first: str, last: str) -> None:
    """Particles between commas, a name to call somebody by, a name by birth, and what is told behind the name."""
    assert parts_of(text)[:2] == (first, last)


def test_the_column_tells_which_names_have_the_last_name_first() -> None:
    """Of two words the first is the last name only where the sure names of the column say so of both."""
    sure = ["Proef, Noor", "Toets, Sam", "Jan de Bakker"]
    assert turned_names([*sure, "Proef Sam", "Sam Proef", "Ander Noor"]) == {"Proef Sam": "Proef, Sam"}


def test_a_last_name_keeps_a_word() -> None:
    """Somebody whose whole last name is a particle has that last name."""
    assert infix_of("van") == (None, "van")


# ---- headers and columns


def test_a_line_about_the_export_is_no_group_of_columns(tmp_path: Path) -> None:
    """A report line above the headers stands over the first columns only, and names none."""
    table = read(
        tmp_path, "RAPPORT X1;AANGEMAAKT 14-10-2025;DOOR K;;;;;;", "DLNNR;ROEPNAAM;ACHTERNAAM;CREBO;NIV;LW;X;Y;Z",
        "123;NOOR;PROEF;25491;3;BBL;a;b;c", "124;SAM;PROEF;25491;3;BOL;a;b;c",
    )  # fmt: skip
    assert [upsert.id for upsert in table.upserts] == ["123", "124"]
    assert table.upserts[0].values["qualifications"][0].pathway is Pathway.BBL  # type: ignore[index]


def test_a_column_of_nothing_leaves_the_field_to_another(tmp_path: Path) -> None:
    """The mail that a form collects itself, `anonymous` throughout, does not keep the mail that people gave out."""
    header = (
        "ID;Begintijd;Tijd van voltooien;E-mail;Naam;Op welk privé-mailadres kunnen we je bereiken?;Wat is je voornaam?"
    )
    rows = [f"{n};1-9-2025 11:00;1-9-2025 11:05;anonymous;;noor{n}@proef.example;Noor" for n in range(1, 5)]
    assert next(upsert.values["email"] for upsert in read(tmp_path, header, *rows).upserts) == "noor1@proef.example"


def test_a_question_may_explain_itself_in_brackets(tmp_path: Path) -> None:
    """A long explanation in brackets does not make a column one about somebody else; `(ouders)` does."""
    long = "Je studentnummer (staat op je oude schoolpas; weet je het niet? Laat maar leeg)"
    table = read(tmp_path, f'"{long}";roepnaam;telefoon (ouders);mail', "0123;Noor;0612345678;noor@proef.example")
    fields = [guess.target.field if guess.target else None for guess in table.guesses]
    assert fields == ["alumnus_id", "voornaam", None, "email"]


def test_an_employer_stands_under_a_group_of_work(tmp_path: Path) -> None:
    """Under a group `WERK` the employer is the employer."""
    table = read(
        tmp_path, "PERSOON;;;WERK;;", "nr;roepnaam;achternaam;huidige werkgever;functie;mail",
        "A1;Noor;Proef;Bij Proef;kok;"
    )  # fmt: skip
    assert {"werkgever", "functie"} <= {guess.target.field for guess in table.guesses if guess.target}


# ---- cells


@pytest.mark.parametrize(
    ("text", "parts"), [("o/m", 0b011), ("om", 0b011), ("midd.", 0b010), ("A", 0b100), ("Oma", 0b111), ("klus", None)]
)
def test_a_column_of_one_day_holds_parts_of_it(text: str, parts: int | None) -> None:
    """Letters and short words are parts of the day; another word is none."""
    assert cells.parts_of_day(text) == parts


@pytest.mark.parametrize(("short", "whole"), [("di (o+m)", "di ochtend en middag"), ("do-och", "do-ochtend"),
                                              ("vr av", "vr avond"), ("hele dinsdag", "di")])  # fmt: skip
def test_day_parts_in_short(short: str, whole: str) -> None:
    """A short form is the same as the whole one."""
    column = by_header(RecordKind.ALUMNI)["beschikbaarheid"]
    one, other = (cells.read(column, text, today=TODAY).value for text in (short, whole))
    assert one == other
    assert one is not None


@pytest.mark.parametrize("text", ["BBL werkend", "voltijd (BBL)", "BBL (werken en leren)"])
def test_a_pathway_among_words(text: str) -> None:
    """The only pathway that a cell names is the pathway; of two, none is."""
    assert cells.qualification(pathway=text, today=TODAY).value == Qualification(pathway=Pathway.BBL)
    assert cells.qualification(pathway="BOL en later BBL", name="Kok", today=TODAY).value == Qualification(name="Kok")


def test_several_qualifications_in_the_answer_of_a_form(tmp_path: Path) -> None:
    """Each option is a qualification; one year beside two is of neither for sure, and named."""
    header = "nr;roepnaam;achternaam;opleiding;leerweg;diplomajaar"
    table = read(tmp_path, header, '7;Noor;Proef;"Kok (niveau 2);Timmerman (niveau 3);";BOL (dagopleiding);2019')
    assert table.upserts[0].values["qualifications"] == (
        Qualification(name="Kok", level=2, pathway=Pathway.BOL),
        Qualification(name="Timmerman", level=3, pathway=Pathway.BOL),
    )
    assert ("opleidingen", "of_several") in left_out(table)


def test_an_option_of_a_form_names_one_role() -> None:
    """A sentence between semicolons that names one role is that role; with a not in it, or two roles, it is none."""
    column = by_header(RecordKind.ALUMNI)["aanbod"]
    reading = cells.read(
        column, "Een gastles geven over mijn werk;Een stageplek (bpv) regelen;Nu even niets;", today=TODAY
    )
    assert reading.value == {RequestKind.GUEST_LESSON, RequestKind.BPV_PLACE}
    assert [problem.text for problem in reading.left_out] == ["Nu even niets"]
    assert cells.read(column, "Liever geen gastles over mijn werk;x y z;", today=TODAY).value is None


def test_words_for_no_employer_are_none() -> None:
    """Who studies or looks for work has no employer; a firm with such a word in its name is one."""
    column = by_header(RecordKind.ALUMNI)["werkgever"]
    for text in ("werkzoekend", "studeert HBO-V", "zoekt werk"):
        assert not cells.read(column, text, today=TODAY).stated
        assert not cells.read_column(column, [text], today=TODAY)[0].stated
    assert cells.read(column, "Student Proef BV", today=TODAY).value == "Student Proef BV"


def test_a_made_up_address_is_none() -> None:
    """What a system writes where there is no address, is no address; not of a clean form either."""
    column = by_header(RecordKind.ALUMNI)["email"]
    assert cells.read_column(column, ["ONBEKEND@proef.example"], today=TODAY)[0].value is None


def test_the_same_as_above_is_named() -> None:
    """`idem` is no town: the list may have been sorted since."""
    column = by_header(RecordKind.ALUMNI)["woonplaats"]
    assert cells.read_column(column, ["idem"], today=TODAY)[0].left_out[0].code == "ditto"


def test_a_town_behind_its_postcode_with_a_word_between() -> None:
    """`5711 AB te Someren` is a postcode and a town."""
    assert cells.postcode_and_town("5711 AB te Someren").value == ("5711 AB", "Someren")


# ---- qualifications and work that stand elsewhere


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("DV4 2018-2019  Dierverzorging niv. 4 BOL (crebo 25446)",
         Qualification("25446", "Dierverzorging", 4, Pathway.BOL, 2019)),
        ("=== 2016 === Bloem & styling 3 / BOL / 25444",
         Qualification("25444", "Bloem & styling", 3, Pathway.BOL, 2016)),
        ("Klas HOV3, diploma 2016: Vakbekwaam hovenier, niveau 3, BBL",
         Qualification(None, "Vakbekwaam hovenier", 3, Pathway.BBL, 2016)),
        ("aantal: 12", None), ("bellen in 2024", None), ("BBL 2016", None),
    ],
)  # fmt: skip
def test_a_heading_names_a_class(text: str, wanted: Qualification | None) -> None:
    """A name with two things that tell a qualification is a class; a note is none."""
    assert class_of(text) == wanted


def test_people_below_a_heading_have_its_qualification(tmp_path: Path) -> None:
    """Each person has the qualification of the heading above; a heading of a pathway changes only that."""
    table = read(
        tmp_path, "naam;lln.nr;tel;mail",
        "DV4 2018-2019 Dierverzorging niv. 4 BOL;;;", "Noor Proef;1;0612345678;",
        "hieronder BBL:;;;", "Sam Proef;2;0612345679;",
        "=== 2016 === Hovenier 3 / BOL;;;", "Bo Proef;3;0612345670;",
    )  # fmt: skip
    assert [upsert.values["qualifications"][0] for upsert in table.upserts] == [  # type: ignore[index]
        Qualification(None, "Dierverzorging", 4, Pathway.BOL, 2019),
        Qualification(None, "Dierverzorging", 4, Pathway.BBL, 2019),
        Qualification(None, "Hovenier", 3, Pathway.BOL, 2016),
    ]


def test_a_course_without_the_day_of_a_diploma_is_no_qualification(tmp_path: Path) -> None:
    """Where most rows have the day of the diploma, a row without has none; the year is that of the day."""
    rows = (
        "9;Bo;Toets;25491;1-6-2024",
        "1;Noor;Proef;25491;7-6-2024",
        "2;Sam;Proef;25491;8-6-2023",
        "3;Bo;Proef;25491;",
        "4;Kim;Proef;25491;31-12-9999",
    )
    table = read(tmp_path, "leerlingnummer;roepnaam;achternaam;crebo;diplomadatum", *rows)
    found = [upsert.values.get("qualifications") for upsert in table.upserts]
    assert found[1:3] == [(Qualification("25491", year=2024),), (Qualification("25491", year=2023),)]
    assert not found[3]
    assert not found[4]
    assert ("opleidingen", "no_diploma_day") in left_out(table)


def test_employer_and_function_in_one_column(tmp_path: Path) -> None:
    """`kok bij X` says both; `X, kok` only where the column shows the pattern; a firm with a comma stays whole."""
    works = ["Proef Bouw, timmerman", "Proef Zorg, timmerman", "Toets BV, kok", "Proef Groen, kok", "Ander (kok)"]
    rows = [f"{n};Noor;Proef{n};{work}" for n, work in enumerate([*works, "kok bij De Proef", "Proef, Toets en Co"])]
    table = read(tmp_path, "leerlingnummer;roepnaam;achternaam;werkt bij", *rows)
    found = [(upsert.values["employer"], upsert.values.get("function")) for upsert in table.upserts]
    assert found[0] == ("Proef Bouw", "timmerman")
    assert found[4:] == [
        ("Ander", "kok"),
        ("De Proef", "kok"),
        ("Proef, Toets en Co", None),
    ]
    (alone,) = read(
        tmp_path, "leerlingnummer;roepnaam;achternaam;werkt bij", "1;Noor;Proef;Defensie, vliegbasis"
    ).upserts
    assert alone.values["employer"] == "Defensie, vliegbasis"
