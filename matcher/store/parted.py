"""What is each one's own again, once two are made of one: nothing that only the other had, at once or by a later undo.

While two are one, imports and people say things of both at once. What was said of neither before stays with the one who
stayed; what the other had goes to the other alone. A consent that was given meanwhile is of nobody, since nobody can
tell who gave it; one that was taken back meanwhile is taken back of both. It is the other way round with an objection.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from sqlalchemy import Connection, select

from matcher.domain.kinds import Purpose
from matcher.domain.records import RecordKind
from matcher.store import schema
from matcher.store.codecs import LAYOUTS
from matcher.store.consent_rules import IMPORT, RETENTION, Held
from matcher.store.merge_rules import UNITED, cleared, says_less, taken_back
from matcher.store.states import GONE, OBJECTS, Before, consent_mark, consent_name, field_mark, read_before
from matcher.store.stored_records import FOLLOWS
from matcher.store.undo import ACTED, MERGED, MIXED

_LAYOUT = LAYOUTS[RecordKind.ALUMNI]
Consents = Mapping[Purpose, Held]


@dataclass(frozen=True, slots=True)
class Half:
    """Fields in stored form, consents, and whether there is a row of personal data."""

    fields: Mapping[str, Any]
    consents: Consents
    has_beside: bool = True


@dataclass(frozen=True, slots=True)
class Parting:
    """The one who stays (`own`) and the `other`, each as before they were `merged`, and the merged one as at first.

    `objects`: whether the one who stays did. `said`: of each import by a number of the other (`numbers`) since, the
    secret and the digests of how it left things.
    """

    own: Half
    other: Half
    merged: Half
    objects: bool = False
    numbers: Collection[str] = ()
    said: Sequence[tuple[str, Mapping[str, str]]] = ()

    def fields(self, now: Mapping[str, Any]) -> dict[str, Any]:
        """What the one who stays has, of the fields as they are now."""
        found = {name: self.field(name, value) for name, value in now.items() if name in UNITED}
        for main in dict.fromkeys(FOLLOWS.get(name, name) for name in now):
            if main not in UNITED:
                names = [main, *_followers(main)]
                as_merged = all(now[name] == self.merged.fields.get(name) for name in names)
                as_other = all(now[name] == self.other.fields.get(name) for name in names)
                is_filled = any(now[name] != cleared(name) for name in names)
                was_said = any(self.said_of_other(name, now[name]) for name in names)
                side = self.own.fields if as_merged or was_said or (as_other and is_filled) else now
                found |= {name: side.get(name) for name in names}
        return {name: found[name] for name in now}

    def field(self, name: str, value: Any) -> Any:
        """What the one who stays has of one field in which this was, at some time while they were one."""
        own = self.own.fields.get(name)
        if value == self.merged.fields.get(name) or self.said_of_other(name, value):
            return own
        if name in UNITED:
            return self._without_others(name, value)
        return own if value == self.other.fields.get(name) != cleared(name) else value

    def said_of_other(self, name: str, value: Any) -> bool:
        """Whether a list said this under a number of the other."""
        return any(after.get(name) == field_mark(secret, name, value) for secret, after in self.said)

    def _without_others(self, name: str, value: Any) -> Any:
        """A list without what only the other has; what the merge left out of it, since that said more, is back."""
        codec = _LAYOUT.fields[name]
        now, own, other = (_items(name, one) for one in (value, self.own.fields[name], self.other.fields[name]))
        alone = [item for item in other if item not in own]
        if not any(item in alone for item in now):
            return value
        kept: dict[Any, None] = {}
        for item in now:
            kept |= dict.fromkeys([one for one in own if says_less(one, item)] if item in alone else [item])
        if not kept:
            return self.own.fields[name]
        is_set = isinstance(codec.decode and codec.decode(value), frozenset)
        return codec.encode(frozenset(kept) if is_set else tuple(kept))

    def consent(self, purpose: Purpose, held: Held | None, *, own: Consents | None = None) -> Held | None:
        """What the one who stays has of a consent that was this; or the one whose `own` consents are given.

        One that was given meanwhile counts for neither; one that was taken back meanwhile does for both.
        """
        was, merged = (self.own.consents if own is None else own).get(purpose), self.merged.consents.get(purpose)
        if held is None or held == merged:
            return was
        day, by = held.withdrawn_on, held.withdrawn_by
        if day is None:
            day, by = held.last_withdrawn_on, None
            if day is None or (merged is not None and day in {merged.last_withdrawn_on, merged.withdrawn_on}):
                return was
        if by in {IMPORT, RETENTION} and (was is None or taken_back(was)):  # nothing ended; a no of the person is more
            return was
        last = held.last_withdrawn_on
        if merged is not None and last == merged.last_withdrawn_on != day:  # of before, perhaps of the other alone
            last = was and was.last_withdrawn_on
        return (was or Held(None))._replace(withdrawn_on=day, last_withdrawn_on=last, withdrawn_by=by)


@dataclass(frozen=True, slots=True)
class Now:
    """The one who stays, as before and after the two were made of one; and the consents of the other after that.

    `objects`: since when the one who was both objected, where the other does so since as well.
    """

    before: Half
    after: Half
    other: Consents
    objects: date | None


def part_since(
    connection: Connection, keys: tuple[int, int], earlier: Collection[int], parting: Parting, now: Now
) -> None:
    """Lets the undo of what imports did while two were one give nobody what only the other had.

    `keys`: of the one who stays, and of the other, for whom what was taken back by an import is given back by its undo
    too. `earlier`: the rows of `import_changes` of before the merge, which stay as they are. To be called once the two
    are apart.
    """
    kept, gone = keys
    table, imports = schema.import_changes, schema.imports
    columns = select(table.c.id, table.c.before, table.c.after, table.c.import_key, imports.c.secret)
    columns = columns.join_from(table, imports)
    since = columns.where(table.c.alumnus_key == kept, table.c.before.is_not(None)).order_by(table.c.id)
    rows = [row for row in connection.execute(since).all() if row.id not in earlier and row.after != MERGED]
    did = [read_before(row.before, _LAYOUT) for row in rows]
    seen = [*did, Before(now.before.fields, consents=now.before.consents)]
    for row, was in zip(rows, did, strict=True):
        left = Before({}) if was.by in parting.numbers else was
        if row.after != ACTED:
            if (of_other := _of_other(was, row.secret, parting, now)) is not None:
                values = {"import_key": row.import_key, "alumnus_key": gone, "before": of_other.written()}
                connection.execute(table.insert(), {**values, "after": MIXED})
            left = _parted(was, row.secret, parting, now, seen)
        same = table.c.id == row.id
        if row.after != ACTED and not left.after and was.after:  # nothing is left of it
            connection.execute(table.delete().where(same))
        else:
            connection.execute(table.update().where(same).values(before=left.written()))


def addresses_said(connection: Connection, kept: int, parting: Parting) -> list[str]:
    """The addresses that lists gave under a number of the other, and that others wrote over since."""
    table = schema.import_changes
    texts = connection.execute(select(table.c.before).where(table.c.alumnus_key == kept, table.c.before.is_not(None)))
    emails = [read_before(text, _LAYOUT).fields.get("email") for text in texts.scalars()] if parting.said else []
    return [email for email in emails if email is not None and parting.said_of_other("email", email)]


def said_since(connection: Connection, kept: int, numbers: Collection[str]) -> list[tuple[str, Mapping[str, str]]]:
    """Of each import that said something of an alumnus by one of these numbers: the secret, and digests of what."""
    table, imports = schema.import_changes, schema.imports
    columns = select(table.c.before, imports.c.secret).join_from(table, imports)
    rows = connection.execute(columns.where(table.c.alumnus_key == kept, table.c.before.is_not(None))).all()
    did = [(row.secret, read_before(row.before, _LAYOUT)) for row in rows]
    return [(secret, was.after) for secret, was in did if was.by in numbers]


def _parted(was: Before, secret: str, parting: Parting, now: Now, seen: Sequence[Before]) -> Before:
    """What is left, for the one who stays, of what an import changed.

    `seen`: what was there at any time since, by which it is told what the import left.
    """
    fields, after = _fields_back(was, secret, parting, now)
    consents = {purpose: parting.consent(purpose, held) for purpose, held in (was.consents or {}).items()}
    for name, value in list(fields.items()):
        marks = {field_mark(secret, name, one.fields[name]): one.fields[name] for one in seen if name in one.fields}
        is_now = after.get(name) == field_mark(secret, name, now.before.fields.get(name))
        if after.get(name) in marks and name in was.fields:
            then = marks[after[name]]
            there = now.after.fields.get(name) if is_now else parting.field(name, then)
            if there != then:
                after[name] = field_mark(secret, name, value if there == parting.own.fields.get(name) else there)
        if after.get(name) == field_mark(secret, name, value):  # nothing is left of what the import did here
            del after[name], fields[name]
    for purpose, held in list(consents.items()):
        name = consent_name(purpose)
        held_marks = {
            consent_mark(secret, purpose, one): one for some in seen for one in [(some.consents or {}).get(purpose)]
        }
        if after.get(name) in held_marks:
            held_then = held_marks[after[name]]
            held_there = parting.consent(purpose, held_then)
            if held_there != held_then:
                is_own = held_there == parting.own.consents.get(purpose)
                after[name] = consent_mark(secret, purpose, held if is_own else held_there)
        if after.get(name) == consent_mark(secret, purpose, held):
            del after[name], consents[purpose]
    beside = [name for name in _LAYOUT.beside if (fields if name in fields else now.after.fields).get(name) is not None]
    has_beside = was.has_beside and (parting.own.has_beside or bool(beside))
    if parting.objects:
        after.pop(OBJECTS, None)
    by, objects = None if was.by in parting.numbers else was.by, was.objects or parting.objects
    return Before(fields, has_beside, consents, objects, after, by)


def _of_other(did: Before, secret: str, parting: Parting, now: Now) -> Before | None:
    """What an import did to the other too: it took back a consent, or wrote an objection; None for nothing."""
    consents: dict[Purpose, Held | None] = {}
    after: dict[str, str] = {}
    for purpose in did.consents or ():
        there, was = now.other.get(purpose), parting.other.consents.get(purpose)
        if there != was and did.after.get(consent_name(purpose)) == consent_mark(
            secret, purpose, now.before.consents.get(purpose)
        ):
            consents[purpose], after[consent_name(purpose)] = was, consent_mark(secret, purpose, there)
    objects = now.objects is None or did.after.get(OBJECTS) != field_mark(secret, OBJECTS, now.objects)
    if not objects:
        after[OBJECTS] = field_mark(secret, OBJECTS, now.objects)
    return Before({}, consents=consents, objects=objects, after=after) if after else None


def _fields_back(was: Before, secret: str, parting: Parting, now: Now) -> tuple[dict[str, Any], dict[str, str]]:
    """What the fields of an import were of the one who stays, with those of one side with them; and all marks."""
    fields, after = dict(was.fields), dict(was.after)
    for name, value in was.fields.items():
        if after.get(name) == GONE:
            continue
        fields[name] = parting.field(name, value)
        main = FOLLOWS.get(name, name)
        for one in (main, *_followers(main)) if fields[name] != value else ():
            if one not in was.fields and parting.own.fields.get(one) != now.after.fields.get(one):
                fields[one] = parting.own.fields.get(one)
                after[one] = field_mark(secret, one, now.after.fields.get(one))
    return fields, after


def _followers(main: str) -> list[str]:
    return [name for name, of in FOLLOWS.items() if of == main]


def _items(name: str, value: Any) -> list[Any]:
    """What a stored list holds; sets in the order of their members."""
    codec = _LAYOUT.fields[name]
    assert codec.decode is not None  # noqa: S101 - sets and lists are decoded
    return [*cast("Iterable[Any]", (value is not None and codec.decode(value)) or ())]
