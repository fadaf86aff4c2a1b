"""Whole files: where the table is, what is refused, what the store is given."""

from __future__ import annotations

import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.records import RecordKind
from matcher.errors import InputError, MissingColumns, UnreadableFile
from matcher.locale import LANGUAGES
from matcher.repositories.values import UpsertResult
from matcher.spreadsheets.reader import read_table
from matcher.spreadsheets.summary import sections
from matcher.spreadsheets.targets import Wishes
from tests.support.files import TODAY, asked, codes, left_out, read, text, workbook


def test_absent_columns_are_absent_and_empty_cells_are_none(tmp_path: Path) -> None:
    """A row gives the fields of columns that have values; an empty cell clears, but never a consent."""
    path = text(
        tmp_path / "a.csv",
        "alumnus_id;functie;toestemming;postcode;sector\nA-1;;;;\nA-2;kok;mentor;8011;\n",
    )
    row, other = read(path).upserts
    assert (row.row, row.id, row.owner) == (2, "A-1", "Vechtdal")
    assert row.values == {"function": None, "postcode": None, "pc4": None}
    assert other.values == {
        "function": "kok", "consents": frozenset({Purpose.MENTOR}), "postcode": "8011", "pc4": "8011",
    }  # fmt: skip


@pytest.mark.parametrize("nothing", ["-", "n.v.t.", "onbekend"])
def test_a_word_for_nothing_does_not_clear(tmp_path: Path, nothing: str) -> None:
    """Unlike an empty cell it leaves what was known."""
    path = text(tmp_path / "a.csv", f"alumnus_id;functie\nA-1;{nothing}\nA-2;\nA-3;kok\n")
    assert [row.values for row in read(path).upserts] == [{}, {"function": None}, {"function": "kok"}]


def test_requests_have_defaults(tmp_path: Path) -> None:
    """Empty counts and yes/no cells of a request become what the contract says they are."""
    path = text(
        tmp_path / "r.csv",
        "aanvraag_id,soort,titel,aantal_personen,vog_nodig,leerbedrijf_nodig\n"
        "R-1,Hybride Docent,Lassen,,,\nR-2,gastles,Koken,2,ja,ja\n",
    )
    row, _ = read(path, RecordKind.REQUESTS, None).upserts
    assert row.owner == ""
    assert row.values == {
        "kind": RequestKind.HYBRID_TEACHER,
        "title": "Lassen",
        "people": 1,
        "certificate_required": False,
        "company_required": False,
    }


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_encodings_and_separators(tmp_path: Path, separator: str, encoding: str) -> None:
    """Every usual encoding and separator gives the same row, also with the separator inside quotes."""
    lines = [["Alumnus ID", "Voornaam", "ervaring"], ["A-1", "Zoë", '"eerst; toen,\tnu\nen later"']]
    path = text(tmp_path / "a.csv", "\r\n".join(separator.join(line) for line in lines), encoding)
    (row,) = read(path).upserts
    assert row.values == {"first_name": "Zoë", "experience": "eerst; toen,\tnu\nen later"}


def test_the_header_is_found_under_titles_and_on_another_sheet(tmp_path: Path) -> None:
    """Merged titles, empty rows and a first sheet with something else do no harm; rows keep Excel's numbers."""
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "leesmij"
    book.active["A1"] = "Deze lijst is van de alumnicoördinator"
    page = book.create_sheet("lijst")
    page["A1"] = "Alumni 2027"
    page.merge_cells("A1:D1")
    for place, name in enumerate(["alumnus_id", "SCHOOL", "Max afstand km", "pauze_tot"], 1):
        page.cell(4, place, name)
    for place, cell in enumerate([7, "Vechtdal", 25, datetime(2027, 4, 1)], 1):
        page.cell(7, place, cell)
    book.save(tmp_path / "a.xlsx")
    (row,) = read(tmp_path / "a.xlsx", school=None).upserts
    assert (row.row, row.id, row.owner) == (7, "7", "Vechtdal")
    assert row.values == {"max_distance_km": 25.0, "paused_until": date(2027, 4, 1)}


def test_unknown_and_double_columns_are_told_once(tmp_path: Path) -> None:
    """Unknown columns are ignored and named once; of a column that is there twice one counts, the other is named."""
    path = text(tmp_path / "a.csv", "alumnus_id;schoenmaat;functie;Functie\nA-1;43;kok;bakker\nA-2;44;kok;bakker\n")
    table = read(path)
    job, other = ("kok", "Functie") if table.upserts[0].values == {"function": "kok"} else ("bakker", "functie")
    assert [row.values for row in table.upserts] == [{"function": job}] * 2
    (note,) = table.report.notes
    assert (note.code, note.values["columns"]) == ("unknown_columns", f"schoenmaat, {other}")


def test_cells_are_left_out_and_rows_come_in(tmp_path: Path) -> None:
    """Every cell that cannot be used is named; only a row of which nobody knows whom it is about is refused."""
    path = workbook(
        tmp_path / "a.xlsx",
        [
            ["alumnus_id", "postcode", "online", "email"],
            ["A-1", "8011AB", "ja", None],
            ["A-2", "99", "mischien", "geen adres"],
            [None, "8011", "nee", None],
            ["A-3", None, None, None],
        ],
    )
    table = read(path)
    assert [row.id for row in table.upserts] == ["A-1", "A-2", "A-3"]
    assert table.upserts[1].values == {}
    assert {(field, tuple(rows)) for field, _, rows in left_out(table)} == {
        ("postcode", (3,)), ("online", (3,)), ("email", (3,)),
    }  # fmt: skip
    assert codes(table) == [(4, None, "nobody")]
    assert (table.report.refused, table.report.exit_code) == (1, 1)


def test_personal_values_are_not_repeated(tmp_path: Path) -> None:
    """A report repeats a wrong postcode, but never a wrong address."""
    path = text(tmp_path / "a.csv", "alumnus_id;postcode;email\nA-1;99;jan-zonder-apenstaart\n")
    for language in LANGUAGES:
        report = read(path).report
        told = str(report.to_dict(language)) + str(sections(report, language))
        assert "99" in told
        assert "apenstaart" not in told


def test_double_ids(tmp_path: Path) -> None:
    """The same row twice counts once; the same id with other data is refused and names the first row."""
    path = text(tmp_path / "a.csv", "alumnus_id;functie\nA-1;kok\nA-1;kok\n A-1 ;bakker\n")
    table = read(path)
    assert [row.row for row in table.upserts] == [2]
    assert [note.code for note in table.report.notes] == ["same_row"]
    assert codes(table) == [(4, "alumnus_id", "id_twice")]
    assert "rij 2" in table.report.problem_sentences("nl")[0]


def test_one_id_at_two_schools_is_two_people(tmp_path: Path) -> None:
    """Ids are unique per school, not over schools."""
    path = text(tmp_path / "a.csv", "alumnus_id;school;functie\n1;Vechtdal;kok\n1;IJssel;\n1;;bakker\n")
    table = read(path)
    assert [row.owner for row in table.upserts] == ["Vechtdal", "IJssel"]
    assert codes(table) == [(4, "alumnus_id", "id_twice")]


def test_consent_is_not_from_the_future(tmp_path: Path) -> None:
    """A consent that has not been given yet is left out with its date, and the person comes in."""
    path = text(
        tmp_path / "a.csv", "alumnus_id;toestemming;toestemming_datum\nA-1;gastles;2027-03-02\nA-2;mentor;1-3-2027\n"
    )
    table = read(path)
    assert left_out(table) == [("toestemming_datum", "future_date", [2])]
    first, second = table.upserts
    assert "consents" not in first.values
    assert second.values == {"consents": frozenset({Purpose.MENTOR}), "consent_date": TODAY}


def test_an_end_before_its_start_is_left_out(tmp_path: Path) -> None:
    """A course that ends before it starts comes in without its end."""
    path = text(tmp_path / "c.csv", "aanbod_id;aanbieder;titel;start;eind\nC-1;P;T;2027-05-01;2027-04-01\n")
    table = read(path, RecordKind.OFFERINGS, None)
    assert left_out(table) == [("eind", "end_first", [2])]
    assert table.upserts[0].values == {"title": "T", "start": date(2027, 5, 1)}


def test_a_row_with_too_many_cells_is_refused(tmp_path: Path) -> None:
    """A separator in a text without quotes is found, and nothing is shifted into another column."""
    path = text(tmp_path / "a.csv", "alumnus_id;ervaring\nA-1;ik kook; en bak\nA-2;ik bak;\n")
    table = read(path)
    assert codes(table) == [(2, None, "ragged")]
    assert [row.values for row in table.upserts] == [{"experience": "ik bak"}]


def test_the_example_row_is_skipped(tmp_path: Path) -> None:
    """The example row of the template is no alumnus."""
    table = read(text(tmp_path / "a.csv", "alumnus_id;functie\nVOORBEELD;kok\nA-1;kok\n"))
    assert [row.id for row in table.upserts] == ["A-1"]
    assert table.report.not_records == [(2, "example")]


def test_only_a_header_is_fine(tmp_path: Path) -> None:
    """A file with a header and no rows imports nothing, and says so."""
    table = read(text(tmp_path / "a.csv", "alumnus_id;functie\n"))
    assert (list(table.upserts), table.report.exit_code) == ([], 0)
    assert [note.code for note in table.report.notes] == ["no_rows"]


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.pdf", b"%PDF", "pdf"),
        ("a.xlsx", b"PK\x03\x04 broken", "damaged"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old_office"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "locked"),
        ("a.csv", b" \n", "empty_file"),
        ("a.csv", b"\xff\xfea\x00l\x00;", "encoding"),
        ("a.csv", b'alumnus_id;functie\n1;"open', "broken_csv"),
    ],
)
def test_unreadable_files(tmp_path: Path, name: str, data: bytes, code: str) -> None:
    """Each kind of file that cannot be read has its own sentence."""
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UnreadableFile) as caught:
        read(tmp_path / name)
    assert caught.value.code == code


def test_missing_files_and_folders(tmp_path: Path) -> None:
    """No file, and a folder, are told apart; the folder's own path is not repeated."""
    for path, code in ((tmp_path / "weg.csv", "no_such_file"), (tmp_path / "map.csv", "is_a_folder")):
        if code == "is_a_folder":
            path.mkdir()
        with pytest.raises(UnreadableFile) as caught:
            read(path)
        assert caught.value.code == code
        assert caught.value.values["file"] == path.name


def test_missing_columns(tmp_path: Path) -> None:
    """A school that is not named is asked for; a file without any table has none."""
    path = text(tmp_path / "a.csv", "alumnus_id;functie\n1;kok\n")
    with pytest.raises(MissingColumns) as caught:
        read(path, school=None)
    assert caught.value.values["columns"] == ["school"]
    with pytest.raises(MissingColumns) as caught:
        read(text(tmp_path / "b.csv", "Dit is een brief.\nGroeten\n"))
    assert caught.value.code == "no_table"


def test_a_required_column_that_is_absent_is_asked_for(tmp_path: Path) -> None:
    """Nothing comes in without a title or a kind; one answer gives the kind of all requests."""
    path = text(tmp_path / "r.csv", "aanvraag_id;titel\nR-1;Lassen\n")
    table = read(path, RecordKind.REQUESTS)
    assert (list(table.upserts), asked(table), table.report.exit_code) == ([], ["kind"], 4)
    wishes = Wishes(answers={"kind": "gastles"})
    table = read_table(path, RecordKind.REQUESTS, school="Vechtdal", today=TODAY, wishes=wishes)
    assert [row.values for row in table.upserts] == [{"title": "Lassen", "kind": RequestKind.GUEST_LESSON}]
    table = read(text(tmp_path / "r2.csv", "aanvraag_id;soort\nR-1;gastles\n"), RecordKind.REQUESTS)
    assert (list(table.upserts), asked(table), table.report.exit_code) == ([], ["columns"], 4)


def test_most_of_a_file_unknown_is_asked_about(tmp_path: Path) -> None:
    """Fewer than half of the columns that have values: an answer first, which says what is not known."""
    path = text(tmp_path / "a.csv", "alumnus_id;voornaam;kleur;maat;huisdier;leeg\nA-1;Fenna;rood;43;kat;\n")
    table = read(path)
    assert (asked(table), table.report.exit_code) == (["columns"], 4)
    told = str(sections(table.report, "nl"))
    assert all(name in told for name in ("kleur", "maat", "huisdier"))


def test_an_error_of_excel_does_not_clear_a_value(tmp_path: Path) -> None:
    """A cell in which Excel shows an error is left out: taking it for empty would clear what is known."""
    rows = [["alumnus_id", "functie"], ["A-1", "#N/A"], ["A-2", "kok"], ["A-3", None]]
    table = read(workbook(tmp_path / "a.xlsx", rows))
    assert left_out(table) == [("functie", "excel_error", [2])]
    assert [row.values for row in table.upserts] == [{}, {"function": "kok"}, {"function": None}]


def test_what_the_store_says_is_in_the_report(tmp_path: Path) -> None:
    """Counts and warnings of the store become counts and sentences of the report, without codes."""
    report = read(text(tmp_path / "a.csv", "alumnus_id\n1\n")).report
    report.add_results(
        [
            UpsertResult(2, "created"),
            UpsertResult(3, "unchanged", (("kept_stated", {"field": "max_distance_km"}),)),
            UpsertResult(
                4, "updated", (("consent_stays_withdrawn", {"purpose": Purpose.MENTOR, "withdrawn_on": TODAY}),)
            ),
        ]
    )
    assert (report.created, report.updated, report.unchanged, report.exit_code) == (1, 1, 1, 0)
    sentences = report.note_sentences("nl")
    assert "max_afstand_km" in sentences[0]
    assert "mentor" in sentences[1]
    assert "1 maart 2027" in sentences[1]


def test_a_word_that_is_nearly_right_is_suggested(tmp_path: Path) -> None:
    """A typing error in a closed list is answered with the word that was meant."""
    path = text(tmp_path / "r.csv", "aanvraag_id;soort;titel\nR-1;ambasadeurrr;Open dag\n")
    assert "Bedoel je ambassadeur?" in read(path, RecordKind.REQUESTS).report.problem_sentences("nl")[0]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["x.csv", "x.xlsx"]), st.sampled_from(RecordKind), st.booleans())
def test_no_bytes_make_the_importer_stumble(
    tmp_path: Path, data: bytes, name: str, kind: RecordKind, with_header: bool
) -> None:
    """Any bytes: a table with sentences in both languages, or one of our own errors."""
    header = b"alumnus_id;school;aanvraag_id;soort;titel;aanbod_id;aanbieder;postcode;online\n" if with_header else b""
    (tmp_path / name).write_bytes(header + data)
    try:
        table = read(tmp_path / name, kind)
    except InputError:
        return
    for language in LANGUAGES:
        assert len(table.report.problem_sentences(language)) <= len(table.report.problems)
        sections(table.report, language)
        table.report.to_dict(language)


def test_the_first_sheet_counts_and_others_are_named(tmp_path: Path) -> None:
    """Of two sheets with our columns the first is read, though the second has more of them; a note names the second."""
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "2027"
    book.active.append(["alumnus_id", "functie"])
    book.active.append(["A-1", "kok"])
    older = book.create_sheet("2019")
    older.append(["alumnus_id", "functie", "sector", "woonplaats"])
    older.append(["A-1", "afwasser", "horeca", "Zwolle"])
    book.save(tmp_path / "a.xlsx")
    table = read(tmp_path / "a.xlsx")
    assert [row.values for row in table.upserts] == [{"function": "kok"}]
    assert [(note.code, note.values["sheets"]) for note in table.report.notes] == [("other_sheets", "2019")]
    assert [(doubt.code, doubt.answers, doubt.stops) for doubt in table.report.doubts] == [("sheet", ("2019",), False)]


def test_a_formula_that_was_never_calculated_clears_nothing(tmp_path: Path) -> None:
    """Its cell looks empty, and an empty cell would clear what is known; a number that is none refuses the row."""
    rows = [["alumnus_id", "functie", "online"], ["A-1", "=A1&A2", "ja"], ["=A1&A2", "kok", "ja"], ["A-3", "kok", "ja"]]
    table = read(workbook(tmp_path / "a.xlsx", rows))
    assert [row.values for row in table.upserts] == [{"online": True}, {"function": "kok", "online": True}]
    assert left_out(table) == [("functie", "not_calculated", [2])]
    assert codes(table) == [(3, "alumnus_id", "not_calculated")]


def test_ids_as_excel_shows_them(tmp_path: Path) -> None:
    """A number with the format 00000 keeps its zeros; a date or true/false is no id."""
    path = workbook(tmp_path / "a.xlsx", [["alumnus_id", "functie"], [12, "a"], [True, "b"], [date(2027, 1, 2), "c"]])
    from openpyxl import load_workbook

    book = load_workbook(path)
    book.active["A2"].number_format = "00000"
    book.save(path)
    table = read(path)
    assert [row.id for row in table.upserts] == ["00012"]
    assert codes(table) == [(3, "alumnus_id", "not_an_id"), (4, "alumnus_id", "not_an_id")]


def test_a_column_of_ours_is_read_whatever_it_holds(tmp_path: Path) -> None:
    """Cells that do not fit are named; the column is not passed over."""
    table = read(text(tmp_path / "a.csv", "alumnus_id;online\n" + "".join(f"A-{n};soms{n}\n" for n in range(9))))
    assert [(item.field, item.shown) for item in table.report.left_out] == [("online", f"soms{n}") for n in range(9)]


@pytest.mark.parametrize("name", ["E-mail", "e mail", "EMAIL", "email"])
def test_separators_in_a_header_do_not_matter(tmp_path: Path, name: str) -> None:
    """However a school writes it."""
    (row,) = read(text(tmp_path / "a.csv", f"AlumnusID;{name}\nA-1;a@voorbeeld.example\n")).upserts
    assert row.values == {"email": "a@voorbeeld.example"}


def test_a_header_in_the_middle_is_skipped(tmp_path: Path) -> None:
    """Two files pasted together: the second header is no alumnus."""
    table = read(text(tmp_path / "a.csv", "alumnus_id;functie\nA-1;kok\nalumnus_id;functie\nA-2;bakker\n"))
    assert [row.id for row in table.upserts] == ["A-1", "A-2"]
    assert table.report.not_records == [(3, "header")]


def test_a_date_of_consent_without_consent_is_told(tmp_path: Path) -> None:
    """The date alone changes nothing, and a note says so."""
    table = read(text(tmp_path / "a.csv", "alumnus_id;toestemming_datum\nA-1;2027-01-01\n"))
    assert [note.code for note in table.report.notes] == ["date_without_consents"]


@pytest.mark.parametrize("school", ["", "  "])
def test_an_empty_school_is_no_school(tmp_path: Path, school: str) -> None:
    """The option cannot stand for a school that is not named, and its outer spaces do not count."""
    path = text(tmp_path / "a.csv", "alumnus_id;functie\nA-1;kok\n")
    with pytest.raises(MissingColumns):
        read(path, school=school)
    assert [row.owner for row in read(path, school=" Vecht  dal ").upserts] == ["Vecht dal"]


def test_a_name_that_promises_excel(tmp_path: Path) -> None:
    """A PDF with another name is not looked at as text."""
    with pytest.raises(UnreadableFile, match="pdf"):
        read(text(tmp_path / "a.xlsx", "%PDF-1.7\n"))


@pytest.mark.parametrize(
    "header",
    [
        "BSN",
        "burgerservicenummer",
        "medische gegevens",
        "Etniciteit",
        "geloof/religie",
        "LDR",
        "health_status",
        "B.S.N.",
        "B.S.N. nummer",
        "b s n",
        "b_s_n",
    ],
)
def test_what_may_not_be_kept_is_left_out(tmp_path: Path, header: str) -> None:
    """A column of the list is not read and named; the rest comes in."""
    path = text(tmp_path / "a.csv", f"alumnus_id;functie;{header}\nA-1;kok;123456782\n")
    table = read(path)
    assert [row.values for row in table.upserts] == [{"function": "kok"}]
    assert [(note.code, note.values["column_name"]) for note in table.report.notes] == [("forbidden_column", header)]


@pytest.mark.parametrize("header", ["klas", "wijziging", "terras", "ziekenhuis", "gras"])
def test_other_columns_are_only_left_out(tmp_path: Path, header: str) -> None:
    """A word that merely holds one of the list is an unknown column like others."""
    path = text(tmp_path / "a.csv", f"alumnus_id;functie;{header}\nA-1;kok;x\n")
    assert len(read(path).upserts) == 1


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    """A small workbook that would become gigabytes is refused by what it says, before a byte of it is unpacked."""
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts, parts.open("xl/worksheets/sheet1.xml", "w") as page:
        for _ in range(600):
            page.write(bytes(1_000_000))
    assert path.stat().st_size < 5_000_000
    with pytest.raises(UnreadableFile, match="too_large_unpacked"):
        read(path)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_sheet_of_very_many_columns_is_refused(tmp_path: Path, ending: str) -> None:
    """Each row would take as much memory as its widest one."""
    heads = ["alumnus_id", "functie", *(f"x{n}" for n in range(600))]
    path = tmp_path / f"wide.{ending}"
    if ending == "csv":
        text(path, ";".join(heads) + "\nA-1;kok\n")
    else:
        workbook(path, [heads, ["A-1", "kok"]])
    with pytest.raises(UnreadableFile) as refused:
        read(path)
    assert (refused.value.code, refused.value.values["most"]) == ("too_many_columns", 500)


LAUGHS = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(("entities", "name"), [(LAUGHS, "&a9;"), ('<!ENTITY e SYSTEM "file:///etc/hostname">', "&e;")])
def test_an_entity_does_not_grow_or_read_a_file(tmp_path: Path, entities: str, name: str) -> None:
    """A cell that would become gigabytes, or the text of another file, makes the workbook a damaged one."""
    plain, harmful = workbook(tmp_path / "plain.xlsx", [["alumnus_id"], ["A-1"]]), tmp_path / "harmful.xlsx"
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(harmful, "w") as target:
        for part in source.namelist():
            text_ = source.read(part).decode()
            if part == "xl/worksheets/sheet1.xml":
                assert "A-1" in text_
                text_ = f"<!DOCTYPE worksheet [{entities}]>" + text_.partition("?>")[2].replace("A-1", name)
                text_ = text_ if "<worksheet" in text_ else ""
            target.writestr(part, text_)
    with pytest.raises(UnreadableFile, match="damaged"):
        read(harmful)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    """By its size on disk; a hole in a file takes no space here."""
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(201_000_000)
    with pytest.raises(UnreadableFile, match="too_large"):
        read(path)


def test_rows_of_joined_sheets_are_named_as_excel_numbers_them(tmp_path: Path) -> None:
    """A sentence that names another row, or hidden ones, has its number in Excel, and its sheet if not the first."""
    from openpyxl import Workbook

    book = Workbook()
    headers = ["studentnummer", "voornaam", "achternaam", "email"]
    for title, letter in (("4A", "A"), ("4B", "B")):
        page = book.active if title == "4A" else book.create_sheet(title)
        page.title = title
        page.append(headers)
        for number in range(1, 6):
            page.append([f"{letter}-{number}", f"{letter}o{number}", "Vos", f"{letter}{number}@example.org"])
    page["A3"], page["B3"], page["D3"] = "B-1", "Bo1", "B1@example.org"
    page["A5"] = "B-3"
    page.row_dimensions[6].hidden = True
    book.save(tmp_path / "list.xlsx")
    report = read(tmp_path / "list.xlsx").report
    told = report.to_dict("nl")
    assert [(one["row"], one["sheet"], one["remedy"]) for one in told["rows_refused"]] == [
        (5, "4B", "Dit nummer staat ook in rij 4 (blad 4B), met andere gegevens. Laat één van de twee rijen staan.")
    ]
    same = "Deze rij is gelijk aan rij 2 (blad 4B). Hij telt één keer."
    assert [(one["row"], one["text"]) for one in told["warnings"] if one["row"]] == [(3, same)]
    assert report.note_sentences("nl")[-1] == f"Rij 3 (blad 4B): {same}"
    assert [doubt.values["rows"] for doubt in report.doubts if doubt.code == "hidden_rows"] == ["6 (4B)"]


def test_a_remark_about_a_course_names_the_column_of_courses(tmp_path: Path) -> None:
    """Of two rows of one course the price of the first counts, and the remark has the header of its column."""
    path = text(tmp_path / "c.csv", "aanbod_id;aanbieder;titel;prijs\nC-1;P;Lassen;100\nC-1;P;Lassen;200\n")
    said = read(path, RecordKind.OFFERINGS).report.note_sentences("nl")
    assert "Rij 3: In deze rij staat bij prijs iets anders dan in rij 2. Wat in rij 2 staat, telt." in said
