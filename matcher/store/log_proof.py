"""The proof of the log: every seal, its beginning and its end, and whom each entry is stored with.

Each row of `audit_people` must fit a commitment of its entry, so that none can be led to someone else. A commitment
without a row is one of an erased alumnus: there must be as many as the entries of erasures say that they took.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, Connection, RowMapping, select

from matcher.repositories.values import Verdict
from matcher.store import schema
from matcher.store.commitments import NO_ONE, commitments_in, people_in, refused_in
from matcher.store.log_head import START, Head, read_head
from matcher.store.revisions import ERASURE, REFERENCES
from matcher.store.seals import digest, schools_of

_FORGET = "log.forget"
_PART = 1000


class LogProof:
    """One verification, of one state of the data."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._head = read_head(connection)
        self._gone = -_carried(connection)
        """References to alumni who are gone, so far, beyond those that erasures say they took."""
        self._first_gone: int | None = None
        """The first entry that has one."""

    def verdict(self, known: tuple[int, str] | None = None) -> Verdict:
        """The first thing that is not as it was written. `known`: number and digest of an entry, kept elsewhere."""
        verdict = self._chain()
        for found in (self._end, self._known):
            if verdict.wrong is None:
                verdict = found(verdict, known)
        return verdict

    def _chain(self) -> Verdict:
        """Every seal, the beginning, and whom each entry is stored with."""
        count, number, last = 0, 0, START
        begins: tuple[int, str] | None = None
        forgotten = [(1, START)]
        beside: Verdict | None = None
        for part in self._parts():
            for row in part:
                following = count == 0 or (row["previous"] == last and row["id"] == number + 1)
                if not following or digest(row["previous"], row) != row["digest"]:
                    return Verdict(count, number, last, row["id"], "entry")
                begins = begins or (row["id"], row["previous"])
                if row["action"] == _FORGET:
                    removal = json.loads(row["details"])
                    forgotten.append((removal["first"], removal["seal"]))
                count, number, last = count + 1, row["id"], row["digest"]
            beside = beside or self._beside(part)
        whole = Verdict(count, number, last, None, None)
        if begins is not None and begins not in forgotten:
            return replace(whole, wrong=begins[0], problem="beginning")
        if begins is not None and beside is None and self._gone:
            return replace(whole, wrong=self._first_gone or begins[0], problem="people")
        return whole if beside is None else replace(whole, wrong=beside.wrong, problem=beside.problem)

    def _parts(self) -> Iterator[Sequence[RowMapping]]:
        table, after = schema.audit, -1
        while rows := self._connection.execute(
            select(table).where(table.c.id > after).order_by(table.c.id).limit(_PART)
        ).mappings().all():  # fmt: skip
            yield rows
            after = rows[-1]["id"]

    def _beside(self, rows: Sequence[RowMapping]) -> Verdict | None:
        """The first entry that is stored with other alumni or schools than those that it names; None if none is.

        The schools of alumni who were erased, and entries of before schools were stored, are beyond this.
        """
        people = people_in(self._connection, [row["id"] for row in rows])
        refused = refused_in(self._connection, rows)
        schools = self._schools(rows)
        school_of = dict(schools_of(self._connection, {key for named in people.values() for key in named.alumni}))
        since = 0 if self._head is None else self._head.since
        for row in rows:
            number, named, hidden = row["id"], people.get(row["id"], NO_ONE), refused.get(row["id"], {})
            written = commitments_in(row["details"])
            unfit = (named.needed | hidden.keys()) - written
            if unfit or not self._accounts(row, len(written - named.keys.keys() - hidden.keys())):
                return Verdict(0, number, "", number, "people")
            nowhere = number > since and row["school"] is None and not schools[number]
            if nowhere or {school_of[key] for key in named.alumni} - schools[number]:
                return Verdict(0, number, "", number, "schools")
        return None

    def _accounts(self, row: RowMapping, gone: int) -> bool:
        """Counts the references of an entry to alumni who are gone; False if more were taken than there were."""
        if gone and self._gone == 0:
            self._first_gone = row["id"]
        self._gone += gone
        if row["action"] == ERASURE:
            self._gone -= json.loads(row["details"]).get(REFERENCES, 0)
        return self._gone >= 0

    def _schools(self, rows: Sequence[RowMapping]) -> defaultdict[int, set[str]]:
        table, schools = schema.audit_schools, defaultdict[int, set[str]](set)
        between = table.c.entry.between(rows[0]["id"], rows[-1]["id"])
        for row in self._connection.execute(select(table).where(between)):
            schools[row.entry].add(row.school)
        return schools

    def _end(self, verdict: Verdict, _: object) -> Verdict:
        """Whether the log ends where it ended, by the head that is stored apart from it."""
        head: Head | None = self._head
        if head is None:
            return replace(verdict, wrong=verdict.number + 1, problem="head")
        if verdict.number != head.number:
            return replace(verdict, wrong=min(verdict.number, head.number) + 1, problem="end")
        return verdict if verdict.last == head.digest else replace(verdict, wrong=verdict.number, problem="end")

    def _known(self, verdict: Verdict, known: tuple[int, str] | None) -> Verdict:
        """Whether the entry that was written down elsewhere is there, unless it has been removed for its age."""
        if known is None:
            return verdict
        number, begins_with = known
        table = schema.audit
        stored = self._connection.execute(select(table.c.digest).where(table.c.id == number)).scalar()
        first = verdict.number - verdict.entries + 1
        fits = number < first if stored is None else stored.startswith(begins_with)
        return verdict if fits else replace(verdict, wrong=number, problem="known")


def gone_before(connection: Connection, *old: ColumnElement[bool]) -> int:
    """What has to be expected once these entries, the oldest, are removed: a number for their `log.forget`.

    References to alumni whom erasures in removed entries took, less those that are removed themselves; never above 0,
    since an erasure takes from entries before it.
    """
    table, after = schema.audit, -1
    columns = select(table.c.id, table.c.action, table.c.details).where(*old).order_by(table.c.id).limit(_PART)
    balance = _carried(connection)
    while rows := connection.execute(columns.where(table.c.id > after)).mappings().all():
        people, refused = people_in(connection, [row["id"] for row in rows]), refused_in(connection, rows)
        for row in rows:
            known = people.get(row["id"], NO_ONE).keys.keys() | refused.get(row["id"], {}).keys()
            balance -= len(commitments_in(row["details"]) - known)
            if row["action"] == ERASURE:
                balance += json.loads(row["details"]).get(REFERENCES, 0)
        after = rows[-1]["id"]
    return balance


def _carried(connection: Connection) -> int:
    """What the newest entry about removed entries says has to be expected; 0 where there is none, or it is broken."""
    table = schema.audit
    newest = select(table.c.details).where(table.c.action == _FORGET).order_by(table.c.id.desc()).limit(1)
    try:
        return int(json.loads(connection.execute(newest).scalar() or "{}").get(REFERENCES, 0))
    except (ValueError, AttributeError, TypeError):
        return 0  # its seal will not fit
