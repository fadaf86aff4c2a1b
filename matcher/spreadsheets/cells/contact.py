"""E-mail addresses, telephone numbers and web addresses, alone or among words.

Forms that are clean are known by a pattern; email-validator and phonenumbers judge the rest. `PhoneNumberMatcher` and
not `parse`: that makes digits of letters ("521234 mam" is a valid number of a stranger) and refuses a note or a
second number. Neither library finds an address among words, or says what it did not use.
"""

from __future__ import annotations

import re
from datetime import date, time

from matcher.spreadsheets.cells.numbers import damaged
from matcher.spreadsheets.cells.reading import CellProblem, Page, no_longer
from matcher.spreadsheets.columns import Column
from matcher.text import DASHES, fold

CLEAN_EMAIL = re.compile(
    r"[A-Za-z0-9_+-]{1,64}(?:\.[A-Za-z0-9_+-]{1,64})*@(?:[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\.)+[A-Za-z]{2,20}"
)
"""Addresses that email-validator takes too (tests/spreadsheets/test_cells_fast.py)."""
_LONGEST_PART = 64
"""Characters of the part before the @ (RFC 5321), and less than any limit on what follows it."""
_NO_ADDRESS = frozenset(
    {"onbekend", "geen", "geenmail", "geenemail", "leeg", "nvt", "n.v.t", "unknown", "noreply", "no-reply",
     "geen.mail", "geen.email", "anoniem", "anonymous"}
)  # fmt: skip
"""What stands before the @ of an address that a system makes up where there is none."""
NO_MAIL = (".test", ".local", ".invalid", ".localhost", ".onion", ".arpa", ".alt")
"""Names under which there is no mail (RFC 6761, RFC 9476); email-validator knows all but the last."""
_ADDRESS = re.compile(r"[^\s<>()\[\],;:|\"/@]+@[^\s<>()\[\],;:|\"'/@]+")
_LABEL = re.compile(
    r"(?:e-?mail(?:adres)?|mail|e|tel(?:efoon)?(?:nummer|nr)?|mob(?:iel)?(?:nummer|nr)?|t|m|gsm|phone|mobile|nummer|nr"
    r"|werk|prive|thuis|vast|of|en|and|or)[.:]*"
)
_GONE_WORDS = frozenset(
    {"oud", "oude", "vervallen", "fout", "foutief", "niet", "old", "bounced", "onjuist", "verkeerd"}
)
_AT = re.compile(r"\s*[(\[{]\s*(?:at|apenstaartje)\s*[)\]}]\s*", re.IGNORECASE)
_AROUND_AT = re.compile(r"\s*@\s*")

CLEAN_PHONE = re.compile(
    r"06[- ]?[0-9]{8}|06[- ][0-9]{4} [0-9]{4}|06(?: [0-9]{2}){4}"
    r"|\+31[- ]?6[- ]?[0-9]{8}|\+31 6 [0-9]{4} [0-9]{4}|00316[0-9]{8}"
)
_SEPARATORS = re.compile(r"[\s\-().]")
_DUTCH_MOBILE = re.compile(r"(?:06|\+3106|\+316|00316|003106)[0-9]{8}")
"""The form of a Dutch mobile number; which of them are given out, changes."""
_WEB = re.compile(
    r"(?:https?://)?(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,20}(?::\d{1,5})?(?:[/?#]\S*)?", re.IGNORECASE
)


def clean_email(column: Column, text: str) -> str | None:
    """The text, where the whole of it is an address in a usual form; None for any other text."""
    if not CLEAN_EMAIL.fullmatch(text):
        return None
    at = text.index("@")
    domain = text[at:].lower()
    short = at <= _LONGEST_PART and len(domain) <= _LONGEST_PART and len(text) <= column.longest
    usual = short and not domain.endswith(NO_MAIL) and text[:at].lower() not in _NO_ADDRESS
    return text if usual else None


def read_email(column: Column, _raw: object, text: str, page: Page) -> str:
    """The address of a cell; a second one, and words around it, are left out. Raises CellProblem."""
    if address := clean_email(column, text):
        return address
    plain = _AROUND_AT.sub("@", _AT.sub("@", re.sub(r"(?i)\bmailto:\s*", "", text)))
    found = list(_ADDRESS.finditer(plain))
    if not found:
        raise CellProblem("email")
    first = found[0]
    if first[0].partition("@")[0].casefold() in _NO_ADDRESS:
        raise CellProblem("email")
    before, after = plain[: first.start()], plain[first.end() :]
    address = _valid_email(column, first[0].rstrip(".,;").lstrip("'"))
    if _glued(before) or (len(found) == 1 and re.match(r"\s+[\w@]", after)):
        raise CellProblem("email")
    for other in found[1:]:
        if other[0].rstrip(".,;").lower() != first[0].rstrip(".,;").lower():
            page.leave("second_email", other[0])
    _name_rest(before, _ADDRESS.sub(" ", after), "email", page)
    return address


def _glued(before: str) -> bool:
    """Whether words stand before an address with only a space between, so that they may belong to it."""
    words = before.rstrip(" \"'")
    return bool(words) and words[-1] not in "<([,;/|:-\n" and not _LABEL.fullmatch(fold(words.split()[-1]))


def _valid_email(column: Column, address: str) -> str:
    from email_validator import EmailNotValidError, EmailUndeliverableError, validate_email

    try:
        found = validate_email(address, check_deliverability=False, allow_smtputf8=False)
    except (EmailNotValidError, EmailUndeliverableError):
        code = "email" if address.isascii() else "email_letters"
        raise CellProblem(code) from None
    result = found.ascii_email or found.normalized
    if result.lower() == address.lower():
        result = address  # as it stands: what a form sends back changes nothing
    if len(result) > column.longest:
        raise CellProblem("email")
    return result


def _name_rest(before: str, after: str, code: str, page: Page) -> None:
    """Names the words around what was used, and refuses the cell where they say that it is out of use."""
    rest = " ".join(f"{before} {after}".split()).strip(" <>()[]{},;:/|&+\"'.-–—")
    words = [word for word in re.split(r"[\s<>()\[\],;:/|\"'&+–—-]+", rest) if word]
    if any(fold(word).strip(".") in _GONE_WORDS for word in words):
        raise CellProblem("email_gone" if code == "email" else "phone_gone")
    if any(re.search(r"\w", word) and not _LABEL.fullmatch(fold(word)) for word in words):
        page.leave("rest", rest)


def read_phone(_column: Column, raw: object, text: str, page: Page) -> str:
    """The number of a cell as it is written, with the zero that Excel drops; a second one is left out.

    Raises CellProblem. Numbers of other countries need a + or 00: a Belgian 0497 is a Dutch land line as well.
    """
    if isinstance(raw, bool | date | time):
        raise CellProblem("phone")
    if damaged(raw, text):
        raise CellProblem("damaged_number", shown=text)
    plain = text.lstrip("'").translate(DASHES).replace("_", "-").replace("\u00ad", "")
    plain = re.sub(r"(?<=\d)-{2,}(?=\d)", "-", plain)
    if CLEAN_PHONE.fullmatch(plain):
        return plain
    digits = _SEPARATORS.sub("", plain)
    if re.fullmatch(r"[1-9]\d{8}", digits):
        if not isinstance(raw, int | float) and not digits.startswith("6"):
            raise CellProblem("phone")
        digits = f"0{digits}"
        return _valid_phone(digits, digits)
    if re.fullmatch(r"31[1-9]\d{8}", digits) and not plain.startswith("+"):
        return _valid_phone(f"+{digits}", f"+{digits}")
    if _DUTCH_MOBILE.fullmatch(digits):
        return plain
    return _found_phones(plain, page)


def _valid_phone(number: str, result: str) -> str:
    import phonenumbers

    if _DUTCH_MOBILE.fullmatch(number) or phonenumbers.is_valid_number(phonenumbers.parse(number, "NL")):
        return result
    raise CellProblem("phone")


def _found_phones(plain: str, page: Page) -> str:
    from phonenumbers import Leniency, PhoneNumberMatcher

    found = list(PhoneNumberMatcher(plain, "NL", leniency=Leniency.VALID))
    if not found:
        raise CellProblem("phone")
    first = found[0]
    number = first.raw_string.strip()
    if not number.lstrip("( ").startswith(("+", "0")):
        raise CellProblem("phone")
    before, after, key = plain[: first.start], plain[first.end :], first.number
    for other in found[1:]:
        if other.number != key:
            page.leave("second_phone", other.raw_string)
        after = after.replace(other.raw_string, " ", 1)
    if re.search(r"\d{3}", before) or re.match(r"\d", after) or before.rstrip().endswith("+"):
        raise CellProblem("phone")
    _name_rest(before, after, "phone", page)
    return number


def read_url(column: Column, _raw: object, text: str, _page: Page) -> str:
    """The web address of a cell, with https:// where no scheme was written. Raises CellProblem."""
    no_longer(text, column.longest)
    if re.fullmatch(r"https?://[^\s/?#@]+\.[^\s]+", text, re.IGNORECASE):
        return text
    plain = text.strip(" <>")
    if not _WEB.fullmatch(plain) or "@" in plain.split("/")[0]:
        raise CellProblem("url")
    return plain if plain.lower().startswith(("http://", "https://")) else f"https://{plain}"
