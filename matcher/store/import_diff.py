"""The difference between the rows of an import and the database: what to insert and update. Writes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import itemgetter
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection, select

from matcher.domain.kinds import Purpose
from matcher.domain.own_fields import own_key, own_name
from matcher.domain.records import RecordKind
from matcher.repositories.values import SameAs, Upsert, UpsertResult
from matcher.store.codecs import LAYOUTS, clean
from matcher.store.columns import Encoder, by_row
from matcher.store.consent_rules import Effect, Held, Warning_, imported, said_of, says_the_same
from matcher.store.erasure import addresses_of, any_erased, erased, names_of, unnumbered_names_of
from matcher.store.former import renumbered
from matcher.store.keys import new_key
from matcher.store.marks import FOUND_BY, number_key, years_of
from matcher.store.new_records import NewRecords, new_records
from matcher.store.own_fields import PREFIX, definitions, own_part
from matcher.store.records import chunks
from matcher.store.states import Before, RecordChange, State
from matcher.store.stored_records import Stored, StoredRecord, beside_of, consents_of, objections_of, stated_by
from matcher.store.unchanged import can_tell, unchanged
from matcher.store.who import Identity, People, Titled, has_number_like, same_but_zeros
from matcher.text import id_key

Columns = dict[str, Any]


@dataclass(slots=True)
class ImportDiff:
    """Rows to write, per table, and the result of each row of the import."""

    results: list[UpsertResult] = field(default_factory=list)
    inserts: list[Columns] = field(default_factory=list)
    updates: list[Columns] = field(default_factory=list)
    beside_inserts: list[Columns] = field(default_factory=list)
    beside_updates: list[Columns] = field(default_factory=list)
    consent_inserts: list[Columns] = field(default_factory=list)
    consent_updates: list[Columns] = field(default_factory=list)
    objections: list[Columns] = field(default_factory=list)
    keys: list[int] = field(default_factory=list)
    """The random keys of the records that change."""
    changes: list[RecordChange] = field(default_factory=list)
    """What an undo needs, where it is kept; of those below it is their digests."""
    new: NewRecords | None = None
    """New records that come of rows of their own, which are not among the inserts above."""
    own: dict[int, dict[int, str | None]] = field(default_factory=dict)
    """Of alumni, by random key, the values of own fields that change, by key of the field; None for none."""
    former_addresses: dict[int, str] = field(default_factory=dict)
    """The address that an alumnus (by random key) no longer has."""

    @property
    def changed(self) -> int:
        """The number of rows of the import that change something."""
        return len(self.keys)


class _There(NamedTuple):
    """What is there of the records of the rows: by name, erased (by row), and by random key."""

    records: Mapping[tuple[str, str], StoredRecord]
    barred: set[int]
    consents: Mapping[int, Mapping[Purpose, Held]]
    objections: Mapping[int, date]


class _Rows(NamedTuple):
    """Rows, the name of each, and warnings so far."""

    rows: Sequence[Upsert]
    names: Sequence[tuple[str, str]]
    warned: Sequence[list[Warning_]]


class _Item(NamedTuple):
    """A row, its fields in stored form, who it is about, and warnings so far."""

    row: Upsert
    encoded: Columns
    identity: Identity
    warnings: list[Warning_]


class _Consented(NamedTuple):
    """The consents and objection of an alumnus before a row, and what the row does to them."""

    held: Mapping[Purpose, Held]
    since: date | None
    effect: Effect


_NONE_HELD: Mapping[Purpose, Held] = {}
_NO_EFFECT = Effect()


class Planner:
    """Computes the difference for one kind of record, on one connection. `tracks`: also what an undo needs.

    Without `writes` the results alone count: of new records no rows are made.
    """

    def __init__(
        self, connection: Connection, kind: RecordKind, today: date, *, tracks: bool = False, writes: bool = True
    ) -> None:
        self._tracks = tracks
        self._writes = writes
        self._connection = connection
        self._kind = kind
        self._layout = LAYOUTS[kind]
        self._is_alumni = kind is RecordKind.ALUMNI
        self._today = today
        self._encoder = Encoder(kind)
        self._stored = Stored(kind)
        self._blank: Columns = self._encoder.blank
        self._effects: dict[Hashable, Effect] = {}
        self._fields_of = itemgetter(*self._layout.fields)
        self._own_names: dict[str, str] = {}
        """By stored name of an own field, the name that the rows give it."""

    def plan(self, rows: Sequence[Upsert], *, alike: bool = True) -> ImportDiff:
        """The changes that the rows make; `alike`: with the records that may be the same person (`same_as`).

        Raises ValueError for a row that the importer should have refused.
        """
        owners_given = [clean(row.owner) for row in rows]
        owners, respelled = self._spellings(owners_given)
        names = [(owners[owner], clean(row.id)) for owner, row in zip(owners_given, rows, strict=True)]
        duplicates = [name for name, times in Counter(names).items() if times > 1 and name[1]]
        if duplicates:
            msg = f"{len(duplicates)} records occur twice in one upsert"
            raise ValueError(msg)
        has_own = self._has_own(rows)
        same = [] if has_own else self._unchanged(rows, names)
        found = self._found(name for name in {*names} - {names[place] for place in same} if name[1])
        warned: list[list[Warning_]] = [[] for _ in rows]
        for place, owner in enumerate(owners_given) if respelled else ():
            if owner in respelled:
                respelled.discard(owner)
                warned[place].append(("owner_as_known", {"owner": owners[owner]}))
        diff = ImportDiff()
        by_itself = [] if has_own else self._by_itself(rows, names, found, frozenset(same), alike=alike)
        if by_itself:
            made = [rows[place] for place in by_itself], [names[place] for place in by_itself]
            diff.new = new_records(self._kind, self._encoder, *made)
            diff.keys += diff.new.keys
        results: list[UpsertResult | None] = [None] * len(rows)
        for place in by_itself:
            results[place] = UpsertResult(rows[place].row, "created", tuple(warned[place]), names[place][1])
        for place in same if has_own else [*same, *self._the_same(rows, names, found)]:
            results[place] = UpsertResult(rows[place].row, "unchanged", tuple(warned[place]), names[place][1])
        left = [place for place, result in enumerate(results) if result is None]
        others = _Rows([rows[place] for place in left], [names[place] for place in left], [warned[p] for p in left])
        existing = {name: self._stored.record(found[name]) for name in others.names if name in found}
        known = found.keys() | {names[place] for place in same}
        taken = {name: row.row for row, name in zip(rows, names, strict=True) if name in known} if left else {}
        further = self._others(diff, others, existing, taken, alike=alike, has_own=has_own)
        for place, result in zip(left, further, strict=True):
            results[place] = result
        diff.results = [result for result in results if result is not None]
        diff.inserts.sort(key=lambda values: cast("int", values["key"]))
        return diff

    def said_twice(self, rows: Sequence[Upsert]) -> list[UpsertResult]:
        """The results of those of all rows of a file that name a merged alumnus for whom another row counts.

        The row with the number of today counts, else the first: whatever rows are written together, and each time.
        """
        if not self._is_alumni:
            return []
        given = [clean(row.owner) for row in rows]
        owners, _ = self._spellings(given)
        names = [(owners[owner], clean(row.id)) for owner, row in zip(given, rows, strict=True)]
        now = renumbered(self._connection, (name for name in names if name[1]))
        today = {*now.values()}
        counts = {name: row.row for name, row in zip(names, rows, strict=True) if name in today} if now else {}
        results = []
        for name, row in zip(names, rows, strict=True) if now else ():
            if name in now and counts.setdefault(now[name], row.row) != row.row:
                results.append(_said_twice(row, now[name][1], counts[now[name]], []))
        return results

    def _by_itself(
        self,
        rows: Sequence[Upsert],
        names: Sequence[tuple[str, str]],
        found: Mapping[tuple[str, str], Any],
        same: Collection[int],
        *,
        alike: bool,
    ) -> list[int]:
        """The places of the rows that make a record whatever is there or stands in the other rows.

        `same`: the places of those that change nothing.
        """
        new = [place for place, name in enumerate(names) if name not in found and place not in same]
        if not self._writes or not new or (self._is_alumni and alike):
            return []
        new_names = [names[place] for place in new]
        if not all(id_ for _, id_ in new_names) or any_erased(self._connection):
            return []
        if self._is_alumni:
            if renumbered(self._connection, new_names) or has_number_like(self._connection, new_names):
                return []
            new = [place for place in new if not rows[place].values.get("withdrawals")]
        return new

    def _has_own(self, rows: Sequence[Upsert]) -> bool:
        """Whether any row has own fields of a school, which have no columns: such rows are taken one by one."""
        names = set[str]().union(*(row.values for row in rows)) if self._is_alumni else set[str]()
        return any(name.startswith(PREFIX) for name in names)

    def _unchanged(self, rows: Sequence[Upsert], names: Sequence[tuple[str, str]]) -> list[int]:
        """The places of rows that say of an alumnus just what is there, as far as that is told quickly."""
        tells = self._is_alumni and can_tell(self._connection)
        return unchanged(self._connection, self._encoder, rows, names) if tells else []

    def _the_same(
        self, rows: Sequence[Upsert], names: Sequence[tuple[str, str]], found: Mapping[tuple[str, str], Sequence[Any]]
    ) -> list[int]:
        """The places of rows that say of an alumnus just what is there: quick, for a list that comes again."""
        if not self._is_alumni or not found:
            return []
        places = [
            place for place, name in enumerate(names) if name in found and not rows[place].values.get("withdrawals")
        ]
        stored, equal = self._stored, []
        for some, columns in self._encoder.by_shape([rows[place] for place in places]):
            taken = stored.getter(columns)
            own = by_row(list(columns.values()), len(some))
            equal += [
                places[one] for one, values in zip(some, own, strict=True) if taken(found[names[places[one]]]) == values
            ]
        held = consents_of(self._connection, [found[names[place]][0] for place in equal])
        return [
            place
            for place in equal
            if "consents" not in rows[place].values
            or says_the_same(held.get(found[names[place]][0], _NONE_HELD), said_of(rows[place]))
        ]

    def _others(
        self,
        diff: ImportDiff,
        those: _Rows,
        existing: dict[tuple[str, str], StoredRecord],
        taken: dict[tuple[str, str], int],
        *,
        alike: bool,
        has_own: bool,
    ) -> list[UpsertResult]:
        """The results of the other rows, whose changes are added to the difference.

        `taken`: by each record that any row of the call names, the row. `has_own`: whether any row has own fields.
        """
        rows, names, warned = those
        if not rows:
            return []
        encoded = self._encoded(rows) if self._writes or not self._is_alumni else self._foreseen(rows, names, existing)
        identities = self._identities(_Rows(rows, names, warned), encoded, existing, taken, alike=alike)
        if not self._writes and self._is_alumni:
            self._complete(encoded, rows, names, identities, existing)
        keys = [record.key for record in existing.values()]
        objecting = self._is_alumni and (self._tracks or any(row.values.get("withdrawals") for row in rows))
        there = _There(
            existing,
            self._erased(rows, names),
            consents_of(self._connection, keys) if self._is_alumni else {},
            objections_of(self._connection, keys) if objecting else {},
        )
        if has_own:
            fields = definitions(self._connection, {owner for owner, _ in names})
            for row, own, name, warnings in zip(rows, encoded, names, warned, strict=True):
                self._add_own(own, row, name[0], fields, warnings)
        results: list[UpsertResult] = []
        for row, own, name, warnings in zip(rows, encoded, names, warned, strict=True):
            identity = identities.get(row.row) or Identity(name)
            if name[1] and name[1] != identity.name[1] and same_but_zeros(name[1], identity.name[1]):
                warnings.append(("zeros_differ", {"id": name[1], "known": identity.name[1]}))
            results.append(self._row(diff, _Item(row, own, identity, warnings), there))
        return results

    def _row(self, diff: ImportDiff, item: _Item, there: _There) -> UpsertResult:
        """Adds what one row changes to the difference; returns its result."""
        row, encoded, identity, warnings = item
        name = identity.name
        record = there.records.get(name)
        known = self._known(item, record, there)
        if known is not None:
            return known
        changes: Columns = {}
        if record is None:
            key = new_key()
            values = self._create(diff, key, identity, encoded)
        elif encoded.items() <= record.fields.items():
            key, values = record.key, record.fields
        else:
            key = record.key
            changes, further = self._update(diff, record, encoded)
            values = {**record.fields, **changes}
            warnings += further
        held, since, effect = there.consents.get(key, _NONE_HELD), there.objections.get(key), _NO_EFFECT
        if self._is_alumni and ("consents" in row.values or "withdrawals" in row.values):
            effect = self._consented(row, held, objects=since is not None)
            if effect.changed or effect.objects_since is not None:
                self._add_consents(diff, key, held, effect)
            warnings += effect.warnings
        is_changed = bool(changes or effect.changed or effect.objects_since)
        outcome = "created" if record is None else "updated" if is_changed else "unchanged"
        if outcome != "unchanged":
            diff.keys.append(key)
            if self._tracks:
                by = clean(row.id) if row.id and clean(row.id) != name[1] else None
                was = _Consented(held, since, effect)
                diff.changes.append(self._change(key, record, (values, changes), was, by))
        cleared = tuple(field for field, value in changes.items() if value == self._blank.get(field)) if changes else ()
        cleared = tuple(dict.fromkeys(self._own_names.get(field, field) for field in cleared)) if cleared else ()
        found = (outcome, tuple(warnings), name[1], effect.withdrawn, cleared, identity.same_as)
        return UpsertResult(row.row, *found)

    def _known(self, item: _Item, record: StoredRecord | None, there: _There) -> UpsertResult | None:
        """The result of a row that writes nothing whatever it says: somebody twice, an erased person, a new one."""
        row, encoded, identity, warnings = item
        id_ = identity.name[1]
        if identity.twice_of is not None:
            if row.id:  # by the number of before a merge
                return _said_twice(row, id_, identity.twice_of, warnings)
            twice = SameAs(id_, ("name",), identity.twice_of)
            return UpsertResult(row.row, "unchanged", (*warnings, ("same_person_twice", {})), id_, same_as=(twice,))
        if row.row in there.barred and not self._is_alumni:
            encoded["requester"] = None
            warnings.append(("asker_erased_before", {}))
        elif record is None and row.row in there.barred:
            return UpsertResult(row.row, "unchanged", (*warnings, ("erased_before", {})), id_ if row.id else "")
        if record is None and not self._writes and not row.values.get("withdrawals"):
            return UpsertResult(row.row, "created", tuple(warnings), id_, same_as=identity.same_as)
        return None

    @staticmethod
    def _change(
        key: int, record: StoredRecord | None, values: tuple[Columns, Columns], consented: _Consented, by: str | None
    ) -> RecordChange:
        """What an undo of this row needs. `by`: the number in it, where the record has another."""
        (fields, changes), (held, since, effect) = values, consented
        after = State(
            fields, frozenset() if record is None else record.stated, {**held, **effect.changed},
            effect.objects_since or since,
        )  # fmt: skip
        if record is None:
            return RecordChange(key, None, after)
        before = Before(
            {field: record.fields.get(field) for field in changes},
            has_beside=record.has_beside,
            consents={purpose: held.get(purpose) for purpose in effect.changed},
            objects=since is not None,
            by=by,
        )
        return RecordChange(key, before, after)

    def _add_own(
        self,
        encoded: Columns,
        row: Upsert,
        school: str,
        fields: Mapping[tuple[str, str], int],
        warnings: list[Warning_],
    ) -> None:
        """Adds the own fields that a row has to its stored ones.

        A row calls one `own:` and its name. Of one that its school does not have (yet, where nothing is
        written) the value counts as new; in a write it is left out, with a warning.
        """
        for name, value in row.values.items():
            if not name.startswith(PREFIX):
                continue
            key = fields.get((school, own_key(name.removeprefix(PREFIX))))
            text = clean(value) if isinstance(value, str) else None
            if key is not None:
                self._own_names[own_name(key)] = name
                encoded[own_name(key)] = text
            elif text is not None and self._writes:
                warnings.append(("own_field_unknown", {"name": name.removeprefix(PREFIX)}))
            elif text is not None:
                encoded[name] = text

    def _identities(
        self,
        those: _Rows,
        encoded: Sequence[Columns],
        existing: dict[tuple[str, str], StoredRecord],
        taken: dict[tuple[str, str], int],
        *,
        alike: bool,
    ) -> dict[int, Identity]:
        """By row, who those are about that name no record that is there; adds those who are there to `existing`."""
        rows, names, _ = those
        new = [
            (row, values, name) for row, values, name in zip(rows, encoded, names, strict=True) if name not in existing
        ]
        unnamed = [(row.row, values, name) for row, values, name in new if not name[1]]
        if self._is_alumni:
            found = self._under_former_numbers([(row, name) for row, _, name in new], taken) if new else {}
            new = [one for one in new if one[0].row not in found]
            former = {one.name for one in found.values()}
            existing |= self._existing(former - existing.keys())
            if not new or not (alike or unnamed or has_number_like(self._connection, [name for _, _, name in new])):
                return found
            people = People(self._connection, new, taken, self._existing)
            found |= {row.row: people.identify(row, name) for row, _, name in new}
        else:
            if not unnamed:
                return {}
            titled = Titled(self._connection, self._kind, [(values, name) for _, values, name in unnamed])
            found = {number: titled.identify(values, name) for number, values, name in unnamed}
            new = [one for one in new if not one[2][1]]
        existing |= self._existing(
            found[row.row].name for row, _, name in new if not name[1] or found[row.row].name != name
        )
        return found

    def _under_former_numbers(
        self, rows: Sequence[tuple[Upsert, tuple[str, str]]], taken: dict[tuple[str, str], int]
    ) -> dict[int, Identity]:
        """By row, who those are about that name the former number of someone who was merged.

        Where another row is about that person already, this one says it twice: the choices of the merge stay.
        """
        now = renumbered(self._connection, (name for _, name in rows if name[1]))
        found: dict[int, Identity] = {}
        for row, name in rows:
            if (today := now.get(name)) is not None:
                found[row.row] = Identity(today, (), taken.get(today))
                taken.setdefault(today, row.row)
        return found

    def _spellings(self, owners: Sequence[str]) -> tuple[dict[str, str], set[str]]:
        """Each owner in its known spelling, and the owners respelled by that: `ROC Noord` and `roc noord` are one."""
        known: set[str] = set()
        by_key: dict[str, str] = {}
        for layout in LAYOUTS.values():  # the school of a request is spelled as that of the alumni
            if layout.owner == self._layout.owner:
                existing = set(self._connection.execute(select(layout.table.c[layout.owner]).distinct()).scalars())
                known |= existing
                by_key = {id_key(owner): owner for owner in sorted(existing, reverse=True)} | by_key
        spellings = {
            owner: owner if owner in known or not owner else by_key.setdefault(id_key(owner), owner)
            for owner in dict.fromkeys(owners)
        }
        return spellings, {owner for owner, spelling in spellings.items() if owner != spelling}

    def _erased(self, rows: Sequence[Upsert], names: Sequence[tuple[str, str]]) -> set[int]:
        """The rows of erased people, recognised by id or address; for requests, those with an erased requester."""
        if not any_erased(self._connection):
            return set()
        if self._is_alumni:
            by_row = {row.row: _names(row, name) for row, name in zip(rows, names, strict=True)}
        else:
            by_row = {row.row: addresses_of(_text(row, "requester")) for row in rows}
        known = set(erased(self._connection, [name for row_names in by_row.values() for name in row_names]).values())
        return {row for row, row_names in by_row.items() if not known.isdisjoint(row_names)} if known else set()

    def _found(self, names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Sequence[Any]]:
        """The records with these names, as `Stored` reads them."""
        columns, sought = self._layout.table.c, set(names)
        found: dict[tuple[str, str], Sequence[Any]] = {}
        # sorted by owner, so that a query is about few owners: it also matches ids of one owner at another
        for part in chunks(sorted(sought)):
            owners, ids = {owner for owner, _ in part}, {id_ for _, id_ in part}
            where = (columns[self._layout.owner].in_(owners), columns[self._layout.id].in_(ids))
            for row in self._stored.rows(self._connection, *where):
                name = row[1], row[2]
                if name in sought:
                    found[name] = row
        return found

    def _existing(self, names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], StoredRecord]:
        return {name: self._stored.record(row) for name, row in self._found(names).items()}

    def _encoded(self, rows: Sequence[Upsert]) -> list[Columns]:
        """The fields of each row in stored form."""
        encoded: list[Columns] = [{} for _ in rows]
        for places, stored in self._encoder.by_shape(rows):
            names = list(stored)
            for place, values in zip(places, zip(*stored.values(), strict=True), strict=False):
                encoded[place] = dict(zip(names, values, strict=True))
        return encoded

    def _foreseen(
        self, rows: Sequence[Upsert], names: Sequence[tuple[str, str]], existing: Mapping[tuple[str, str], StoredRecord]
    ) -> list[Columns]:
        """As `_encoded`; of rows that make someone new only by what people are found."""
        there = [place for place, name in enumerate(names) if not name[1] or name in existing]
        whole = dict(zip(there, self._encoded([rows[place] for place in there]), strict=True))
        return [
            whole[place] if place in whole else {field: _text(row, field) for field in FOUND_BY if field in row.values}
            for place, row in enumerate(rows)
        ]

    def _complete(
        self,
        encoded: list[Columns],
        rows: Sequence[Upsert],
        names: Sequence[tuple[str, str]],
        identities: Mapping[int, Identity],
        existing: Mapping[tuple[str, str], StoredRecord],
    ) -> None:
        """Gives rows all their fields that turn out to be about somebody who is there under another number."""
        found = [
            place
            for place, (row, name) in enumerate(zip(rows, names, strict=True))
            if name[1] and (who := identities.get(row.row)) and who.name != name and who.name in existing
        ]
        for place, values in zip(found, self._encoded([rows[place] for place in found]), strict=True):
            encoded[place] = values

    def _create(self, diff: ImportDiff, key: int, identity: Identity, encoded: Columns) -> Columns:
        if not self._writes:
            return encoded
        self._encoder.need(encoded)
        values = {**self._blank, **encoded}
        layout, name = self._layout, identity.name
        row = {"key": key, layout.owner: name[0], layout.id: name[1]}
        if self._is_alumni:
            row["number_key"] = number_key(name[1])
        row.update(zip(layout.fields, self._fields_of(values), strict=True))
        diff.inserts.append(row)
        if any(values[field] is not None for field in layout.beside):
            diff.beside_inserts.append(self._beside(key, values))
        if own := {field: text for field, text in own_part(encoded).items() if text is not None}:
            diff.own[key] = own
        return values

    def _update(self, diff: ImportDiff, record: StoredRecord, encoded: Columns) -> tuple[Columns, list[Warning_]]:
        """The fields that a record changes, in stored form, and warnings."""
        changes = {name: value for name, value in encoded.items() if record.fields.get(name) != value}
        if not changes:  # an own field that both do not have
            return changes, []
        warnings: list[Warning_] = []
        if changes and record.stated:
            stated_as = {name: stated_by(name, record.stated) for name in changes}
            stated = {shown: None for shown in stated_as.values() if shown is not None}
            warnings = [("kept_stated", {"field": self._own_names.get(shown, shown)}) for shown in stated]
            changes = {name: value for name, value in changes.items() if stated_as[name] is None}
        values = {**record.fields, **changes}
        layout = self._layout
        if changes.keys() & layout.fields.keys():
            diff.updates.append({"the_key": record.key, **{field: values[field] for field in layout.fields}})
        if changes.keys() & layout.beside.keys():
            if "email" in changes and record.fields["email"]:
                diff.former_addresses[record.key] = record.fields["email"]
            rows = diff.beside_updates if record.has_beside else diff.beside_inserts
            rows.append(self._beside(record.key, values))
        if own := own_part(changes):
            diff.own[record.key] = own
        return changes, warnings

    def _beside(self, key: int, values: Columns) -> Columns:
        return {self._layout.beside_key: key, **beside_of(self._kind, values)}

    def _consented(self, row: Upsert, held: Mapping[Purpose, Held], *, objects: bool) -> Effect:
        """What a row does to the consents of an alumnus: worked out once for rows that say the same of the same."""
        said = said_of(row)
        same = None if said.withdrawals else (said.named, said.on, row.may_withdraw, objects, tuple(held.items()))
        effect = self._effects.get(same)
        if effect is None:
            effect = imported(held, said, self._today, may_withdraw=row.may_withdraw, objects=objects)
            if same is not None:
                self._effects[same] = effect
        return effect

    @staticmethod
    def _add_consents(diff: ImportDiff, key: int, held: Mapping[Purpose, Held], effect: Effect) -> None:
        if effect.objects_since is not None:
            diff.objections.append({"alumnus_key": key, "since": effect.objects_since})
        for purpose, then in effect.changed.items():
            if purpose in held:
                diff.consent_updates.append({"the_key": key, "the_purpose": purpose.value, **then._asdict()})
            else:
                columns: Columns = {"alumnus_key": key, "purpose": purpose.value}
                columns.update(then._asdict())
                diff.consent_inserts.append(columns)


def _said_twice(row: Upsert, id_: str, counts: int, warnings: Sequence[Warning_]) -> UpsertResult:
    """The result of a row by a number of before a merge, about somebody for whom another row counts."""
    told: Warning_ = ("merged_person_twice", {"id": id_, "other": counts})
    return UpsertResult(row.row, "unchanged", (*warnings, told), id_, same_as=(SameAs(id_, ("number",), counts),))


def _names(row: Upsert, name: tuple[str, str]) -> Sequence[str]:
    """What an erased person is recognised by: in a row without a number by all that such a row is about someone by."""
    known = names_of(*name, _text(row, "email"))
    if name[1]:
        return known
    contact = {field: _text(row, field) for field in FOUND_BY}
    qualifications = row.values.get("qualifications")
    alone = not (contact["email"] or contact["phone"] or years_of(qualifications))
    return [*known, *unnumbered_names_of(name[0], contact, qualifications, alone=alone)]


def _text(row: Upsert, field: str) -> str | None:
    """A text in a row, such as its e-mail address, if there is one."""
    value = row.values.get(field)
    return clean(value) if isinstance(value, str) else None
