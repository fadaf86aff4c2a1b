"""The forms under which people are found again: number, name, telephone number and address, whatever the spelling."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from matcher.domain.records import Qualification, whole_name
from matcher.text import fold, id_key

FOUND_BY = ("email", "phone", "first_name", "infix", "last_name")
"""The contact details of which marks are made."""
_NO_DIGITS = {code: None for code in range(128) if not chr(code).isdigit()}
_NOT_DIGIT = re.compile(r"\D")
_CODE = re.compile(r"^(?:0031|31(?=\d{9}$)|0)")


def email_key(email: str | None) -> str | None:
    """The form under which e-mail addresses are equal; None for an empty one."""
    return (email.strip().casefold() or None) if email else None


def phone_key(phone: str | None) -> str:
    """A telephone number without marks, and without the code of the Netherlands; empty for none."""
    if not phone:
        return ""
    digits = phone.translate(_NO_DIGITS) if phone.isascii() else _NOT_DIGIT.sub("", phone)
    return _CODE.sub("", digits)


def name_key(*parts: str | None) -> str | None:
    """A whole name folded: `Van den Berg` behind the first name is `van den` and `Berg`; None for none."""
    return fold(whole_name(*parts)) or None


def number_key(number: str) -> str:
    """The form under which numbers are equal but for marks, capitals and leading zeros."""
    return id_key(number)


def years_of(value: object) -> frozenset[tuple[int, str]]:
    """Year and qualification, by crebo and by name, of each qualification with a year."""
    found = cast("Sequence[Qualification]", value or ())
    return frozenset(
        (one.year, mark)
        for one in found
        if one.year is not None
        for mark in (one.crebo, fold(one.name) if one.name else None)
        if mark
    )


def marks_of(contact: Mapping[str, Any]) -> dict[str, str | None]:
    """What the table of contacts holds beside contact details, by its column, for rows with those of `FOUND_BY`."""
    return {
        "email_key": email_key(contact["email"]),
        "phone_key": phone_key(contact["phone"]) or None,
        "name_key": name_key(contact["first_name"], contact["infix"], contact["last_name"]),
    }


def marks_by_column(contact: Mapping[str, Sequence[Any]]) -> dict[str, list[str | None]]:
    """`marks_of` of many rows, given by column."""
    names: dict[tuple[str | None, ...], str | None] = {}
    for name in zip(contact["first_name"], contact["infix"], contact["last_name"], strict=True):
        if name not in names:
            names[name] = name_key(*name)
    return {
        "email_key": [email_key(email) for email in contact["email"]],
        "phone_key": [phone_key(phone) or None for phone in contact["phone"]],
        "name_key": [
            names[name] for name in zip(contact["first_name"], contact["infix"], contact["last_name"], strict=True)
        ],
    }
