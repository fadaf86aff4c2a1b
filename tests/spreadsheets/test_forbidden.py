"""Data that may not be stored is found by name and by content; other numbers and words are not lost by chance."""

from __future__ import annotations

import random

import pytest

from matcher.domain.records import RecordKind
from matcher.locale import LANGUAGES, lookup
from matcher.spreadsheets.forbidden import Sensitive, forbidden_content, forbidden_name, single_bsn
from matcher.spreadsheets.grid import Row
from matcher.spreadsheets.mapping import recognise
from matcher.spreadsheets.targets import Block, Wishes

MANY = 10_000


def numbers(count: int, *, seed: int = 1, wrong: int = 0) -> list[str]:
    """Numbers of nine digits that pass the eleven-test, the first `wrong` of them with another last digit."""
    dice, found = random.Random(seed), list[str]()  # noqa: S311 - made numbers
    while len(found) < count:
        head = str(dice.randrange(10_000_000, 99_999_999))
        check = sum(int(digit) * weight for digit, weight in zip(head, range(9, 1, -1), strict=True)) % 11
        if check < 10:
            found.append(f"{head}{(check + 1) % 10 if len(found) < wrong else check}")
    return found


def reason(header: str, *cells: object) -> str | None:
    """Why a column of a list of alumni is left out."""
    block = Block("a.csv", "", (header,), [Row(number, [cell]) for number, cell in enumerate(cells, 2)])
    return recognise(RecordKind.ALUMNI, block, wishes=Wishes())[0].forbidden


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("BSN", Sensitive.BSN),
        ("bsn-nummer", Sensitive.BSN),
        ("B.S.N.", Sensitive.BSN),
        ("Burgerservicenr.", Sensitive.BSN),
        ("Sofi-nummer", Sensitive.BSN),
        ("PGN", Sensitive.BSN),
        ("Persoonsgebonden nummer", Sensitive.BSN),
        ("Onderwijsnummer", Sensitive.BSN),
        ("Persoon.BSN", Sensitive.BSN),
        ("student_bsn", Sensitive.BSN),
        ("Ziekteverzuim", Sensitive.HEALTH),
        ("Medische gegevens", Sensitive.HEALTH),
        ("Allergieën", Sensitive.HEALTH),
        ("Diagnose(s)", Sensitive.HEALTH),
        ("Gezondheid", Sensitive.HEALTH),
        ("Heb je een beperking of ziekte?", Sensitive.HEALTH),
        ("Zwangerschapsverlof", Sensitive.HEALTH),
        ("Nationaliteit 1", Sensitive.ORIGIN),
        ("Land van herkomst", Sensitive.ORIGIN),
        ("Etnische achtergrond", Sensitive.ORIGIN),
        ("Geloof / overtuiging", Sensitive.BELIEF),
        ("Religie", Sensitive.BELIEF),
        ("Politieke voorkeur", Sensitive.POLITICS),
        ("Lid vakbond", Sensitive.UNION),
        ("Seksuele geaardheid", Sensitive.ORIENTATION),
        ("Strafblad?", Sensitive.CRIMINAL),
        ("Banenafspraak", Sensitive.REGISTER),
        ("Indicatie doelgroepregister", Sensitive.REGISTER),
        ("Disability", Sensitive.HEALTH),
        ("Country of birth", Sensitive.ORIGIN),
    ],
)
def test_names_of_what_may_not_be_stored(header: str, why: Sensitive) -> None:
    """Each kind, alone, among other words, with marks and in English; there is a sentence for it in both languages."""
    assert forbidden_name(header) is why
    assert reason(header, "x") == why
    assert all(lookup(language, f"mapping.forbidden.{why}") for language in LANGUAGES)


@pytest.mark.parametrize(
    "header",
    [
        "Sector (zorg, gezondheid, techniek)",
        "Gezondheidszorg",
        "Sector / Gezondheid",
        "Sociaal werk",
        "Handicapvriendelijk",
        "Functie (medisch)",
        "VOG",
        "Geslacht",
        "Rassen",
        "Terras",
        "Branche: medisch, techniek",
        "Werkgever",
        "Opleiding (incl. medisch)",
        "Doelgroep",
        "Nationaal diploma",
        "Klas",
        "Assistent",
        "Address",
        "Kerkstraat",
        "Naturalisatie",
    ],
)
def test_words_that_are_only_like_it(header: str) -> None:
    """A longer word that holds one of them, and one that explains a field that we know, refuse nothing."""
    assert reason(header, "x") is None


def test_a_sector_may_be_health() -> None:
    """A sector, a trade or a course about health says nothing of anybody's."""
    assert reason("Sector", "Gezondheid", "Techniek", "Zorg", "Medisch") is None
    assert reason("Functie", "Medisch secretaresse", "Verzorgende", "Diagnosemedewerker") is None


def test_a_column_of_bsns_is_known_by_its_numbers() -> None:
    """Ten different numbers that all pass, under any name, as numbers, with points, or with a typing error in many."""
    right = numbers(10)
    assert reason("Leerlingnummer", *right) == Sensitive.BSN
    assert reason("x", *map(float, right)) == Sensitive.BSN
    assert reason("x", *[f"{n[:4]}.{n[4:6]}.{n[6:]}" for n in right]) == Sensitive.BSN
    assert reason("x", *numbers(40, wrong=1)) == Sensitive.BSN
    assert reason("x", *right[:-1]) is None
    assert reason("x", *right[:-1], *right[:-1]) is None
    assert reason("Leerlingnummer", *numbers(20, wrong=4)) is None


def test_a_zero_that_excel_lost_does_not_hide_it() -> None:
    """Numbers of eight digits are such numbers without their zero."""
    short = [number[1:] for number in numbers(4000) if number.startswith("0")]
    dice = random.Random(3)  # noqa: S311 - made numbers
    while len(short) < 10:
        digits = f"0{dice.randrange(1_000_000, 9_999_999)}"
        check = sum(int(digit) * weight for digit, weight in zip(digits, range(9, 1, -1), strict=True)) % 11
        if check < 10:
            short.append(f"{digits[1:]}{check}")
    assert forbidden_content(map(int, short)) is Sensitive.BSN


def test_numbers_of_students_and_phones_are_not_lost() -> None:
    """Of 10,000 random student numbers (8 and 9 digits) and phones no column is refused, however they fall."""
    dice = random.Random(20270301)  # noqa: S311 - made numbers
    students = [str(dice.randrange(10**8, 10**9)) for _ in range(MANY)]
    eights = [str(dice.randrange(10**7, 10**8)) for _ in range(MANY)]
    phones = [f"06{dice.randrange(10**7, 10**8)}" for _ in range(MANY)]
    bare = [str(dice.randrange(600_000_000, 700_000_000)) for _ in range(MANY)]
    for values in (students, eights, phones, bare, list(map(int, students))):
        assert forbidden_content(values) is None
        for start in range(0, MANY, 20):
            assert forbidden_content(values[start : start + 20]) is None
    assert reason("Leerlingnummer", *students[:2000]) is None
    for phone in phones:
        assert not single_bsn(phone)
        assert not single_bsn(f"{phone[:2]}-{phone[2:]}")
        assert not single_bsn(f"+31 6 {phone[2:]}")


def test_a_single_one_in_a_text() -> None:
    """Nine digits that pass, alone or in a sentence; eight only behind the word; nothing else that has digits."""
    number = numbers(1)[0]
    assert single_bsn(number)
    assert single_bsn(f"mijn bsn is {number}.")
    assert single_bsn(f"{number[:3]} {number[3:6]} {number[6:]}")
    assert single_bsn("BSN: 1234567 8") is False
    assert single_bsn(numbers(1, wrong=1)[0]) is False
    for text in (
        "06-12345678",
        "NL91ABNA0417164300",
        "2019",
        "20190901",
        f"a{number}",
        f"{number}0",
        f"https://x.example/{number}",
        "",
        "000000000",
    ):
        assert not single_bsn(text), text


def test_words_that_say_it_by_themselves() -> None:
    """A column of nationalities, beliefs or diagnoses is one under any name; a few such words among others are not."""
    assert reason("Kolom7", "Nederlandse", "Marokkaanse", "Poolse", "Nederlandse") == Sensitive.ORIGIN
    assert reason("Overig", "ADHD", "dyslexie", "autisme") == Sensitive.HEALTH
    assert reason("Anders", "islam", "katholiek", "protestants") == Sensitive.BELIEF
    assert reason("Talen", "Nederlands", "Turks", "Duits", "Engels") is None


def test_only_the_column_is_left_out() -> None:
    """The others come in, and no example of what may not be stored is given."""
    block = Block("a.csv", "", ("Roepnaam", "BSN"), [Row(2, ["Fenna", numbers(1)[0]])])
    first, second = recognise(RecordKind.ALUMNI, block, wishes=Wishes())
    assert first.target is not None
    assert (second.target, second.examples, second.others, second.forbidden) == (None, (), (), "bsn")
