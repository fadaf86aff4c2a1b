"""Several rows of one person or one thing, and rows that may be: joined where it is sure, named where it is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from matcher.domain.records import Qualification
from matcher.repositories.values import Upsert
from matcher.spreadsheets.report import Duplicate, Remark, Report
from matcher.text import fold, id_key

_NAMES = ("first_name", "infix", "last_name", "title")
"""Fields by which two rows with one id are told to be about the same, or not."""
_LISTS = frozenset({"day_parts"})
"""Fields whose masks are sets."""
_CONSENT = frozenset({"consents", "consent_date"})
_MOST_NAMESAKES = 50
"""Rows of one name that a further one is compared with."""
_PHONE_DIGITS = 9
"""The last digits of a phone number, which are the same with and without a country."""
_NO_DIGITS = {code: None for code in range(0x250) if not chr(code).isdecimal()}
_SHAPE = {code: "9" if chr(code).isdecimal() else "a" for code in range(128) if chr(code).isalnum()}


class Joiner:
    """Joins the rows of one file; `header` is that of the id."""

    def __init__(self, report: Report, header: str) -> None:
        self.report = report
        self._header = header
        self.joined: dict[int, int] = {}
        """By row, the row that it was joined to."""

    def join(self, upserts: Sequence[Upsert]) -> list[Upsert]:
        """The rows with each record once: equal rows count once, lists are joined, one id for two is refused."""
        owners = owner_keys(upserts)
        keys = [(owners[upsert.owner], upsert.id) for upsert in upserts]
        alike = {(owner, _without_zeros(id_)) for owner, id_ in keys}
        if len(alike) == len(keys):
            return list(upserts)
        upserts = self._each_once(keys, upserts)
        keys = [(owners[upsert.owner], upsert.id) for upsert in upserts]
        known: dict[Hashable, int] = {}
        result: list[Upsert | None] = []
        for key, upsert in zip(keys, upserts, strict=True):
            own = list(self._keys(key, upsert))
            places = sorted({known[one] for one in own if one in known})
            place = self._placed(result, places, upsert)
            if place is None:
                continue
            known |= dict.fromkeys([one for one, there in known.items() if there in places[1:]], place)
            for one in own:
                known.setdefault(one, place)
        return [upsert for upsert in result if upsert is not None]

    def _placed(self, result: list[Upsert | None], places: Sequence[int], upsert: Upsert) -> int | None:
        """Where a row stands in the result: at the first of those that it is the same as, which all become one.

        None for a row that adds nothing, or is refused.
        """
        if not places:
            result.append(upsert)
            return len(result) - 1
        place, first = places[0], result[places[0]]
        joined = first and self._joined(first, upsert)
        if joined is None:
            return None
        for other in places[1:]:
            further = result[other]
            both = further and self._joined(joined, further)
            if both is not None:
                joined, result[other] = both, None
        result[place] = joined
        return place

    @staticmethod
    def _keys(key: tuple[str, str], upsert: Upsert) -> Iterator[Hashable]:
        """Under which a row is the same as another.

        Its id, or one that differs in zeros with its name; without one its name with mail, phone or year; where it has
        no name either, its mail or phone.
        """
        name = name_of(upsert)
        if key[1]:
            yield key
            if name:
                yield key[0], "number", _without_zeros(key[1]), name
            return
        for because, value in marks_of(upsert):
            if because != "name":
                yield key[0], name, because, value
            else:
                yield key[0], because, value

    def _each_once(self, keys: Sequence[tuple[str, str]], upserts: Sequence[Upsert]) -> list[Upsert]:
        """The rows without those that have no id and say the same as another: nobody could tell such people apart."""
        seen: dict[tuple[str, frozenset[tuple[str, object]]], Upsert] = {}
        result = []
        for (owner, id_), upsert in zip(keys, upserts, strict=True):
            if not id_:
                first = seen.setdefault((owner, frozenset(upsert.values.items())), upsert)
                if first is not upsert:
                    self._joined(first, upsert)
                    continue
            result.append(upsert)
        return result

    def _joined(self, first: Upsert, other: Upsert) -> Upsert | None:
        """Both rows as one; None for a row that adds nothing, or is refused."""
        if first.values == other.values:
            self.report.add_note("importing.notes.same_row", row=other.row, first=first.row)
            self.joined[other.row] = first.row
            return None
        alike = [_alike(first.values.get(name), other.values.get(name)) for name in _NAMES]
        later = _is_later(other, first)
        values, apart = _union(other.values, first.values) if later else _union(first.values, other.values)
        if False in alike or (apart and True not in alike and first.id):
            remark = Remark(
                "importing.problems.id_twice", {"first": first.row}, other.row, self._header, first.id or None
            )
            self.report.problems.append(remark)
            return None
        for name in apart:
            row, counts = (first.row, other.row) if later else (other.row, first.row)
            self.report.add_note("importing.notes.other_value", row=row, first=counts, field=name)
        self.report.add_note("importing.notes.joined_row", row=other.row, first=first.row)
        self.joined[other.row] = first.row
        return replace(first, values=values)


def with_shared_names(upserts: Sequence[Upsert]) -> list[Upsert]:
    """The rows; those without an id whose name another such row has too tell so."""
    owners = owner_keys(upserts)
    names = [(owners[one.owner], name_of(one)) if not one.id else ("", "") for one in upserts]
    times = Counter(name for name in names if name[1])
    return [replace(one, shares_name=times[name] > 1) if times[name] > 1 else one
            for one, name in zip(upserts, names, strict=True)]  # fmt: skip


def owner_keys(upserts: Iterable[Upsert]) -> dict[str, str]:
    """By the name of each school or provider, the form under which its spellings are equal."""
    return {owner: id_key(owner) for owner in {upsert.owner for upsert in upserts}}


def _is_later(other: Upsert, first: Upsert) -> bool:
    """Whether a row is a later answer of the same person: the day of its consent comes after that of the other."""
    before, after = first.values.get("consent_date"), other.values.get("consent_date")
    return isinstance(before, date) and isinstance(after, date) and after > before


def _without_zeros(id_: str) -> str:
    """A number without the zeros before it, which spreadsheets lose."""
    return id_.lstrip("0") if id_[:1] == "0" and id_.isdecimal() else id_


def without_refused(upserts: Sequence[Upsert], joined: Mapping[int, int], refused: Collection[int]) -> list[Upsert]:
    """The rows, without consent where a row about the same person says no: a yes in another row does not undo it."""
    people = {joined.get(row, row) for row in refused}
    return [
        replace(upsert, values={name: value for name, value in upsert.values.items() if name not in _CONSENT})
        if upsert.row in people and upsert.values.keys() & _CONSENT
        else upsert
        for upsert in upserts
    ]


def without_leavers(
    upserts: Sequence[Upsert], joined: Mapping[int, int], ids: Mapping[int, str], gone: Collection[int]
) -> list[Upsert]:
    """The rows, without the people of whom one row says that they may not come in. `ids`: of all rows, by row."""
    if not gone:
        return list(upserts)
    people = {joined.get(row, row) for row in gone}
    numbers = {id_key(ids[row]) for row in gone if ids.get(row)}
    return [
        upsert for upsert in upserts if upsert.row not in people and (not upsert.id or id_key(upsert.id) not in numbers)
    ]


def _alike(first: object, other: object) -> bool | None:
    """Whether two names are the same; None where one is not known."""
    if not isinstance(first, str) or not isinstance(other, str):
        return None
    return fold(first) == fold(other)


def _union(first: Mapping[str, object], other: Mapping[str, object]) -> tuple[dict[str, object], list[str]]:
    """The values of both, lists joined, and the fields in which a single value differs: the first counts."""
    values, apart = dict(first), []
    for name, value in other.items():
        known = values.get(name)
        if value is None or value == known:
            values.setdefault(name, value)
        elif known is None:
            values[name] = value
        elif isinstance(known, frozenset) and isinstance(value, frozenset):
            values[name] = known | value
        elif isinstance(known, tuple) and isinstance(value, tuple):
            values[name] = tuple(dict.fromkeys([*known, *value]))
        elif name in _LISTS and isinstance(known, int) and isinstance(value, int):
            values[name] = known | value
        elif name == "pc4" or (isinstance(known, str) and isinstance(value, str) and fold(known) == fold(value)):
            continue
        else:
            apart.append(name)
    return values, apart


def name_of(upsert: Upsert) -> str:
    """The folded name of a person; empty where none is known."""
    parts = [upsert.values.get(name) for name in ("first_name", "infix", "last_name")]
    return fold(" ".join(part for part in parts if isinstance(part, str)))


def marks_of(upsert: Upsert) -> Iterator[tuple[str, str]]:
    """What two rows about one person share: `email`, `phone`, or `name` with school year and qualification."""
    if email := _lower(upsert.values.get("email")):
        yield "email", email
    if phone := _digits(upsert.values.get("phone")):
        yield "phone", phone
    for mark in _years(upsert):
        yield "name", mark


def _years(upsert: Upsert) -> list[str]:
    """The name with the year and the qualification, of each qualification with a year."""
    qualifications = upsert.values.get("qualifications")
    if not qualifications or not isinstance(qualifications, tuple) or not upsert.values.get("last_name"):
        return []
    name = name_of(upsert)
    return [
        f"{name} {item.year} {item.crebo or fold(item.name or '')}"
        for item in qualifications
        if isinstance(item, Qualification) and item.year is not None
    ]


def name_duplicates(upserts: Sequence[Upsert], report: Report) -> None:
    """Names the rows that may be about one person: the same mail, phone, name with year, or number but for marks.

    Of rows without an id also the same name.
    """
    owners = owner_keys(upserts)
    listed = [owners[upsert.owner] for upsert in upserts]
    found: dict[tuple[int, int], tuple[str, ...]] = {}
    _pair("email", listed, [_lower(upsert.values.get("email")) for upsert in upserts], upserts, found)
    _pair("phone", listed, [_digits(upsert.values.get("phone")) for upsert in upserts], upserts, found)
    _pair("number", listed, _numbers(upserts), upserts, found)
    folded: dict[object, str] = {}
    names = [_rough_name(upsert, folded) for upsert in upserts]
    often = {name for name, times in Counter(names).items() if times > 1 and name}
    schools: list[str] = []
    years: list[str] = []
    places: list[Upsert] = []
    known: dict[Hashable, list[str]] = {}
    for upsert, owner, name in zip(upserts, listed, names, strict=True) if often else ():
        if name in often:
            values = upsert.values  # of which rows that say the same share the list of qualifications
            same = (values.get("first_name"), values.get("infix"), values["last_name"], id(values["qualifications"]))
            own = known.get(same)
            if own is None:
                own = known[same] = _years(upsert)
            schools += [owner] * len(own)
            years += own
            places += [upsert] * len(own)
    del names, known, folded
    _pair("name", schools, years, places, found)
    _pair_namesakes(upserts, listed, found)
    sorted_once: dict[tuple[str, ...], tuple[str, ...]] = {}
    for reasons in set(found.values()):
        sorted_once[reasons] = tuple(sorted(reasons))
    report.duplicates += [Duplicate(pair[0], sorted_once[found[pair]], of=pair[1]) for pair in sorted(found)]


def _pair(
    because: str,
    owners: Sequence[str],
    marks: Sequence[str],
    upserts: Sequence[Upsert],
    found: dict[tuple[int, int], tuple[str, ...]],
) -> None:
    """Adds each row whose mark an earlier row of the same owner has too."""
    filled = [mark for mark in marks if mark]
    if len(set(filled)) == len(filled):
        return
    firsts: dict[tuple[str, str], int] = {}
    this = (because,)
    for owner, mark, upsert in zip(owners, marks, upserts, strict=True):
        if mark:
            first = firsts.setdefault((owner, mark), upsert.row)
            if first != upsert.row:
                pair = upsert.row, first
                reasons = found.get(pair)
                if reasons is None:
                    found[pair] = this
                elif because not in reasons:
                    found[pair] = (*reasons, because)


def _pair_namesakes(
    upserts: Sequence[Upsert], owners: Sequence[str], found: dict[tuple[int, int], tuple[str, ...]]
) -> None:
    """Adds the rows without an id that have the name of an earlier one, and no other mail or phone."""
    firsts: dict[tuple[str, str], list[Upsert]] = {}
    for upsert, owner in zip(upserts, owners, strict=True):
        if not upsert.shares_name:
            continue
        earlier = firsts.setdefault((owner, name_of(upsert)), [])
        like = next((one for one in earlier[:_MOST_NAMESAKES] if not _differ(one, upsert)), None)
        if like is not None:
            pair = upsert.row, like.row
            found[pair] = (*found.get(pair, ()), "only_name")
        earlier.append(upsert)


def _differ(one: Upsert, other: Upsert) -> bool:
    """Whether two rows have different addresses, or different telephone numbers."""
    pairs = ((read(one.values.get(name)), read(other.values.get(name))) for name, read in _REACHED_BY)
    return any(its and theirs and its != theirs for its, theirs in pairs)


def _lower(value: object) -> str:
    return value.casefold() if isinstance(value, str) else ""


def _digits(value: object) -> str:
    return value.translate(_NO_DIGITS)[-_PHONE_DIGITS:] if isinstance(value, str) else ""


_REACHED_BY = (("email", _lower), ("phone", _digits))


def _rough_name(upsert: Upsert, folded: dict[object, str]) -> tuple[str, str] | None:
    """A name that equal names share; None where there is no surname, or no year to tell people of one name apart."""
    values = upsert.values
    if not values.get("qualifications") or not values.get("last_name"):
        return None
    first, last = values.get("first_name"), values["last_name"]
    for name in (first, last):
        if name not in folded:
            folded[name] = fold(name) if isinstance(name, str) else ""
    return folded[first], folded[last]


def _numbers(upserts: Sequence[Upsert]) -> list[str]:
    """The ids under which spellings are equal (`id_key`); of ids of one shape, which differ in case only, cheaply."""
    ids = [upsert.id for upsert in upserts]
    if all(map(_is_plain, filter(None, ids))):
        return ids
    shapes = {id_.translate(_SHAPE) for id_ in ids if id_}
    if len(shapes) == 1 and next(iter(shapes)).isascii() and next(iter(shapes))[0] != "9":
        return [id_.lower() for id_ in ids]
    return [id_ if not id_ or _is_plain(id_) else id_key(id_) for id_ in ids]


def _is_plain(text: str) -> bool:
    return text.isdecimal() and text.isascii() and text[0] != "0"
