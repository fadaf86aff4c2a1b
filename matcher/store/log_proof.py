"""The proof of the log: every seal, its beginning and its end, and whom each entry is stored with."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlalchemy import Connection, RowMapping, select

from matcher.repositories.values import Verdict
from matcher.store import schema
from matcher.store.log_head import START, Head, read_head
from matcher.store.seals import digest, numbers_in, schools_of

_PART = 1000
_ALUMNUS = "alumnus"


class LogProof:
    """One verification, of one state of the data."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._head = read_head(connection)

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
                if row["action"] == "log.forget":
                    removal = json.loads(row["details"])
                    forgotten.append((removal["first"], removal["seal"]))
                count, number, last = count + 1, row["id"], row["digest"]
            beside = beside or self._beside(part)
        whole = Verdict(count, number, last, None, None)
        if begins is not None and begins not in forgotten:
            return replace(whole, wrong=begins[0], problem="beginning")
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

        Alumni who were erased, and entries of before their schools were stored, are beyond this.
        """
        people, schools = self._stored_with(rows)
        named = {row["id"]: set(numbers_in(json.loads(row["details"]))) for row in rows}
        school_of = dict(schools_of(self._connection, set().union(*named.values())))
        since = 0 if self._head is None else self._head.since
        for row in rows:
            number = row["id"]
            alumni = named[number] & school_of.keys()
            further = people[number] - named[number]
            if alumni - people[number] or len(further) > (row["role"] == _ALUMNUS):  # an alumnus who asks is one more
                return Verdict(0, number, "", number, "people")
            nowhere = number > since and row["school"] is None and not schools[number]
            if nowhere or {school_of[key] for key in alumni} - schools[number]:
                return Verdict(0, number, "", number, "schools")
        return None

    def _stored_with(self, rows: Sequence[RowMapping]) -> tuple[defaultdict[int, set[int]], defaultdict[int, set[str]]]:
        people, schools = defaultdict[int, set[int]](set), defaultdict[int, set[str]](set)
        first, last = rows[0]["id"], rows[-1]["id"]
        for row in self._connection.execute(
            select(schema.audit_people).where(schema.audit_people.c.entry.between(first, last))
        ):
            people[row.entry].add(row.alumnus_key)
        for row in self._connection.execute(
            select(schema.audit_schools).where(schema.audit_schools.c.entry.between(first, last))
        ):
            schools[row.entry].add(row.school)
        return people, schools

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
