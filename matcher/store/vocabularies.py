"""Vocabularies of skills, and what schools decided about labels."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from matcher.domain.concepts import Decision
from matcher.repositories.values import Changes
from matcher.repositories.vocabularies import KeptVocabulary
from matcher.store import schema
from matcher.store.unit import UnitOfWork

_VOCABULARIES, _CONTENTS = schema.vocabularies, schema.vocabulary_contents
_DECISIONS = schema.skill_decisions
_CAUSE = "vocabulary"


class Vocabularies:
    """Implements `matcher.repositories.vocabularies.Vocabularies`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def in_use(self, at: datetime | None = None) -> list[KeptVocabulary]:
        """Those in use at a moment (UTC), or now; by name."""
        rows = select(_VOCABULARIES).where(*([] if at is None else [_VOCABULARIES.c.since <= at]))
        newest = {row.name: row for row in self._connection.execute(rows.order_by(_VOCABULARIES.c.since))}
        return [
            KeptVocabulary(
                row.name, row.version, row.source, row.licence, row.digest, row.skills, row.occupations, row.since
            )
            for _, row in sorted(newest.items())
            if row.digest
        ]

    def keep(self, vocabulary: KeptVocabulary, content: bytes) -> None:
        """Uses a vocabulary from now on, in place of another of its name. A revision: rankings follow it."""
        self._unit.need_write()
        known = select(_CONTENTS.c.digest).where(_CONTENTS.c.digest == vocabulary.digest)
        if self._connection.execute(known).one_or_none() is None:
            self._connection.execute(_CONTENTS.insert(), {"digest": vocabulary.digest, "content": content})
        self._put(vocabulary)

    def stop(self, name: str) -> bool:
        """Uses the vocabulary of this name no more; False where none is in use."""
        self._unit.need_write()
        if all(one.name != name for one in self.in_use()):
            return False
        self._put(KeptVocabulary(name, "", "", "", "", 0, 0, self._unit.utc))
        return True

    def _put(self, one: KeptVocabulary) -> None:
        now = self._unit.utc
        self._unit.change(_CAUSE, Changes())
        same = (_VOCABULARIES.c.name == one.name, _VOCABULARIES.c.since == now)
        self._connection.execute(_VOCABULARIES.delete().where(*same))
        row = {
            "name": one.name, "since": now, "version": one.version, "source": one.source, "licence": one.licence,
            "digest": one.digest, "skills": one.skills, "occupations": one.occupations,
        }  # fmt: skip
        self._connection.execute(_VOCABULARIES.insert(), row)

    def content(self, digest: str) -> bytes:
        """The content with this digest. Raises KeyError."""
        rows = select(_CONTENTS.c.content).where(_CONTENTS.c.digest == digest)
        content = self._connection.execute(rows).scalar()
        if content is None:
            raise KeyError(digest)
        return bytes(content)

    def decisions(self, at: datetime | None = None) -> list[Decision]:
        """What schools decided, as of a moment (UTC) or now; by school, label and concept."""
        rows = select(_DECISIONS).where(*([] if at is None else [_DECISIONS.c.since <= at]))
        newest = {
            (row.school, row.label, row.uri): row.confirmed
            for row in self._connection.execute(rows.order_by(_DECISIONS.c.since))
        }
        return [Decision(*of, bool(confirmed)) for of, confirmed in sorted(newest.items()) if confirmed is not None]

    def decide(self, decision: Decision) -> None:
        """Keeps a decision from now on, in place of another of that school about that label and concept."""
        self._say(decision.school, decision.label, decision.uri, confirmed=decision.confirmed)

    def take_back(self, school: str, label: str, uri: str) -> bool:
        """Ends a decision; False where there is none."""
        self._unit.need_write()
        if all((one.school, one.label, one.uri) != (school, label, uri) for one in self.decisions()):
            return False
        self._say(school, label, uri, confirmed=None)
        return True

    def _say(self, school: str, label: str, uri: str, *, confirmed: bool | None) -> None:
        self._unit.need_write()
        self._unit.change(_CAUSE, Changes())
        by, now = self._unit.by, self._unit.utc
        of = {"school": school, "label": label, "uri": uri, "since": now}
        same = (_DECISIONS.c[name] == value for name, value in of.items())
        self._connection.execute(_DECISIONS.delete().where(*same))
        row = {**of, "confirmed": confirmed, "actor": (by.key or None) if by else None}
        self._connection.execute(_DECISIONS.insert(), row)
