"""The register of aftercare: contacts with alumni who left, and their objections to it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import and_, or_, select, union

from matcher.domain.aftercare import BLOCKING, AftercareCase, AftercareContact, CaseState, How, Outcome
from matcher.domain.records import Alumnus
from matcher.store import schema
from matcher.store.derived import per_alumnus
from matcher.store.former import former_keys
from matcher.store.journal import AFTERCARE, Act
from matcher.store.keys import need_alumnus, new_key
from matcher.store.records import alumni_where, chunks
from matcher.store.unit import UnitOfWork

_CONTACTS, _CASES = schema.aftercare_contacts, schema.aftercare_cases
_CASE = tuple(_CASES.c[name] for name in AftercareCase.__dataclass_fields__)
_STANDING = sorted(state.value for state in BLOCKING)


class Aftercare:
    """Implements `matcher.repositories.aftercare.Aftercare`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def leavers(self, since: date, school: str | None = None) -> Mapping[int, Alumnus]:
        """The alumni of a school or of all who may have left since a day, without consents, by random key."""
        last = self._unit.today.year
        work = per_alumnus(lambda keys: self._leavers(since, last, school, keys))
        return self._unit.carries(("leavers", school), work, (since, last))

    def _leavers(self, since: date, last: int, school: str | None, keys: Collection[int] | None) -> dict[int, Alumnus]:
        people = schema.alumni
        years = range(since.year, last + 1)
        in_year = or_(*(people.c.qualifications.contains(f",{year}]") for year in years))
        left = or_(people.c.left_on >= since, and_(people.c.left_on.is_(None), in_year))
        where = [left, *([] if school is None else [people.c.school == school])]
        return alumni_where(self._connection, where, keys)

    def contacts(self, *keys: int) -> list[AftercareContact]:
        """The lines of these alumni, corrections too, the oldest first."""
        names = ("alumnus_key", "on_date", "how", "outcome", "again_on", "corrects", "key", "at", "actor", "role")
        columns = select(*(_CONTACTS.c[name] for name in names))
        order = (_CONTACTS.c.on_date, _CONTACTS.c.at, _CONTACTS.c.key)
        lines = [
            _line(row)
            for part in chunks(keys)
            for row in self._connection.execute(columns.where(_CONTACTS.c.alumnus_key.in_(part)).order_by(*order))
        ]
        return sorted(lines, key=lambda line: line.on)

    def add(self, contact: AftercareContact) -> int:
        """Adds a line, by the asker of the transaction and of now; returns its key. Raises KeyError."""
        self._unit.need_write()
        need_alumnus(self._connection, contact.alumnus_key)
        row: dict[str, Any] = {
            "key": new_key(),
            "alumnus_key": contact.alumnus_key,
            "on_date": contact.on,
            "how": contact.how and contact.how.value,
            "outcome": contact.outcome and contact.outcome.value,
            "again_on": contact.again_on,
            "corrects": contact.corrects,
            "at": self._unit.utc,
            **_by(self._unit),
        }
        self._connection.execute(_CONTACTS.insert(), row)
        return int(row["key"])

    def people(self) -> list[int]:
        """Random keys of the alumni of whom there is a contact or an objection, by key."""
        both = union(select(_CONTACTS.c.alumnus_key), select(_CASES.c.alumnus_key))
        return sorted(self._connection.execute(both).scalars())

    def forget(self, keys: Collection[int], *, cases: bool) -> int:
        """Removes the contacts of these alumni, and with `cases` their objections too; returns how many rows."""
        self._unit.need_write()
        removed = 0
        for part in chunks(keys):
            for table in (_CONTACTS, _CASES) if cases else (_CONTACTS,):
                removed += self._connection.execute(table.delete().where(table.c.alumnus_key.in_(part))).rowcount
        return self._unit.removed(removed)


class AftercareCases:
    """Implements `matcher.repositories.aftercare.AftercareCases`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def of(self, *keys: int) -> list[AftercareCase]:
        """Those of these alumni, the oldest first."""
        order = (_CASES.c.made_at, _CASES.c.key)
        found = [
            _case(row)
            for part in chunks(keys)
            for row in self._connection.execute(select(*_CASE).where(_CASES.c.alumnus_key.in_(part)).order_by(*order))
        ]
        return sorted(found, key=lambda case: case.made_at)

    def open(self, school: str | None = None) -> list[AftercareCase]:
        """Those of the alumni of a school or of all that wait for a decision, the oldest first."""
        people = schema.alumni
        where = [_CASES.c.state == CaseState.OPEN.value, *([] if school is None else [people.c.school == school])]
        joined = select(*_CASE).join_from(_CASES, people, people.c.key == _CASES.c.alumnus_key).where(*where)
        return [_case(row) for row in self._connection.execute(joined.order_by(_CASES.c.made_at, _CASES.c.key))]

    def object(self, alumnus_key: int, said: str | None = None) -> bool:
        """The alumnus objects; False where an objection is open or upheld already. Raises KeyError."""
        self._unit.need_write()
        need_alumnus(self._connection, alumnus_key)
        if self._stands(alumnus_key):
            return False
        row = {"key": new_key(), "alumnus_key": alumnus_key, "state": CaseState.OPEN.value, "said": said}
        self._connection.execute(_CASES.insert(), {**row, "made_at": self._unit.utc, "role": ""})
        self._remember(alumnus_key, objects=True)
        return True

    def settle(self, alumnus_key: int, state: CaseState, because: str | None = None) -> bool:
        """An open objection is upheld or rejected, by the asker; or one that stands is withdrawn."""
        self._unit.need_write()
        is_withdrawn = state is CaseState.WITHDRAWN
        of = _STANDING if is_withdrawn else [CaseState.OPEN.value]
        decided = {"decided_at": self._unit.utc, "because": because, **_by(self._unit)}
        values = {"state": state.value, **({} if is_withdrawn else decided)}
        settled = _CASES.update().where(_CASES.c.alumnus_key == alumnus_key, _CASES.c.state.in_(of)).values(**values)
        if self._connection.execute(settled).rowcount == 0:
            return False
        self._remember(alumnus_key, objects=self._stands(alumnus_key))
        return True

    def _stands(self, alumnus_key: int) -> bool:
        where = (_CASES.c.alumnus_key == alumnus_key, _CASES.c.state.in_(_STANDING))
        return self._connection.execute(select(_CASES.c.key).where(*where).limit(1)).first() is not None

    def _remember(self, alumnus_key: int, *, objects: bool) -> None:
        for one in (alumnus_key, *former_keys(self._connection, alumnus_key)):
            self._unit.taken_back.append(Act(AFTERCARE, one, holds=objects))


def _by(unit: UnitOfWork) -> dict[str, Any]:
    assert unit.by is not None  # noqa: S101 - a write has an asker
    return {"actor": unit.by.key or None, "role": unit.by.role.value}


def _line(row: Any) -> AftercareContact:
    line = AftercareContact(*row)
    return replace(line, how=line.how and How(line.how), outcome=line.outcome and Outcome(line.outcome))


def _case(row: Any) -> AftercareCase:
    case = AftercareCase(*row)
    return replace(case, state=CaseState(case.state))
