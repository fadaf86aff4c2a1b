"""The state of a record before and after an import: what an undo restores, and by what it sees later changes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from itertools import repeat
from typing import Any

from sqlalchemy import Date

from matcher.domain.kinds import Purpose
from matcher.store.bulk import each_once
from matcher.store.codecs import Layout
from matcher.store.consent_rules import Held


@lru_cache(maxsize=4096)
def _held_text(held: Held) -> str:
    return repr(tuple(held))


@dataclass(frozen=True, slots=True)
class State:
    """A record as stored: its fields, what the person stated of them, and for alumni consents and an objection."""

    fields: Mapping[str, Any]
    stated: frozenset[str] = frozenset()
    consents: Mapping[Purpose, Held] | None = None
    objects_since: date | None = None

    def digest(self, secret: str) -> str:
        """128 bits (hex), equal for equal states; who does not know the secret cannot test a guess.

        An empty field is left out, so that a field that a later version adds changes nothing.
        """
        fields = self.fields
        parts = [f"{name}={value}" for name in sorted(fields) if (value := fields[name]) is not None]
        parts += consent_parts(self.consents or {})
        if self.stated:
            parts.append(f"stated {sorted(self.stated)}")
        if self.objects_since is not None:
            parts.append(f"objects {self.objects_since}")
        return _digest(parts, secret.encode()[:64])

    def preceding(self, before: Before) -> State:
        """The state that a change to this one began with."""
        changed = before.consents or {}
        consents = {one: held for one, held in (self.consents or {}).items() if one not in changed}
        consents |= {one: held for one, held in changed.items() if held is not None}
        since = self.objects_since if before.objects else None
        return State({**self.fields, **before.fields}, self.stated, consents, since)

    def marks(self, before: Before, secret: str) -> dict[str, str]:
        """By field, `consent PURPOSE` and `objects`: a digest of each thing that an import changed, as it is here."""
        found = {name: field_mark(secret, name, self.fields.get(name)) for name in before.fields}
        for purpose in before.consents or ():
            found[consent_name(purpose)] = consent_mark(secret, purpose, (self.consents or {}).get(purpose))
        if not before.objects and self.objects_since is not None:
            found[OBJECTS] = field_mark(secret, OBJECTS, self.objects_since)
        return found


def consent_parts(consents: Mapping[Purpose, Held]) -> list[str]:
    """What a digest says of consents."""
    return [f"consent {purpose}={_held_text(held)}" for purpose, held in sorted(consents.items())]


def digests(fields: Mapping[str, Sequence[Any]], consents: Sequence[Sequence[str]], secret: str) -> list[str]:
    """`State.digest` of many states of which nothing is stated: their fields by column, and their `consent_parts`."""
    key = secret.encode()[:64]
    columns = [
        each_once(f"{name}={{}}".format, fields[name]) for name in sorted(fields) if any(map(_is_there, fields[name]))
    ]
    rows: Iterable[tuple[str | None, ...]] = zip(*columns, strict=True) if columns else repeat(())
    return [_digest((*filter(None, row), *given), key) for row, given in zip(rows, consents, strict=False)]


def _is_there(value: object) -> bool:
    return value is not None


def _digest(parts: Sequence[str], key: bytes) -> str:
    content = "\0".join(parts)  # which stands in no stored text
    return hashlib.blake2b(content.encode("utf-8", "surrogatepass"), key=key, digest_size=16).hexdigest()


_CONSENT, OBJECTS = "consent ", "objects"
GONE = ""
"""In the place of a mark: what somebody stated since, so that what it was is forgotten."""


def field_mark(secret: str, name: str, value: object) -> str:
    """64 bits (hex) of a field and what it holds."""
    key = secret.encode()[:64]
    content = f"{name}={value}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(content, key=key, digest_size=8).hexdigest()


def consent_name(purpose: Purpose) -> str:
    """What a consent is called among the marks of a state."""
    return f"{_CONSENT}{purpose.value}"


def consent_mark(secret: str, purpose: Purpose, held: Held | None) -> str:
    """The same of a consent."""
    return field_mark(secret, purpose.value, held and _held_text(held))


@dataclass(frozen=True, slots=True)
class Before:
    """What an import changed of a record that was there, as it was.

    `fields`: the changed fields in stored form; `has_beside`: whether it had a row of personal data; `consents`: the
    changed ones, None for one that was not there; `objects`: whether the alumnus objected. `after`: by each thing that
    the import changed a digest of how it left it (`State.marks`); empty for an import of an earlier version. `by`: the
    number in the row where it is one of before a merge.
    """

    fields: Mapping[str, Any]
    has_beside: bool = True
    consents: Mapping[Purpose, Held | None] | None = None
    objects: bool = False
    after: Mapping[str, str] = field(default_factory=dict)
    by: str | None = None

    def unchanged(self, now: State, secret: str) -> tuple[Before, tuple[str, ...]]:
        """What of this nobody changed since, and the names of what somebody did, or states."""
        marks = now.marks(self, secret)
        stated = {*now.stated, *({"pc4"} if "postcode" in now.stated else ())}
        same = {name for name, mark in self.after.items() if marks.get(name) == mark and name not in stated}
        fields = {name: value for name, value in self.fields.items() if name in same}
        held = {one: was for one, was in (self.consents or {}).items() if consent_name(one) in same}
        as_it_was = State(self.fields, consents={one: was for one, was in (self.consents or {}).items() if was})
        earlier = as_it_was.marks(self, secret)
        moved = [name for name, mark in self.after.items() if name not in same and mark != earlier.get(name)]
        others = [name for name in moved if name in self.fields and (name != "pc4" or "postcode" not in moved)]
        others += ["consents"] if set(moved) - self.fields.keys() else []
        left = replace(self, fields=fields, consents=held, objects=OBJECTS not in same)
        return left, tuple(others)

    def without(self, name: str) -> Before:
        """The same, with what it was of one field forgotten."""
        gone = {name, *({"pc4"} if name == "postcode" else ())} & self.fields.keys()
        blank = dict.fromkeys(gone)
        return replace(self, fields={**self.fields, **blank}, after={**self.after, **dict.fromkeys(gone, GONE)})

    def besides(self, names: Collection[str]) -> Before:
        """The same without fields that are there no longer."""
        if not names:
            return self
        fields = {name: value for name, value in self.fields.items() if name not in names}
        return replace(self, fields=fields, after={name: m for name, m in self.after.items() if name not in names})

    def over(self, later: Before) -> Before:
        """What two changes of one record changed, as it was before the first."""
        fields = {**later.fields, **self.fields}
        consents = {**(later.consents or {}), **(self.consents or {})}
        by = self.by or later.by  # of two rows: what the other's said is not to stay with the first one
        return Before(fields, self.has_beside, consents, self.objects, {**self.after, **later.after}, by)

    def written(self) -> str:
        """As JSON."""
        content = {
            "fields": dict(self.fields),
            "has_beside": self.has_beside,
            "consents": {one.value: held and tuple(held) for one, held in (self.consents or {}).items()},
            "objects": self.objects,
            "after": dict(self.after),
        }
        content |= {"by": self.by} if self.by else {}
        return json.dumps(content, default=date.isoformat, separators=(",", ":"))


def without_marks(content: dict[str, Any]) -> dict[str, Any]:
    """What `Before.written` wrote, for whom it is about: what it was, without digests."""
    return {name: value for name, value in content.items() if name not in {"after", "by"}}


def read_before(text: str, layout: Layout) -> Before:
    """What `Before.written` wrote."""
    content = json.loads(text)
    days = {name for name in layout.fields if isinstance(layout.table.c[name].type, Date)}
    fields = {name: _day(value) if name in days else value for name, value in content["fields"].items()}
    consents = {
        Purpose(name): None
        if held is None
        else Held(_day(held[0]), _day(held[1]), held[2], held[3], _day(held[4]), held[5])
        for name, held in content["consents"].items()
    }
    return Before(
        fields, content["has_beside"], consents, content["objects"], content.get("after", {}), content.get("by")
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


@dataclass(frozen=True, slots=True)
class RecordChange:
    """What one row of an import did to a record, by random key; `before` None: it created it."""

    key: int
    before: Before | None
    after: State
