"""Mail that goes once a week."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, func, select

from matcher.domain.moments import aware, stored
from matcher.domain.weekly import FOLDED, LETTER
from matcher.repositories.values import Mail
from matcher.store import schema
from matcher.store.keys import need_alumnus
from matcher.store.outbox import MAIL, Outbox, mail_of
from matcher.store.unit import UnitOfWork

_TABLE, _CHOICES = schema.outbox, schema.weekly_mail


class Digests:
    """Implements `matcher.repositories.digests.Digests`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def chosen(self, alumnus_key: int) -> tuple[bool, date] | None:
        """Whether an alumnus chose mail once a week, or each by itself, and since when; None for no choice."""
        row = select(_CHOICES.c.weekly, _CHOICES.c.since).where(_CHOICES.c.alumnus_key == alumnus_key)
        found = self._connection.execute(row).first()
        return None if found is None else (found.weekly, found.since)

    def count(self, school: str) -> tuple[int, int]:
        """How many alumni of a school chose mail once a week, and each by itself."""
        people = schema.alumni
        joined = _CHOICES.join(people, people.c.key == _CHOICES.c.alumnus_key)
        rows = select(_CHOICES.c.weekly, func.count()).select_from(joined).where(people.c.school == school)
        found = {row[0]: row[1] for row in self._connection.execute(rows.group_by(_CHOICES.c.weekly))}
        return found.get(True, 0), found.get(False, 0)

    def choose(self, alumnus_key: int) -> bool:
        """Mail goes once a week from now on; False if that was chosen. Raises KeyError for no such alumnus."""
        self._unit.need_write()
        need_alumnus(self._connection, alumnus_key)
        return self._put(alumnus_key, weekly=True)

    def _put(self, alumnus_key: int, *, weekly: bool) -> bool:
        before = self.chosen(alumnus_key)
        if before is not None and before[0] is weekly:
            return False
        own, values = _CHOICES.c.alumnus_key == alumnus_key, {"weekly": weekly, "since": self._unit.today}
        if before is None:
            self._connection.execute(_CHOICES.insert(), {"alumnus_key": alumnus_key, **values})
        else:
            self._connection.execute(_CHOICES.update().where(own).values(values))
        return True

    def end(self, alumnus_key: int) -> bool:
        """Each goes by itself from now on, and what waits goes now; False if that was chosen. Raises KeyError."""
        self._unit.need_write()
        need_alumnus(self._connection, alumnus_key)
        if not self._put(alumnus_key, weekly=False):
            return False
        waiting = (_TABLE.c.alumnus_key == alumnus_key, _TABLE.c.message == LETTER, _TABLE.c.state == "waiting")
        if self._connection.execute(_TABLE.update().where(*waiting).values(not_before=self._unit.utc)).rowcount:
            self._unit.mailed = True
        return True

    def due(self, alumnus_key: int) -> datetime | None:
        """When the letter goes that can still take parts (aware, UTC); None where there is none."""
        letters = self._open(alumnus_key)
        return aware(letters[0][1]) if letters else None

    def wait(self, mail: Mail, until: datetime) -> bool:
        """Puts a message that was taken into that letter, or into a new one for `until` (aware).

        False if it is gone, or another sender has claimed it since.
        """
        self._unit.need_write()
        assert mail.alumnus_key is not None  # noqa: S101 - only alumni choose
        letters = self._open(mail.alumnus_key)
        if letters:
            letter, moment = letters[0]
        else:
            letter, moment = Outbox(self._unit).add(mail.alumnus_key, LETTER), stored(until)
            self._connection.execute(_TABLE.update().where(_TABLE.c.key == letter).values(not_before=moment))
        taken = (_TABLE.c.key == mail.key, _TABLE.c.state == "sending", _TABLE.c.attempts == mail.attempts)
        values = {"state": "waiting", "attempts": mail.attempts - 1, "taken_at": None, "not_before": moment}
        return self._connection.execute(_TABLE.update().where(*taken).values(**values, letter=letter)).rowcount == 1

    def take(self, letter: Mail) -> list[Mail]:
        """The parts of a letter that was taken: each is now taken as well, one attempt more.

        Other letters of the alumnus that are due too, as of two records that became one, are made part of it first.
        """
        self._unit.need_write()
        assert letter.alumnus_key is not None  # noqa: S101 - it is to an alumnus
        others = [key for key, due in self._open(letter.alumnus_key) if due <= self._unit.utc and key != letter.key]
        if others and letter.attempts == 1:
            move = _TABLE.update().where(_TABLE.c.letter.in_(others)).values(letter=letter.key)
            self._connection.execute(move)
            end = {"state": "dropped", "problem": FOLDED, "ended_at": self._unit.utc}
            self._connection.execute(_TABLE.update().where(_TABLE.c.key.in_(others)).values(**end))
        own = and_(_TABLE.c.letter == letter.key, _TABLE.c.alumnus_key == letter.alumnus_key)
        again = {"perhaps_twice": True}
        self._connection.execute(_TABLE.update().where(own, _TABLE.c.state == "sending").values(**again))
        open_ = _TABLE.c.state.in_(("waiting", "sending"))
        taken: dict[Any, Any] = {"state": "sending", "attempts": _TABLE.c.attempts + 1, "taken_at": self._unit.utc}
        self._connection.execute(_TABLE.update().where(own, open_).values(taken))
        return self._parts(letter.key, "sending")

    def parts(self, letter_key: int) -> list[Mail]:
        """The parts that were sent in a letter, in the order of `take`."""
        return self._parts(letter_key, "sent")

    def _parts(self, letter_key: int, state: str) -> list[Mail]:
        rows = MAIL.where(_TABLE.c.letter == letter_key, _TABLE.c.state == state)
        return [mail_of(row) for row in self._connection.execute(rows.order_by(_TABLE.c.created_at, _TABLE.c.key))]

    def _open(self, alumnus_key: int) -> list[tuple[int, datetime]]:
        """The letters to an alumnus that no one has tried to send, by key, with when they are due; the first first."""
        waiting = (_TABLE.c.alumnus_key == alumnus_key, _TABLE.c.message == LETTER, _TABLE.c.state == "waiting")
        rows = select(_TABLE.c.key, _TABLE.c.not_before).where(*waiting, _TABLE.c.attempts == 0)
        ordered = rows.order_by(_TABLE.c.not_before, _TABLE.c.key)
        return [(row.key, row.not_before) for row in self._connection.execute(ordered)]


def loosen(connection: Connection, keys: list[int]) -> None:
    """Messages in a letter to somebody else go by themselves: of alumni who were one record, and are two again."""
    letters = _TABLE.alias()
    theirs = select(letters.c.key).where(
        letters.c.key == _TABLE.c.letter, letters.c.alumnus_key == _TABLE.c.alumnus_key
    )
    mine = (_TABLE.c.alumnus_key.in_(keys), _TABLE.c.letter.is_not(None), _TABLE.c.state == "waiting")
    connection.execute(_TABLE.update().where(*mine, ~theirs.exists()).values(letter=None))
