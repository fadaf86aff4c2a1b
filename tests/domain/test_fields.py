"""The table of fields agrees with the contracts, the tables of the store, the API and the words of both languages."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from sqlalchemy import Boolean, Date, Double, Integer, Text

from api.schemas.requests import RequestIn
from matcher.domain.consent import Consent
from matcher.domain.fields import LONGEST_TEXT, Field, FieldType, StatedBy
from matcher.domain.kinds import PURPOSES, SHOWN_ON_CARDS
from matcher.domain.records import Alumnus, Contact, Moment, Offering, Qualification, RecordKind, Request, fields_of
from matcher.locale import LANGUAGES, Language, lookup
from matcher.spreadsheets.columns import columns_of, word_of
from matcher.spreadsheets.field_docs import PAGE, page
from matcher.spreadsheets.forms import correctable
from matcher.store.codecs import LAYOUTS
from matcher.store.encryption import Encrypted

ROOT = Path(__file__).parent.parent.parent
CONTRACTS = next(
    (path for base in (ROOT, *ROOT.parents) if (path := base / "shared" / "design" / "contracts.md").is_file()), None
)
RECORDS: dict[RecordKind, type] = {
    RecordKind.ALUMNI: Alumnus,
    RecordKind.REQUESTS: Request,
    RecordKind.OFFERINGS: Offering,
}
HELD: dict[FieldType, object] = {
    FieldType.WHOLE: int, FieldType.DAY_PARTS: int, FieldType.NUMBER: float, FieldType.NLQF: float,
    FieldType.YES_NO: bool, FieldType.DATE: date, FieldType.PAST_DATE: tuple[Consent, ...],
    FieldType.CONSENTS: tuple[Consent, ...], FieldType.WITHDRAWALS: tuple[Consent, ...],
    FieldType.SKILLS: tuple[str, ...], FieldType.LANGUAGES: tuple[str, ...],
    FieldType.QUALIFICATIONS: tuple[Qualification, ...], FieldType.MOMENTS: tuple[Moment, ...],
}  # fmt: skip
STORED: dict[FieldType, type] = {
    FieldType.WHOLE: Integer, FieldType.DAY_PARTS: Integer, FieldType.SET: Integer, FieldType.NUMBER: Double,
    FieldType.NLQF: Double, FieldType.YES_NO: Boolean, FieldType.DATE: Date,
}  # fmt: skip
NOT_FIELDS = {FieldType.CONSENTS, FieldType.PAST_DATE, FieldType.WITHDRAWALS}
EVERY = [(kind, field) for kind in RecordKind for field in fields_of(kind)]
each_field = pytest.mark.parametrize(("kind", "field"), EVERY, ids=[f"{kind}-{field.name}" for kind, field in EVERY])


def told(kind: RecordKind) -> list[str]:
    """The headers that the contracts list for a kind of record."""
    assert CONTRACTS is not None
    part = CONTRACTS.read_text("utf-8").split("## Spreadsheet columns")[1].split("\n## ")[0]
    listed = part.split(f"**{kind.value}**: ")[1].split("\n\n")[0].split("\nAlso ")[0]
    return [re.findall(r"`(\w+)`", piece)[0] for piece in listed.split("·")]


@pytest.mark.skipif(CONTRACTS is None, reason="the contracts are not in this checkout")
@pytest.mark.parametrize("kind", RecordKind)
def test_the_headers_are_those_of_the_contracts(kind: RecordKind) -> None:
    """Spreadsheets have every column that the contracts name, in that order; they may have more."""
    headers = told(kind)
    assert len(headers) > 20
    assert [column.name for column in columns_of(kind) if column.name in headers] == headers
    assert CONTRACTS is not None
    added = re.findall(rf"(?:Also|;) \*\*{kind.value}\*\*: ([^;\n]+)", CONTRACTS.read_text("utf-8"))
    assert {name for line in added for name in re.findall(r"`(\w+)`", line)} <= {one.name for one in columns_of(kind)}


@pytest.mark.skipif(CONTRACTS is None, reason="the contracts are not in this checkout")
def test_the_words_of_closed_lists_are_those_of_the_contracts() -> None:
    """Each word that a closed list allows stands in the contracts."""
    assert CONTRACTS is not None
    text = re.sub(r"\s+", " ", CONTRACTS.read_text("utf-8"))
    shown_on_cards = {
        PURPOSES[purpose].word for purpose in SHOWN_ON_CARDS
    }  # the contracts describe them, without words
    for _, field in EVERY:
        if field.name == "registration":
            continue  # of offerings in feeds; the contracts describe lists
        assert [word for word in field.words if word not in text and word not in shown_on_cards] == []


@each_field
def test_every_field_has_its_words(kind: RecordKind, field: Field) -> None:
    """Each column is explained with an example, and each field of an alumnus that pages show has a label."""
    for language in LANGUAGES:
        if field.header:
            assert lookup(language, f"fields.{kind.value}.{field.english}.help")
            assert lookup(language, f"fields.{kind.value}.{field.english}.example")
        if kind is RecordKind.ALUMNI and field.is_kept:
            assert lookup(language, f"fields.{kind.value}.{field.name}.label")


@each_field
def test_the_type_of_a_field_is_that_of_its_annotation(kind: RecordKind, field: Field) -> None:
    """What the table says that a field holds is what the record says, and what may be empty may be None."""
    name = "consents" if field.type in {FieldType.PAST_DATE, FieldType.WITHDRAWALS} else field.name
    record = Contact if field.name in Contact.__dataclass_fields__ and kind is RecordKind.ALUMNI else RECORDS[kind]
    hint = get_type_hints(record)[name]
    parts: tuple[Any, ...] = get_args(hint) if isinstance(hint, UnionType) or "Optional" in repr(hint) else (hint,)
    held = [part for part in parts if part is not type(None)]
    if field.type is FieldType.SET:
        assert held == [frozenset[field.members]]  # type: ignore[name-defined]
    elif field.type is FieldType.MEMBER:
        assert held == [field.members]
    else:
        assert held == [HELD.get(field.type, str)]
    if field.default is None and not field.required and field.type is not FieldType.OWNER:
        assert type(None) in parts
    assert (get_origin(held[0]) is tuple) == (field.default == ())


@each_field
def test_every_field_is_kept_where_it_belongs(kind: RecordKind, field: Field) -> None:
    """Personal fields are encrypted in a table of their own, all others are a typed column of the table."""
    layout = LAYOUTS[kind]
    if not field.is_kept:
        assert field.name not in layout.fields
        return
    assert (field.name in layout.beside, field.name in layout.fields) == (field.personal, not field.personal)
    if field.personal:
        assert layout.beside_table is not None
        assert isinstance(layout.beside_table.c[field.kept_as or field.name].type, Encrypted)
        assert field.name not in layout.table.c
        return
    column = layout.table.c[field.name]
    assert type(column.type) is STORED.get(field.type, Text)
    assert column.nullable == (not field.required and field.when_empty is None)


def test_no_table_has_a_field_that_the_table_of_fields_lacks() -> None:
    """Beside fields the tables of records hold keys, the digest of an address, and who stated what."""
    others = {
        RecordKind.ALUMNI: (
            {"key", "stated_fields", "number_key"},
            {"alumnus_key", "email_key", "phone_key", "name_key"},
        ),
        RecordKind.REQUESTS: ({"key"}, {"request_key", "email_key"}),
        RecordKind.OFFERINGS: ({"key"}, set()),
    }
    for kind, layout in LAYOUTS.items():
        fields = fields_of(kind)
        own = {field.name for field in fields if not field.personal}
        personal = {field.kept_as or field.name for field in fields if field.personal}
        own -= {field.name for field in fields if field.type in NOT_FIELDS}
        assert set(layout.table.c.keys()) == own | others[kind][0]
        beside = set(layout.beside_table.c.keys()) if layout.beside_table is not None else set()
        assert beside == personal | others[kind][1]


@each_field
def test_the_limits_make_sense(kind: RecordKind, field: Field) -> None:
    """A number has a range, only closed lists have words, and personal fields are texts."""
    numbers = {FieldType.WHOLE, FieldType.NUMBER, FieldType.NLQF}
    assert (field.high > field.low) == (field.type in numbers)
    assert bool(field.words) == (field.type in {FieldType.MEMBER, FieldType.SET, FieldType.CONSENTS})
    assert 0 < field.longest <= LONGEST_TEXT
    assert not field.personal or field.type in {FieldType.TEXT, FieldType.EMAIL, FieldType.PHONE, FieldType.POSTCODE}


def test_the_api_has_the_limits_of_the_table() -> None:
    """A request that is sent has the fields and the limits that a spreadsheet has."""
    properties = RequestIn.model_json_schema()["properties"]
    asked = {field.english: field for field in fields_of(RecordKind.REQUESTS)}
    assert set(asked) - set(properties) == {"request_id", "requester", "closes_on", "team"}
    assert set(properties) <= set(asked)
    for name, described in properties.items():
        field = asked[name]
        limits = next((one for one in (described, *described.get("anyOf", ())) if "type" in one), {})
        if field.type in {FieldType.WHOLE, FieldType.NUMBER}:
            assert (limits["minimum"], limits["maximum"]) == (field.low, field.high)
        if field.type in {FieldType.TEXT, FieldType.PROGRAMME, FieldType.OWNER}:
            assert limits["maxLength"] == field.longest
        assert described["description"]


def test_what_a_person_may_state() -> None:
    """A person corrects all of the spreadsheet but id, school, consent and what the school must have seen."""
    fields = fields_of(RecordKind.ALUMNI)
    fixed = {field.name for field in fields if field.stated_by is StatedBy.SCHOOL}
    company = {"company_id", "company_town", "company_recognised_on", "company_places"}
    proven = {"certificate_until", "qualified_teacher", "left_on", "diploma", "aftercare", *company}
    assert fixed == {"alumnus_id", "school", "consents", "consent_date", "withdrawals", *proven}
    assert set(correctable()) == {field.name for field in fields if field.header} - fixed


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_words_are_left_over(language: Language) -> None:
    """The locale file of fields explains no field that is not there."""
    from matcher.locale import area

    for kind, explained in area(language, "fields").items():
        fields = fields_of(RecordKind(kind))
        assert set(explained) <= {field.english for field in fields} | {field.name for field in fields}


def test_the_page_of_columns_is_the_table() -> None:
    """docs/columns.md is what `python -m matcher.spreadsheets.field_docs` writes."""
    assert PAGE.read_text("utf-8") == page()


def test_a_text_that_is_a_code_stays_as_it_is() -> None:
    """Only members of closed lists are written as their word: a skill called `work` or `yes` is not translated."""
    members = [member for _, field in EVERY for member in field.words.values()]
    for member in members:
        assert isinstance(member, StrEnum)
        assert word_of(member) in next(field.words for _, field in EVERY if member in field.words.values())
        assert word_of(str(member.value)) == member.value
