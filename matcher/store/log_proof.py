"""The proof of the log: every seal, its beginning and its end, and whom each entry is stored with.

Each row of `audit_people` must fit a commitment of its entry, so that none can be led to someone else. A commitment
without a row is one of an erased alumnus: there must be as many as the entries of erasures say that they took.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from matcher.repositories.values import Verdict
from matcher.store import schema
from matcher.store.commitments import NO_ONE, commitments_in, people_in, refused_in
from matcher.store.log_head import START, Head, read_head
from matcher.store.revisions import ERASURE, REFERENCES, UNDO
from matcher.store.seals import digest, schools_of

_FORGET = "log.forget"
TAKING = (ERASURE, UNDO)
"""Entries that say how many references to alumni they took: of one erased, and of those that an undo removed."""
_PART = 1000


class LogProof:
    """One verification, of one state of the data; `before`: of the entries below this number."""

    def __init__(self, connection: Connection, before: int | None = None) -> None:
        self._connection = connection
        self._only = [] if before is None else [schema.audit.c.id < before]
        self._head = read_head(connection)
        removal = _newest_removal(connection)
        self._begins = (removal.get("first", 1), removal.get("seal", START))
        carried = removal.get(REFERENCES, 0)
        self.gone: int | None = None if carried is None else -carried
        """References to alumni who are gone, so far, beyond those that erasures say they took; None if that is lost."""
        self._first_gone: int | None = None
        """The first entry that has one."""

    def verdict(self, known: tuple[int, str] | None = None) -> Verdict:
        """The first thing that is not as it was written. `known`: number and digest of an entry, kept elsewhere."""
        verdict = self.chain()
        for found in (self._balance, self._end, self._known):
            if verdict.wrong is None:
                verdict = found(verdict, known)
        return verdict

    def chain(self) -> Verdict:
        """Every seal, the beginning, and whom each entry is stored with."""
        count, number, last = 0, 0, START
        begins: tuple[int, str] | None = None
        beside: Verdict | None = None
        for part in self._parts():
            for row in part:
                following = count == 0 or (row["previous"] == last and row["id"] == number + 1)
                if not following or digest(row["previous"], row) != row["digest"]:
                    return Verdict(count, number, last, row["id"], "entry")
                begins = begins or (row["id"], row["previous"])
                count, number, last = count + 1, row["id"], row["digest"]
            beside = beside or self._beside(part)
        whole = Verdict(count, number, last, None, None)
        if begins is not None and begins != self._begins:
            return replace(whole, wrong=begins[0], problem="beginning")
        return whole if beside is None else replace(whole, wrong=beside.wrong, problem=beside.problem)

    def _parts(self) -> Iterator[Sequence[RowMapping]]:
        table, after = schema.audit, -1
        while rows := self._connection.execute(
            select(table).where(table.c.id > after, *self._only).order_by(table.c.id).limit(_PART)
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
        keys = {key for named in people.values() for key in named.alumni}
        keys |= {key for hidden in refused.values() for key in hidden.values() if key > 0}
        school_of = dict(schools_of(self._connection, keys))
        since = 0 if self._head is None else self._head.since
        for row in rows:
            number, named, hidden = row["id"], people.get(row["id"], NO_ONE), refused.get(row["id"], {})
            written = commitments_in(row["details"])
            unfit = (named.needed | hidden.keys()) - written
            unknown = {*named.alumni, *(key for key in hidden.values() if key > 0)} - school_of.keys()
            if unfit or unknown or not self._accounts(row, len(written - named.keys.keys() - hidden.keys())):
                return Verdict(0, number, "", number, "people")
            nowhere = number > since and row["school"] is None and not schools[number]
            if nowhere or {school_of[key] for key in named.alumni} - schools[number]:
                return Verdict(0, number, "", number, "schools")
        return None

    def _accounts(self, row: RowMapping, gone: int) -> bool:
        """Counts the references of an entry to alumni who are gone; False if more were taken than there were."""
        if self.gone is None:
            return True
        if gone and self.gone == 0:
            self._first_gone = row["id"]
        self.gone += gone
        if row["action"] in TAKING:
            self.gone -= int(json.loads(row["details"]).get(REFERENCES, 0))
        return self.gone >= 0

    def _schools(self, rows: Sequence[RowMapping]) -> defaultdict[int, set[str]]:
        table, schools = schema.audit_schools, defaultdict[int, set[str]](set)
        between = table.c.entry.between(rows[0]["id"], rows[-1]["id"])
        for row in self._connection.execute(select(table).where(between)):
            schools[row.entry].add(row.school)
        return schools

    def _balance(self, verdict: Verdict, _: object) -> Verdict:
        """Whether all references to alumni who are gone are those that erasures took."""
        if self.gone == 0:
            return verdict
        return replace(verdict, wrong=self._first_gone or self._begins[0], problem="people")

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


def references_before(connection: Connection, first: int, previous: str) -> int | None:
    """What has to be expected once the entries before the `first` are removed: a number for their `log.forget`.

    References to alumni whom erasures among them took, less those that are removed with them; never above 0, since an
    erasure takes from entries before it. None if they are not as they were written and an erasure remains: it took from
    them no one knows how many, and what that hides may not be counted as taken.
    """
    proof, table = LogProof(connection, first), schema.audit
    verdict = proof.chain()
    if verdict.wrong is None and (verdict.number + 1, verdict.last) == (first, previous) and proof.gone is not None:
        return -proof.gone
    remaining = select(table.c.id).where(table.c.id >= first, table.c.action.in_(TAKING)).limit(1)
    return 0 if connection.execute(remaining).first() is None else None


def _newest_removal(connection: Connection) -> dict[str, Any]:
    """What the newest entry about removed entries says; nothing where there is none, or it is broken."""
    table = schema.audit
    newest = select(table.c.details).where(table.c.action == _FORGET).order_by(table.c.id.desc()).limit(1)
    try:
        removal: dict[str, Any] = json.loads(connection.execute(newest).scalar() or "{}")
        return {"first": int(removal["first"]), "seal": str(removal["seal"]), REFERENCES: removal.get(REFERENCES, 0)}
    except (ValueError, KeyError, TypeError):
        return {}  # its seal will not fit
