"""Which column of a file is which field: by name, by what stands in it, and never by chance."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.domain.records import RecordKind
from matcher.errors import InvalidValue, UnreadableFile
from matcher.services import uploads
from matcher.spreadsheets import mapping_file
from matcher.spreadsheets.columns import columns_of
from matcher.spreadsheets.content import Content
from matcher.spreadsheets.grid import Row
from matcher.spreadsheets.mapping import recognise, recogniser, share_known
from matcher.spreadsheets.mapping_file import key_of, name_of, read_mapping, write_mapping
from matcher.spreadsheets.naming import USED
from matcher.spreadsheets.presets import presets
from matcher.spreadsheets.synonyms import fields
from matcher.spreadsheets.targets import Block, Guess, How, Part, Target, Wishes

FOLDER = Path(__file__).parent / "headers"
CASES = Path(__file__).parents[3] / "shared" / "cases"
ALUMNI, REQUESTS, OFFERINGS = RecordKind.ALUMNI, RecordKind.REQUESTS, RecordKind.OFFERINGS
NO_WISHES = Wishes()


def lines(name: str) -> list[tuple[RecordKind, str, str]]:
    """Kind, header and target of each line of a table of headers."""
    rows = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    parts = [row.split("\t") for row in rows if row and not row.startswith("#")]
    return [(RecordKind(kind), header, target) for kind, header, target in parts]


def block(headers: Sequence[str], *rows: Sequence[object]) -> Block:
    return Block("a.csv", "", tuple(headers), [Row(number, cells) for number, cells in enumerate(rows, 2)])


def said(guess: Guess) -> str:
    """A guess as the tables of headers write it."""
    if guess.forbidden is not None:
        return f"!{guess.forbidden}"
    if guess.target is None:
        return "-"
    return guess.target.field if guess.target.word is None else f"{guess.target.field}: {guess.target.word}"


def looked(kind: RecordKind, headers: Sequence[str], *rows: Sequence[object]) -> list[str]:
    return [said(guess) for guess in recognise(kind, block(headers, *rows), wishes=NO_WISHES)]


def column(header: str, *cells: object, kind: RecordKind = ALUMNI) -> str:
    """What one column of these cells is taken for."""
    return looked(kind, [header], *[[cell] for cell in cells])[0]


# ---- names


@pytest.mark.parametrize(("kind", "header", "target"), lines("table.tsv"))
def test_a_header_is_what_it_is(kind: RecordKind, header: str, target: str) -> None:
    """Usual Dutch and English names, numbering, units, question marks, typing errors; and none of what is like them."""
    assert looked(kind, [header]) == [target]


def test_the_table_is_large_enough() -> None:
    """At least 150 headers of fields, and 40 that are none of ours."""
    table = lines("table.tsv")
    assert sum(not target.startswith(("-", "!")) for *_, target in table) >= 150
    assert sum(target == "-" for *_, target in table) >= 40


@pytest.mark.parametrize("name", ["schools.tsv", "unseen.tsv", "unseen2.tsv"])
def test_headers_of_five_schools(name: str) -> None:
    """Of a hundred headers at least 95 are right, and none is taken for another field than it is."""
    table = lines(name)
    got = [(header, target, looked(kind, [header])[0]) for kind, header, target in table]
    assert [line for line in got if line[1] != line[2] and line[2] != "-"] == []
    assert len(table) == 100
    assert sum(target == found for _, target, found in got) >= 95


@pytest.mark.parametrize("kind", list(RecordKind))
def test_our_own_headers_are_exact(kind: RecordKind) -> None:
    """Each column of the template is itself, in Dutch and in English, with an asterisk and a line break too."""
    for one in columns_of(kind):
        for header in (one.name, one.english, one.name.upper(), f"{one.name} *", f"{one.name}\n"):
            assert looked(kind, [header]) == [one.name], header


def test_the_table_of_names_names_fields_that_exist() -> None:
    """Every field in the table of names is one of ours, so that a typing error in it cannot hide."""
    import tomllib

    import matcher.spreadsheets.synonyms as module

    table = tomllib.loads(Path(module.__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    for kind in RecordKind:
        for grade in ("sure", "likely", "unsure", "stems"):
            assert set(table[kind.value][grade]) <= fields(kind), (kind, grade)


HEADERS_OF_CASES = {
    "Leerlingnummer;Roepnaam;Tussenvoegsel;Achternaam;E-mailadres;Mobiel;Postcode;Woonplaats;Diploma;Crebo;Niveau;"
    "Uitstroomjaar;Huidige functie;Bedrijf;Wil gastles geven?;Mentor?;Toestemming contact;Datum toestemming": (
        (
            "alumnus_id;voornaam;tussenvoegsel;achternaam;email;telefoon;postcode;woonplaats;opleiding_naam;"
            "opleiding_crebo;opleiding_niveau;opleiding_jaar;functie;werkgever;aanbod: gastles;aanbod: mentor;"
            "toestemming_ja_nee;toestemming_datum"
        ),
        (
            "2019001;Fenna;van der;Proef;fenna@voorbeeld.example;06-12345670;8011 AB;Zwolle;Verzorgende IG;25655;3;"
            "2019;Wijkverzorgende;Zorg Voorbeeld;Ja;Nee;Ja;01-09-2026"
        ),
    ),
    "naam;jaar van diploma;opleiding;werk;contact": (
        "naam;opleiding_jaar;opleiding_naam;functie;email",
        "Fenna Proef;2020;Verzorgende IG;wijkverzorgende;fenna@voorbeeld.example",
    ),
    "Alumnusnummer;Voor naam;Achter-naam;E-mail adres;Telefoonnummer;Post code;Functie(titel);Aanbod (gastles/mentor);"
    "Toestemming?": (
        "alumnus_id;voornaam;achternaam;email;telefoon;postcode;functie;aanbod;toestemming",
        "1;Fenna;Proef;fenna@voorbeeld.example;06-12345670;8011AB;verzorgende;gastles;gastles",
    ),
    "First Name;Middle Name;Last Name;Organization Name;Organization Title;E-mail 1 - Value;Phone 1 - Value;"
    "Address 1 - Postal Code;Labels": (
        "voornaam;tussenvoegsel;achternaam;werkgever;functie;email;telefoon;postcode;aanbod",
        "Fenna;van der;Proef;Zorg Voorbeeld;verzorgende;fenna@voorbeeld.example;06-12345670;8011 AB;Alumni ::: Gastles",
    ),
    "Tijdstempel;Wat is je studentnummer?;Wat is je voornaam?;Waarmee wil je de school helpen? (meerdere antwoorden "
    "mogelijk);Wanneer kun je? [Maandag];Wanneer kun je? [Dinsdag];Ik ga akkoord met het gebruik van mijn gegevens": (
        "toestemming_datum;alumnus_id;voornaam;aanbod;beschikbaarheid: ma;beschikbaarheid: di;toestemming_ja_nee",
        "2026/09/01 1:05:33 PM CET;2019001;Fenna;Gastles geven, Mentor zijn;Middag;Ochtend, Middag;Ja",
    ),
    "alumnus_id;Begintijd;Tijd van voltooien;E-mail;Naam;aanbod;beschikbaarheid": (
        "alumnus_id;-;-;email;naam;aanbod;beschikbaarheid",
        "1;10/12/2026 7:30;10/12/2026 7:38;anonymous;;Gastles geven,Mentor zijn;Dinsdag middag",
    ),
}


@pytest.mark.parametrize("headers", HEADERS_OF_CASES)
def test_headers_of_lists_that_failed(headers: str) -> None:
    """The lists that came in empty, or not at all, before columns were recognised."""
    targets, row = HEADERS_OF_CASES[headers]
    assert looked(ALUMNI, headers.split(";"), row.split(";")) == targets.split(";")


def test_the_form_of_a_teacher() -> None:
    """A number of a row is no number of a request, and the size of a class is no number of alumni."""
    headers = (
        "Nr;Naam docent;E-mail;Opleiding / klas;Niveau;Onderwerp gastles;Datum;Tijd;Locatie;Aantal studenten;VOG nodig?"
    )
    one = "1;F. Proef;f@school.example;Verzorgende IG;niveau 3;Wondzorg;16-03-2027;13.00-14.30 uur;Zwolle;25-30;nee"
    two = "2;D. Toets;d@school.example;Timmerman;2/3;Werken op hoogte;week 12;3e uur;Zwolle;ca. 28;n.v.t."
    found = looked(REQUESTS, headers.split(";"), one.split(";"), two.split(";"))
    assert found == [
        "-",
        "-",
        "aanvrager",
        "opleiding",
        "niveau",
        "titel",
        "moment_datum",
        "moment_begin",
        "plaats",
        "-",
        "vog_nodig",
    ]


@pytest.mark.skipif(not CASES.is_dir(), reason="the small inputs are not on this machine")
def test_the_columns_of_every_case_are_known() -> None:
    """In each of the small inputs that can be read at least half of the columns with values is recognised."""
    from matcher.spreadsheets.tables import find_table

    kinds = {"alumni": ALUMNI, "aanvragen": REQUESTS, "aanbod": OFFERINGS}
    looked_at = 0
    for path in sorted(CASES.iterdir()):
        kind = kinds.get(path.stem.rsplit("-", 1)[-1])
        if kind is None:
            continue
        try:
            found = find_table(path, recogniser(kind))
        except UnreadableFile:
            continue
        assert share_known(recognise(kind, found, wishes=NO_WISHES)) >= 0.5, path.name
        looked_at += 1
    assert looked_at > 30


# ---- what stands in the column


def test_cells_alone_tell_what_a_column_is() -> None:
    """Under headers that say nothing mail, phone, postcode, crebo, offers, day parts and towns are known."""
    headers = ["a1", "Kolom2", "", "x4", "5", "f6", "g7", "h8"]
    towns = ["Zwolle", "Meppel", "Kampen", "Ommen", "Hardenberg", "Raalte"]
    crebos = ["25655", "25126", "25641", "25655", "25126", "25641"]
    names = ["Fenna", "Daan", "Mila", "Sem", "Noor", "Bram"]
    offers = ["gastles", "mentor; gastles", "ambassadeur", "mentor", "gastles", "feedback"]
    days = ["di-middag", "ma-ochtend", "wo, vr", "do-avond", "ma", "di middag"]
    rows = [
        [
            f"{names[n]}@voorbeeld.example",
            f"06-1234567{n}",
            f"801{n} AB",
            crebos[n],
            offers[n],
            days[n],
            towns[n],
            names[n],
        ]
        for n in range(6)
    ]
    expected = ["email", "telefoon", "postcode", "opleiding_crebo", "aanbod", "beschikbaarheid", "woonplaats", "-"]
    guesses = recognise(ALUMNI, block(headers, *rows), wishes=NO_WISHES)
    assert [said(guess) for guess in guesses] == expected
    assert {guess.how for guess in guesses if guess.target} == {How.CONTENT}


def test_addresses_of_somebody_else_are_not_taken() -> None:
    """The same few addresses in every row, and addresses under a header that names another, are not of the alumni."""
    same = [["mentor1@school.example"], ["mentor2@school.example"], ["mentor3@school.example"]] * 5
    assert looked(ALUMNI, ["x"], *same) == ["-"]
    own = [[f"p{number}@voorbeeld.example"] for number in range(9)]
    assert looked(ALUMNI, ["Contact ouders"], *own) == ["-"]
    assert looked(ALUMNI, ["Bewindvoerder"], *own) == ["-"]
    assert looked(ALUMNI, ["x"], *own) == ["email"]


def test_cells_have_a_say_in_what_a_name_is() -> None:
    """A `mentor` of names is no choice, a `diploma` of trades no yes or no, consent of yes and no not of purposes."""
    assert column("Mentor", "J. de Vries", "K. Jansen", "P. Bakker") == "-"
    assert column("Mentor", "x", "", "x") == "aanbod: mentor"
    assert column("Diploma", "Kapper", "Timmerman") == "opleiding_naam"
    assert column("Diploma", "ja", "nee") == "diploma"
    assert column("toestemming", "ja", "nee") == Part.CONSENT_YES_NO
    assert column("toestemming", "gastles", "mentor") == "toestemming"
    assert column("Telefoon", "ja", "nee", "liever niet") == "-"
    assert column("Werk", "ja", "nee") == "-"
    assert column("Opleiding", "25655", "25126", "25641") == Part.CREBO
    assert column("Plaats", "8011 AB Zwolle", "7941 CD Meppel") == Part.POSTCODE_AND_TOWN
    assert column("Aanbod (gastles)", "x", "", "x") == "aanbod: gastles"


def test_a_number_of_a_row_is_no_number_of_a_person() -> None:
    """1, 2, 3 under `Nr` names nobody; numbers of a school's own do."""
    assert column("Nr", *range(1, 40)) == "-"
    assert column("Nr", 2019001, 2018044, 2020113, 2019077) == "alumnus_id"
    assert column("ID", "A-13", "B-44", "C-90") == "alumnus_id"


def test_naam_beside_first_names() -> None:
    """`Naam` is the surname beside first names, the whole name where it repeats them, in doubt beside a surname too."""
    assert looked(ALUMNI, ["Roepnaam", "Naam"], ["Fenna", "Proef"], ["Daan", "van der Toets"]) == [
        "voornaam",
        "achternaam",
    ]
    assert looked(ALUMNI, ["Roepnaam", "Naam"], ["Fenna", "Fenna Proef"], ["Daan", "Daan Toets"]) == ["-", "naam"]
    headers = ["Voornaam", "Achternaam", "Naam"]
    assert looked(ALUMNI, headers, ["Fenna", "Proef", "F. Proef"]) == ["voornaam", "achternaam", "-"]


def test_a_private_address_wins_from_another() -> None:
    """Of two columns for one field the surest is used, and the other stands in doubt, with what it is."""
    guesses = recognise(
        ALUMNI,
        block(["E-mail werk", "E-mail privé"], ["f@werk.example", "f@voorbeeld.example"]),
        wishes=NO_WISHES,
    )
    assert [said(guess) for guess in guesses] == ["-", "email"]
    assert guesses[0].others == (Target("email"),)
    assert share_known(guesses) == 1.0


@pytest.mark.parametrize("of", [mapping_file.target_of, uploads.target_of])
def test_both_notations_are_read(of: Callable[[str], Target | None]) -> None:
    """That of a file of columns and that of the pages and the API, wherever a column is told."""
    assert of("aanbod: gastles") == of("aanbod=gastles") == of(" aanbod = gastles ") == Target("aanbod", "gastles")
    assert of("iets=a: b") == Target("iets", "a: b")
    assert (of("voornaam"), of(""), of(":")) == (Target("voornaam"), None, None)
    for target in (Target("aanbod", "mentor"), Target("voornaam"), None):
        assert of(mapping_file.text_of_target(target)) == of(uploads.target_text(target)) == target


def test_words_for_nothing_are_no_values() -> None:
    """The same words as in cells: a column of nothing else has no value, and they are no examples."""
    words_ = [
        "-",
        "n.v.t.",
        "onbekend",
        "weet ik nog niet",
        "geen opgave",
        "volgt nog",
        "?",
        "nog in te vullen",
        "null",
    ]
    content = Content([*words_, "anoniem", "kok"])
    assert (content.distinct, content.filled) == (("kok",), 1)


def test_an_accent_makes_no_other_choice() -> None:
    """Cells that repeat the choice of their column fit it, however they spell it."""
    guesses = recognise(ALUMNI, block(["Mentor"], ["Mentór"], ["méntor"]), wishes=NO_WISHES)
    assert guesses[0].target == Target("aanbod", "mentor")


def test_a_whole_row_in_one_cell_is_no_header() -> None:
    """Headers that were not split are not one of ours."""
    assert looked(ALUMNI, ["alumnus_id;voornaam;achternaam;email"]) == ["-"]


# ---- invariants

_SOME = st.sampled_from(
    [header for kind, header, _ in lines("table.tsv") if kind is ALUMNI] + ["", "x", "Kolom 3", "Naam"]
)
_CELL = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.integers(0, 10**9),
    st.floats(),
    st.dates(),
    st.sampled_from(["ja", "nee", "x", "8011 AB", "06-12345678", "a@b.example", "gastles", "25655", "123456782"]),
)


@given(
    st.lists(st.tuples(st.one_of(_SOME, st.text(max_size=30)), st.lists(_CELL, max_size=4)), max_size=9), st.randoms()
)
@settings(max_examples=150, deadline=None)
def test_one_column_for_a_field_whatever_the_file(table: list[tuple[str, list[object]]], order: random.Random) -> None:
    """A guess for each column; no target twice; what is used is sure enough; the order of columns does not matter."""
    height = max((len(cells) for _, cells in table), default=0)

    def guessed(columns: list[tuple[str, list[object]]]) -> tuple[Guess, ...]:
        rows = [[cells[row] if row < len(cells) else None for _, cells in columns] for row in range(height)]
        return recognise(ALUMNI, block([header for header, _ in columns], *rows), wishes=NO_WISHES)

    guesses = guessed(table)
    assert [guess.position for guess in guesses] == list(range(len(table)))
    used = [guess.target for guess in guesses if guess.target is not None]
    assert len(used) == len(set(used))
    for guess in guesses:
        assert guess.target is None or (guess.sure >= USED and guess.forbidden is None)
        assert 0 <= guess.sure <= 1
        assert guess.target not in guess.others
    assert 0 <= share_known(guesses) <= 1
    turned = list(table)
    order.shuffle(turned)
    assert sorted(map(said, guessed(turned))) == sorted(map(said, guesses))


# ---- headers of a row


def test_headers_are_told_from_rows() -> None:
    """The row with headers has more known cells than any row of values, whatever the values are."""
    count = recogniser(ALUMNI)
    assert count(["Roepnaam", "Achternaam", "E-mail", None, 3, "gastles"]) == 3
    assert count(["Fenna", "Proef", "fenna@voorbeeld.example", None, 3, "gastles", "ja", "Zwolle", "mentor"]) == 0
    assert count(["Voornaam", "Roepnaam", "voornaam"]) == 1
    assert recogniser(OFFERINGS)(["O1", "Proefcollege", "Wondzorg", "online", "2027-03-01"]) <= 1


# ---- mappings


def test_a_mapping_comes_before_everything() -> None:
    """What whoever imports says is so, by header or by number; then what was kept; a forbidden column stays one."""
    table = block(["Roepnaam", "Titel", "", "BSN", "Klas"], ["Fenna", "dr.", "Zwolle", "123456782", "VZ2A"])
    wishes = Wishes(
        mapping={
            "roepnaam": None, "Titel": Target("functie"), "#3": Target("woonplaats"), "BSN": Target("alumnus_id"),
        }
    )  # fmt: skip
    kept = {"Titel": Target("sector"), "Klas": Target(Part.PROGRAMME)}
    guesses = recognise(ALUMNI, table, wishes=wishes, kept=kept)
    assert [said(guess) for guess in guesses] == ["-", "functie", "woonplaats", "!bsn", "opleiding_naam"]
    assert [guess.how for guess in guesses] == [How.MAPPING, How.MAPPING, How.MAPPING, How.UNKNOWN, How.MAPPING]


def test_a_mapping_to_nowhere_is_refused() -> None:
    """A field or a word that does not exist is an error, not silence; in what was kept it is passed over."""
    table = block(["Klas"], ["VZ2A"])
    for target in (Target("klas"), Target("aanbod", "gastheer"), Target("beschikbaarheid", "xx")):
        with pytest.raises(InvalidValue, match="unknown_column"):
            recognise(ALUMNI, table, wishes=Wishes(mapping={"Klas": target}))
        assert said(recognise(ALUMNI, table, wishes=NO_WISHES, kept={"Klas": target})[0]) == "-"


@given(st.lists(st.text(max_size=40), max_size=8))
@settings(max_examples=100, deadline=None)
def test_a_mapping_is_read_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, headers: list[str]) -> None:
    """Whatever the headers are: quotes, line ends, halves of characters; each column has a name of its own."""
    path = tmp_path_factory.mktemp("m") / "mapping.toml"
    targets = [Target("email"), None, Target("aanbod", "gastles"), Target("beschikbaarheid", "di-middag")]
    guesses = [Guess(n, header, targets[n % 4], How.EXACT, 1.0) for n, header in enumerate(headers)]
    write_mapping(path, guesses)
    expected = {name_of(headers, n): guess.target for n, guess in enumerate(guesses)}
    assert len(expected) == len(headers)
    assert read_mapping(path) == expected


def test_a_mapping_holds_no_cells(tmp_path: Path) -> None:
    """The file can be sent to a colleague: nothing of anybody stands in it, and a forbidden column only as such."""
    guesses = recognise(
        ALUMNI, block(["Roepnaam", "BSN"], ["Zeldzaamvoornaam", "123456782"], ["Fenna", ""]), wishes=NO_WISHES
    )
    write_mapping(tmp_path / "m.toml", guesses)
    text = (tmp_path / "m.toml").read_text(encoding="utf-8")
    assert "Zeldzaamvoornaam" not in text
    assert '"Roepnaam" = "voornaam"' in text
    assert '# "BSN": bsn' in text


@pytest.mark.parametrize("text", ["", "columns = 3", "[columns]\na = 3", "[columns", "[other]\na = 'b'", "\x00"])
def test_another_file_is_no_mapping(tmp_path: Path, text: str) -> None:
    """A file that is something else is refused with its name."""
    path = tmp_path / "m.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidValue, match="not_a_mapping"):
        read_mapping(path)
    with pytest.raises(UnreadableFile):
        read_mapping(tmp_path / "none.toml")


def test_the_shape_of_a_file() -> None:
    """The same headers in another order and spelling are the same shape; one more is another."""
    assert key_of(["Roepnaam", "E-mail", ""]) == key_of(["e mail", "ROEPNAAM"])
    assert key_of(["Roepnaam", "E-mail"]) != key_of(["Roepnaam", "E-mail", "Klas"])


# ---- exports of known programs


def test_presets_name_fields_that_exist() -> None:
    """Every column of a preset is a field, its headers are as they are compared, and a guess says that it is one."""
    from matcher.spreadsheets.spellings import words

    for preset in presets():
        for header, field in preset.columns.items():
            assert words(header) == header
            assert field is None or any(field in fields(kind) for kind in preset.kinds)
        assert all(words(header) == header for header in preset.signature)
        assert preset.known.startswith(("public", "guess"))


def test_a_form_of_microsoft() -> None:
    """The times and the row number of a form are no times of a lesson and no number of a request."""
    headers = ["Id", "Begintijd", "Tijd van voltooien", "E-mail", "Naam", "Titel van de les", "Datum", "Begintijd les"]
    row = ["1", "3-3-2027 09:00", "3-3-2027 09:05", "f@school.example", "F. Proef", "Wondzorg", "16-03-2027", "13:00"]
    assert looked(REQUESTS, headers, row)[:4] == ["-", "-", "-", "aanvrager"]
    assert looked(REQUESTS, headers, row)[5:] == ["titel", "moment_datum", "moment_begin"]


def test_a_column_without_values_is_known_by_name() -> None:
    """An empty column counts for nothing in what is recognised, but keeps its field."""
    guesses = recognise(ALUMNI, block(["Roepnaam", "Gastles", "Iets"], ["Fenna", "", ""]), wishes=NO_WISHES)
    assert [said(guess) for guess in guesses] == ["voornaam", "aanbod: gastles", "-"]
    assert share_known(guesses) == 1.0
