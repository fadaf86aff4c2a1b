"""The fields of many records in stored form: by column, each value that rows share once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import repeat
from typing import Any

from matcher.domain.own_fields import OWN_PREFIX
from matcher.domain.records import RecordKind
from matcher.repositories.values import Upsert
from matcher.store.bulk import each_once
from matcher.store.codecs import LAYOUTS, TEXT, Codec, clean


class Encoder:
    """Puts the fields of one kind of record in stored form."""

    def __init__(self, kind: RecordKind) -> None:
        layout = LAYOUTS[kind]
        self._is_alumni = kind is RecordKind.ALUMNI
        self.codecs: dict[str, Codec] = {**layout.fields, **dict.fromkeys(layout.beside, TEXT)}
        self.blank: dict[str, Any] = {name: codec.cleared for name, codec in self.codecs.items()}
        self._required = [name for name, codec in self.codecs.items() if codec.required]
        self._named_elsewhere = {"key", layout.owner, layout.id}
        if self._is_alumni:
            self._named_elsewhere |= {"consents", "consent_date", "withdrawals"}

    def columns(self, values: Mapping[str, Sequence[Any]]) -> dict[str, Sequence[Any]]:
        """Those of these columns that are stored as fields, in stored form; the four digits follow a postcode.

        Raises ValueError for an unknown field, and for a required one that is empty.
        """
        stored = {name: self._column(name, column) for name, column in values.items() if self._is_field(name)}
        if self._is_alumni and "postcode" in stored and "pc4" not in stored:
            stored["pc4"] = [code[:4] if code else None for code in stored["postcode"]]
        missing = [name for name in self._required if name in stored and None in stored[name]]
        if missing:
            msg = f"required fields cleared: {missing}"
            raise ValueError(msg)
        return stored

    def by_shape(self, rows: Sequence[Upsert]) -> Iterator[tuple[list[int], dict[str, Sequence[Any]]]]:
        """The places of the rows that have the same fields, and those in stored form. Raises as `columns`."""
        shapes: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for place, row in enumerate(rows):
            shapes[tuple(row.values)].append(place)
        for shape, places in shapes.items():
            values = zip(*(rows[place].values.values() for place in places), strict=True)
            yield places, self.columns(dict(zip(shape, values, strict=True)))

    def whole(self, values: Mapping[str, Sequence[Any]], count: int) -> dict[str, Sequence[Any]]:
        """Every field of so many new records: those of `columns`, and empty ones. Raises ValueError as that does."""
        stored = self.columns(values)
        self.need(stored)
        return {name: stored[name] if name in stored else [blank] * count for name, blank in self.blank.items()}

    def need(self, stored: Iterable[str]) -> None:
        """Raises ValueError where a required field of a new record is absent."""
        missing = [name for name in self._required if name not in stored]
        if missing:
            msg = f"required fields absent: {missing}"
            raise ValueError(msg)

    def _is_field(self, name: str) -> bool:
        if name in self.codecs:
            return True
        if name not in self._named_elsewhere and not (self._is_alumni and name.startswith(OWN_PREFIX)):
            msg = f"unknown field {name!r}"
            raise ValueError(msg)
        return False

    def _column(self, name: str, values: Sequence[Any]) -> Sequence[Any]:
        codec = self.codecs[name]
        if codec.encode is clean and _is_clean(values):
            return values if codec.cleared is None else [codec.cleared if v is None else v for v in values]
        return each_once(codec.encode, values, codec.cleared)


def by_row(columns: Sequence[Sequence[Any]], count: int) -> Iterable[tuple[Any, ...]]:
    """The rows of these columns, of which there may be none."""
    return zip(*columns, strict=True) if columns else repeat((), count)


def _is_clean(values: Iterable[Any]) -> bool:
    """Whether `clean` would leave all of these texts as they are."""
    joined = "".join(filter(None, values))
    if "\0" in joined:
        return False
    if joined.isascii():
        return True
    with suppress(UnicodeEncodeError):
        joined.encode()
        return True
    return False
