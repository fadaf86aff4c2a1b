"""Alumni in sealed entries of the log: commitments instead of keys. The whole log is sealed anew.

The functions and constants of this version stand here, so that a later one of the program changes nothing.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Collection, Iterable, Iterator, KeysView, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AUDIT = sa.table(
    "audit",
    *(sa.column(name, KEY) for name in ("id", "actor")),
    sa.column("at", sa.DateTime()),
    *(sa.column(name, sa.Text()) for name in ("role", "school", "action", "details", "previous", "digest")),
)
PEOPLE, REFUSED = (
    sa.table(
        name,
        *(sa.column(key, KEY) for key in ("alumnus_key", "entry", "account")),
        sa.column("salt", sa.LargeBinary()),
    )
    for name in ("audit_people", "audit_refused")
)
SCHOOLS = sa.table("audit_schools", sa.column("school", sa.Text()), sa.column("entry", KEY))
VALUES = sa.table("installation_values", sa.column("name", sa.Text()), sa.column("value", sa.Text()))
HEAD = VALUES.c.name == "log_head"
REMOVALS = sa.table(
    "removals",
    *(sa.column(name, KEY) for name in ("id", "revision")),
    sa.column("cause", sa.Text()),
    sa.column("removed_at", sa.DateTime()),
    sa.column("in_files", sa.Boolean()),
)
NOBODY, BY = "erased", "by"
COMMITMENT = re.compile(r'"(who:[0-9a-f]{32})"')
HEXADECIMAL = re.compile(r"[0-9a-f]{9,16}")
RANDOM = 1 << 32
OTHERS = frozenset({"account", "token", "mail", "size"})
"""Details with a large number that is no alumnus, and need not be the key of anything that is still there."""
GONE, LISTS = frozenset({"alumnus", "candidate"}), frozenset({"alumni", "shown", "refused"})
"""Details in which 0 is an alumnus who was erased, written by a downgrade; in the latter only where they are lists."""
COUNTED = frozenset({"person.erase", "log.forget"})
"""The actions of entries that count commitments that lead to no one."""
PART = 500
BROKEN = "broken"
Row = sa.RowMapping


def upgrade() -> None:
    op.add_column("audit_people", sa.Column("salt", sa.LargeBinary()))
    op.add_column("audit_people", sa.Column("account", KEY))
    entry = sa.ForeignKey("audit.id", name="fk_audit_refused_entry", ondelete="CASCADE")
    op.create_table(
        "audit_refused",
        sa.Column("alumnus_key", KEY, nullable=False, autoincrement=False),
        sa.Column("entry", KEY, entry, nullable=False, autoincrement=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("alumnus_key", "entry", name="pk_audit_refused"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_audit_refused_entry", "audit_refused", ["entry"])
    connection = op.get_bind()
    keys = _Keys(connection)
    sealed = _Sealed(connection)
    repaired = 0  # rows of alumni whom an entry names that someone had taken away
    for rows in sealed.parts():
        stored = _people(connection, rows)
        people: list[dict[str, Any]] = []
        refused: list[dict[str, Any]] = []
        for row in rows:
            written = keys.written(row, stored.get(row["id"], {}).keys())
            people += written.people
            refused += written.refused
            sealed.write(row, written.details, None if row["role"] == "alumnus" else row["actor"])
        sealed.flush()
        there = [row for row in people if row["key"] in stored.get(row["number"], {})]
        new = [row for row in people if row["key"] not in stored.get(row["number"], {})]
        repaired += sum(row["account_"] is None for row in new)
        _store_people(connection, there, new)
        _store_schools(connection, rows, {(keys.alumni[row["key"]], row["number"]) for row in new})
        if refused:
            connection.execute(REFUSED.insert().values(_VALUES), refused)
    if sealed.changed:
        sealed.finish("log.reseal", {"erased": keys.gone, "repaired": repaired})
        _clean(connection)


def downgrade() -> None:
    """Entries name alumni by their keys again, with the seals of before as far as no one was erased since.

    Who was erased is the number 0, since an earlier version expects numbers, and looks there for whom to forget.
    """
    connection = op.get_bind()
    sealed = _Sealed(connection)
    for rows in sealed.parts():
        stored, hidden = _people(connection, rows), _hidden(connection, rows)
        for row in rows:
            number, refused = row["id"], hidden.get(row["id"], {})
            known: dict[str, object] = {text: f"{key:x}" for text, key in refused.items() if key > 0}
            accounts: dict[str, int] = {}
            for key, (salt, account) in stored.get(number, {}).items():
                known[_commitment(salt or b"", number, key)] = key
                accounts[_commitment(salt or b"", number, key, account or 0)] = account or 0
            details = json.loads(row["details"])
            account = accounts.get(details.pop(BY, ""))
            if row["action"] in COUNTED:  # there are no commitments any more, nor will there be after an upgrade
                details.pop("references", None)
            if isinstance(details.get("refused"), list):
                texts = (str(known.get(one, one)) for one in details["refused"] if refused.get(one, 1) > 0)
                details["refused"] = sorted(texts, key=lambda text: (len(text), text))
            sealed.write(row, _opened(details, known), row["actor"] or account or None)
        sealed.flush()
    sealed.end()
    connection.execute(sa.text("UPDATE revisions SET alumni = NULL WHERE entry IS NOT NULL"))
    op.drop_table("audit_refused")
    op.drop_column("audit_people", "account")
    op.drop_column("audit_people", "salt")


def _opened(value: Any, known: Mapping[str, object]) -> Any:
    match value:
        case dict():
            return {name: _opened(item, known) for name, item in value.items()}
        case list():
            return [_opened(item, known) for item in value]
        case str() if value == NOBODY or COMMITMENT.fullmatch(f'"{value}"'):
            return known.get(value, 0)
        case _:
            return value


class _Written:
    """An entry as it is to be, and the rows that are stored beside it."""

    def __init__(self, details: dict[str, Any]) -> None:
        self.details = details
        self.people: list[dict[str, Any]] = []
        self.refused: list[dict[str, Any]] = []


class _Keys:
    """The keys of everything there is, by which what is no longer there is known."""

    def __init__(self, connection: sa.Connection) -> None:
        def rows(table: str, *names: str) -> Sequence[Any]:
            columns: list[Any] = [sa.column(name) for name in names]
            return connection.execute(sa.select(*columns).select_from(sa.table(table))).all()

        accounts = rows("accounts", "key", "alumnus_key")
        self.alumni: Mapping[int, str] = {row[0]: row[1] for row in rows("alumni", "key", "school")}
        """With the school of each."""
        self.accounts = {row[0]: row[1] for row in accounts if row[1] is not None}
        """Accounts of alumni, with the alumnus of each."""
        self.others = {row[0] for table in ("requests", "offerings", "tokens") for row in rows(table, "key")}
        self.others |= {row[0] for row in accounts}
        self.gone = 0
        """References to alumni who were erased, so far."""

    def written(self, row: Row, stored: KeysView[int]) -> _Written:
        """An entry with commitments; `stored`: the alumni with whom it is stored."""
        number, before = row["id"], json.loads(row["details"])
        named = set(_numbers(before)) & self.alumni.keys()
        hidden = self._refused(before)
        asking = self._asking(row, stored - named) if row["role"] == "alumnus" else None
        about = named if asking is None else named | {asking}
        salts = {key: secrets.token_bytes(16) for key in about | hidden & self.alumni.keys()}
        known = {key: _commitment(salt, number, key) for key, salt in salts.items()}
        may_be_gone = {*GONE, *(name for name in LISTS if isinstance(before.get(name), list))}
        may_be_gone |= {"query"} if before.get("purpose") == "alumnus" else set()
        written = _Written(
            {name: self._committed(value, known, name, name in may_be_gone) for name, value in before.items()}
        )
        if hidden:
            turned_away = {key: _commitment(salts[key], number, key, "refused") for key in hidden & self.alumni.keys()}
            gone = [one for one in written.details["refused"] if one == NOBODY]
            written.details["refused"] = sorted([*gone, *(turned_away.get(key, NOBODY) for key in hidden)])
            self.gone += len(hidden - self.alumni.keys())
        if asking is not None:
            written.details[BY] = _commitment(salts[asking], number, asking, row["actor"] or 0)
        for key, salt in salts.items():
            account = (row["actor"] or 0) if key == asking else None
            values = {"key": key, "number": number, "salt_": salt, "account_": account}
            written.people += [values] if key in about else []
            written.refused += [values] if key in hidden else []
        return written

    @staticmethod
    def _refused(details: Mapping[str, Any]) -> set[int]:
        """The alumni that an entry says were asked for and not opened, who were written as hexadecimal texts."""
        refused = details.get("refused")
        texts = refused if isinstance(refused, list) else []
        return {int(text, 16) for text in texts if isinstance(text, str) and HEXADECIMAL.fullmatch(text)}

    def _asking(self, row: Row, further: Iterable[int]) -> int | None:
        """The alumnus who acted, by the account, or as the one whom the entry is stored with and does not name."""
        actor = None if row["actor"] is None else self.accounts.get(row["actor"])
        return actor if actor is not None else min(further, default=None)

    def _committed(self, value: object, known: Mapping[int, str], name: str, may_be_gone: bool) -> object:
        match value:
            case dict():
                return {key: self._committed(item, known, key, may_be_gone) for key, item in value.items()}
            case list():
                return [self._committed(item, known, name, may_be_gone) for item in value]
            case int() if not isinstance(value, bool):
                if value in known:
                    return known[value]
                if not (value == 0 and may_be_gone) and (value <= RANDOM or name in OTHERS or value in self.others):
                    return value
            case _:
                return value
        self.gone += 1
        return NOBODY


class _Sealed:
    """The log while it is sealed anew, from the first entry; where it was broken, it stays broken."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._before, self._after = "", ""
        self._number = 0
        self._rows: list[dict[str, object]] = []
        self.changed = False
        """Whether there is an entry."""

    def parts(self) -> Iterator[Sequence[Row]]:
        """The entries, the oldest first, some at a time."""
        after = -1
        ordered = sa.select(AUDIT).order_by(AUDIT.c.id).limit(PART)
        while rows := self._connection.execute(ordered.where(AUDIT.c.id > after)).mappings().all():
            yield rows
            after = rows[-1]["id"]

    def write(self, row: Row, details: Mapping[str, Any], actor: int | None) -> None:
        """Seals an entry with these details after the one before it."""
        first = not self.changed
        fits = first or (row["previous"] == self._before and row["id"] == self._number + 1)
        fits = fits and _digest(row["previous"], row) == row["digest"]
        previous = row["previous"] if first else self._after
        new = {**row, "details": _json(details), "actor": actor}
        sealed = _digest(previous, new) if fits else BROKEN
        self._rows.append(
            {"number": row["id"], "details_": new["details"], "actor_": actor, "previous_": previous, "digest_": sealed}
        )
        self._before, self._after, self._number, self.changed = row["digest"], sealed, row["id"], True

    def flush(self) -> None:
        """Stores what was sealed."""
        columns = ("details", "actor", "previous", "digest")
        update = AUDIT.update().where(AUDIT.c.id == sa.bindparam("number"))
        self._connection.execute(update.values({name: sa.bindparam(f"{name}_") for name in columns}), self._rows)
        self._rows = []

    def finish(self, action: str, details: Mapping[str, object]) -> None:
        """Adds an entry that holds the end of before, and makes it the end; none to a log without its end."""
        if not self.end():
            return
        row = {
            "id": self._number + 1,
            "at": datetime.now(UTC).replace(tzinfo=None),
            "actor": None,
            "role": "command_line",
            "school": None,
            "action": action,
            "details": _json({"number": self._number, "seal": self._before, **details}),
            "previous": self._after,
        }
        sealed = _digest(self._after, row)
        self._connection.execute(AUDIT.insert(), {**row, "digest": sealed})
        self._connection.execute(SCHOOLS.insert(), {"school": "", "entry": row["id"]})
        self._head(f"{row['id']} {sealed}")

    def end(self) -> bool:
        """Makes the last entry the end, if it was before: a log that was cut off stays so."""
        number, digest, *_ = [*self._stored().split(" "), ""]
        is_whole = (number, digest) == (str(self._number), self._before)
        if is_whole:
            self._head(f"{self._number} {self._after}")
        return is_whole

    def _stored(self) -> str:
        return self._connection.execute(sa.select(VALUES.c.value).where(HEAD)).scalar() or ""

    def _head(self, value: str) -> None:
        since = self._stored().split(" ")[2]
        self._connection.execute(VALUES.update().where(HEAD).values(value=f"{value} {since}"))


def _people(connection: sa.Connection, rows: Sequence[Row]) -> dict[int, dict[int, tuple[bytes | None, int | None]]]:
    """The alumni with whom these entries are stored, with salt and account."""
    found: dict[int, dict[int, tuple[bytes | None, int | None]]] = {}
    between = PEOPLE.c.entry.between(rows[0]["id"], rows[-1]["id"])
    for row in connection.execute(sa.select(PEOPLE).where(between)):
        found.setdefault(row.entry, {})[row.alumnus_key] = (row.salt, row.account)
    return found


def _hidden(connection: sa.Connection, rows: Sequence[Row]) -> dict[int, dict[str, int]]:
    """The alumni of whom these entries were refused, by commitment; those who are none are below 0."""
    found: dict[int, dict[str, int]] = {}
    columns = sa.select(REFUSED.c.alumnus_key, REFUSED.c.entry, REFUSED.c.salt)
    for key, entry, salt in connection.execute(columns.where(REFUSED.c.entry.between(rows[0]["id"], rows[-1]["id"]))):
        found.setdefault(entry, {})[_commitment(salt, entry, key, "refused")] = key
    return found


_VALUES: Mapping[str, Any] = {
    "alumnus_key": sa.bindparam("key"),
    "entry": sa.bindparam("number"),
    "salt": sa.bindparam("salt_"),
}


def _store_people(
    connection: sa.Connection, there: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]
) -> None:
    """Gives every row its salt, and adds those of alumni who acted before that was stored."""
    this = (PEOPLE.c.alumnus_key == sa.bindparam("key"), PEOPLE.c.entry == sa.bindparam("number"))
    values: dict[str, Any] = {"salt": sa.bindparam("salt_"), "account": sa.bindparam("account_")}
    if there:
        connection.execute(PEOPLE.update().where(*this).values(values), there)
    if new:
        connection.execute(PEOPLE.insert().values({**_VALUES, **values}), new)


def _store_schools(connection: sa.Connection, rows: Sequence[Row], wanted: Collection[tuple[str, int]]) -> None:
    between = SCHOOLS.c.entry.between(rows[0]["id"], rows[-1]["id"])
    known = {tuple(row) for row in connection.execute(sa.select(SCHOOLS.c.school, SCHOOLS.c.entry).where(between))}
    missing = [{"school": school, "entry": entry} for school, entry in sorted(set(wanted) - known)]
    if missing:
        connection.execute(SCHOOLS.insert(), missing)


def _clean(connection: sa.Connection) -> None:
    """Every process cleans its files of the keys that stood in the log, as far as it can (`matcher.store.removals`).

    On PostgreSQL no cleaning writes this table anew, so that is done here: a column of another type takes the rows of
    now into another file, and the planner's statistics of the column go.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("ALTER TABLE audit ALTER details TYPE text USING details || ''"))
    newest = connection.execute(sa.select(sa.func.max(REMOVALS.c.id))).scalar() or 0
    revision_ = connection.execute(sa.text("SELECT max(id) FROM revisions")).scalar() or 0
    row = {"id": newest + 1, "revision": revision_, "cause": "overwrite", "in_files": True}
    connection.execute(REMOVALS.insert(), {**row, "removed_at": datetime.now(UTC).replace(tzinfo=None)})


def _commitment(salt: bytes, entry: int, *parts: object) -> str:
    """Of a key; with the account after it, of an alumnus who acted; with a word, of one who was not opened."""
    said = " ".join(map(str, (entry, *parts)))
    return f"who:{hashlib.sha256(salt + said.encode()).hexdigest()[:32]}"


def _digest(previous: str, row: Mapping[str, Any] | Row) -> str:
    content = [previous, row["id"], row["at"].isoformat(), row["actor"], row["role"], row["school"], row["action"]]
    return hashlib.sha256(json.dumps([*content, row["details"]], ensure_ascii=True).encode()).hexdigest()


def _json(details: Mapping[str, Any]) -> str:
    return json.dumps(details, sort_keys=True, separators=(",", ":"))


def _numbers(value: object) -> Iterator[int]:
    match value:
        case dict():
            for item in value.values():
                yield from _numbers(item)
        case list():
            for item in value:
                yield from _numbers(item)
        case bool():
            return
        case int():
            yield value
