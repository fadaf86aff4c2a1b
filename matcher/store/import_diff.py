"""The difference between the rows of an import and the database: what to insert and update. Writes nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from operator import itemgetter
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection, select

from matcher.domain.consent import Withdrawals
from matcher.domain.kinds import Purpose
from matcher.domain.records import RecordKind
from matcher.repositories.values import SameAs, Upsert, UpsertResult
from matcher.store.bulk import each_once
from matcher.store.codecs import LAYOUTS, TEXT, Codec, clean
from matcher.store.consent_rules import Effect, Held, Said, Warning_, imported
from matcher.store.erasure import addresses_of, any_erased, erased, names_of, unnumbered_names_of
from matcher.store.former import renumbered
from matcher.store.keys import new_key
from matcher.store.marks import FOUND_BY, number_key, years_of
from matcher.store.records import chunks
from matcher.store.states import Before, RecordChange, State
from matcher.store.stored_records import StoredRecord, beside_of, consents_of, objections_of, selected
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
    """What an undo needs, where it is kept."""
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
        self._codecs: dict[str, Codec] = {**self._layout.fields, **dict.fromkeys(self._layout.beside, TEXT)}
        self._named_elsewhere = {"key", self._layout.owner, self._layout.id}
        if self._is_alumni:
            self._named_elsewhere |= {"consents", "consent_date", "withdrawals"}
        self._blank: Columns = {name: codec.cleared for name, codec in self._codecs.items()}
        self._effects: dict[Hashable, Effect] = {}
        self._required = [name for name, codec in self._codecs.items() if codec.required]
        self._fields_of = itemgetter(*self._layout.fields)

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
        existing = self._existing(name for name in names if name[1])
        encoded = self._encoded(rows) if self._writes or not self._is_alumni else self._foreseen(rows, names, existing)
        identities = self._identities(rows, encoded, names, existing, alike=alike)
        keys = [record.key for record in existing.values()]
        objecting = self._is_alumni and (self._tracks or any(row.values.get("withdrawals") for row in rows))
        there = _There(
            existing,
            self._erased(rows, names),
            consents_of(self._connection, keys) if self._is_alumni else {},
            objections_of(self._connection, keys) if objecting else {},
        )
        diff = ImportDiff()
        for row, own, owner, name in zip(rows, encoded, owners_given, names, strict=True):
            warnings: list[Warning_] = []
            if owner in respelled:
                respelled.discard(owner)
                warnings.append(("owner_as_known", {"owner": name[0]}))
            identity = identities.get(row.row) or Identity(name)
            if name[1] and name[1] != identity.name[1] and same_but_zeros(name[1], identity.name[1]):
                warnings.append(("zeros_differ", {"id": name[1], "known": identity.name[1]}))
            diff.results.append(self._row(diff, _Item(row, own, identity, warnings), there))
        diff.inserts.sort(key=lambda values: cast("int", values["key"]))
        return diff

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
                diff.changes.append(self._change(key, record, (values, changes), _Consented(held, since, effect)))
        cleared = tuple(field for field, value in changes.items() if value == self._blank[field]) if changes else ()
        found = (outcome, tuple(warnings), name[1], effect.withdrawn, cleared, identity.same_as)
        return UpsertResult(row.row, *found)

    def _known(self, item: _Item, record: StoredRecord | None, there: _There) -> UpsertResult | None:
        """The result of a row that writes nothing whatever it says: somebody twice, an erased person, a new one."""
        row, encoded, identity, warnings = item
        id_ = identity.name[1]
        if identity.twice_of is not None:
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
        key: int, record: StoredRecord | None, values: tuple[Columns, Columns], consented: _Consented
    ) -> RecordChange:
        """What an undo of this row needs."""
        (fields, changes), (held, since, effect) = values, consented
        after = State(
            fields, frozenset() if record is None else record.stated, {**held, **effect.changed},
            effect.objects_since or since,
        )  # fmt: skip
        if record is None:
            return RecordChange(key, None, after)
        before = Before(
            {field: record.fields[field] for field in changes},
            has_beside=record.has_beside,
            consents={purpose: held.get(purpose) for purpose in effect.changed},
            objects=since is not None,
        )
        return RecordChange(key, before, after)

    def _identities(
        self,
        rows: Sequence[Upsert],
        encoded: Sequence[Columns],
        names: Sequence[tuple[str, str]],
        existing: dict[tuple[str, str], StoredRecord],
        *,
        alike: bool,
    ) -> dict[int, Identity]:
        """By row, who those are about that name no record that is there; adds those who are there to `existing`."""
        new = [
            (row, values, name) for row, values, name in zip(rows, encoded, names, strict=True) if name not in existing
        ]
        unnamed = [(row.row, values, name) for row, values, name in new if not name[1]]
        if self._is_alumni:
            taken = {name: row.row for row, name in zip(rows, names, strict=True) if name in existing}
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
        if "email" in self._codecs:
            by_row = {row.row: _names(row, name) for row, name in zip(rows, names, strict=True)}
        else:
            by_row = {row.row: addresses_of(_text(row, "requester")) for row in rows}
        known = set(erased(self._connection, [name for row_names in by_row.values() for name in row_names]).values())
        return {row for row, row_names in by_row.items() if not known.isdisjoint(row_names)} if known else set()

    def _existing(self, names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], StoredRecord]:
        columns, sought = self._layout.table.c, set(names)
        records: dict[tuple[str, str], StoredRecord] = {}
        # sorted by owner, so that a query is about few owners: it also matches ids of one owner at another
        for part in chunks(sorted(sought)):
            owners, ids = {owner for owner, _ in part}, {id_ for _, id_ in part}
            where = (columns[self._layout.owner].in_(owners), columns[self._layout.id].in_(ids))
            found = selected(self._connection, self._kind, *where)
            records.update(((one.owner, one.id), one) for one in found if (one.owner, one.id) in sought)
        return records

    def _encoded(self, rows: Sequence[Upsert]) -> list[Columns]:
        """The fields of each row in stored form: by column, each value that rows share once."""
        encoded: list[Columns] = [{} for _ in rows]
        shapes: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for place, row in enumerate(rows):
            shapes[tuple(row.values)].append(place)
        for shape, places in shapes.items():
            columns = zip(*(rows[place].values.values() for place in places), strict=True)
            stored = {name: self._column(name, values) for name, values in zip(shape, columns, strict=False)}
            names = [name for name in shape if name in self._codecs]
            if self._is_alumni and "postcode" in stored and "pc4" not in stored:
                names.append("pc4")
                stored["pc4"] = [code[:4] if code else None for code in stored["postcode"]]
            missing = [name for name in names if self._codecs[name].required and None in stored[name]]
            if missing:
                msg = f"required fields cleared: {missing}"
                raise ValueError(msg)
            for place, values in zip(places, zip(*(stored[name] for name in names), strict=True), strict=False):
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

    def _column(self, name: str, values: Sequence[Any]) -> list[Any]:
        """The values of one field in stored form; none for a field that is not stored as one."""
        codec = self._codecs.get(name)
        if codec is None:
            if name not in self._named_elsewhere:
                msg = f"unknown field {name!r}"
                raise ValueError(msg)
            return []
        if codec.encode is clean and _is_clean(values):
            return list(values) if codec.cleared is None else [codec.cleared if v is None else v for v in values]
        return each_once(codec.encode, values, codec.cleared)

    def _create(self, diff: ImportDiff, key: int, identity: Identity, encoded: Columns) -> Columns:
        if not self._writes:
            return encoded
        missing = [field for field in self._required if field not in encoded]
        if missing:
            msg = f"required fields absent: {missing}"
            raise ValueError(msg)
        values = {**self._blank, **encoded}
        layout, name = self._layout, identity.name
        row = {"key": key, layout.owner: name[0], layout.id: name[1]}
        if self._is_alumni:
            row["number_key"] = number_key(name[1])
        row.update(zip(layout.fields, self._fields_of(values), strict=True))
        diff.inserts.append(row)
        if any(values[field] is not None for field in layout.beside):
            diff.beside_inserts.append(self._beside(key, values))
        return values

    def _update(self, diff: ImportDiff, record: StoredRecord, encoded: Columns) -> tuple[Columns, list[Warning_]]:
        """The fields that a record changes, in stored form, and warnings."""
        changes = {name: value for name, value in encoded.items() if record.fields[name] != value}
        warnings: list[Warning_] = []
        if changes and record.stated:
            # the four digits follow the postcode, so a stated postcode holds both
            stated_as = {name: "postcode" if name == "pc4" else name for name in changes}
            stated = {shown: None for shown in stated_as.values() if shown in record.stated}
            warnings = [("kept_stated", {"field": shown}) for shown in stated]
            changes = {name: value for name, value in changes.items() if stated_as[name] not in stated}
        values = {**record.fields, **changes}
        layout = self._layout
        if changes.keys() & layout.fields.keys():
            diff.updates.append({"the_key": record.key, **{field: values[field] for field in layout.fields}})
        if changes.keys() & layout.beside.keys():
            if "email" in changes and record.fields["email"]:
                diff.former_addresses[record.key] = record.fields["email"]
            rows = diff.beside_updates if record.has_beside else diff.beside_inserts
            rows.append(self._beside(record.key, values))
        return changes, warnings

    def _beside(self, key: int, values: Columns) -> Columns:
        return {self._layout.beside_key: key, **beside_of(self._kind, values)}

    def _consented(self, row: Upsert, held: Mapping[Purpose, Held], *, objects: bool) -> Effect:
        """What a row does to the consents of an alumnus: worked out once for rows that say the same of the same."""
        values = cast("Mapping[str, Any]", row.values)
        named = (values["consents"] or frozenset()) if "consents" in values else None
        on, withdrawals = values.get("consent_date"), values.get("withdrawals")
        same = None if withdrawals else (named, on, row.may_withdraw, objects, tuple(held.items()))
        effect = self._effects.get(same)
        if effect is None:
            said = Said(named, on, withdrawals or Withdrawals())
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


def _names(row: Upsert, name: tuple[str, str]) -> Sequence[str]:
    """What an erased person is recognised by: in a row without a number by all that such a row is about someone by."""
    known = names_of(*name, _text(row, "email"))
    if name[1]:
        return known
    contact = {field: _text(row, field) for field in FOUND_BY}
    qualifications = row.values.get("qualifications")
    alone = not (contact["email"] or contact["phone"] or years_of(qualifications))
    return [*known, *unnumbered_names_of(name[0], contact, qualifications, alone=alone)]


def _is_clean(values: Iterable[Any]) -> bool:
    """Whether `clean` would leave all of these texts as they are."""
    joined = "".join([value for value in values if value is not None])
    if "\0" in joined:
        return False
    with suppress(UnicodeEncodeError):
        joined.encode()
        return True
    return False


def _text(row: Upsert, field: str) -> str | None:
    """A text in a row, such as its e-mail address, if there is one."""
    value = row.values.get(field)
    return clean(value) if isinstance(value, str) else None
