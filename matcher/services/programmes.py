"""Names of programmes that a list or a student system told by code alone, filled in from RIO."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from matcher.domain.crebo import CREBO_FORM, register
from matcher.domain.records import Alumnus, Qualification, RecordKind
from matcher.policy import Action, Asker
from matcher.repositories import Records, Transaction
from matcher.repositories.values import Upsert
from matcher.services.app import StoreApp
from matcher.services.in_parts import counted, import_of

if TYPE_CHECKING:
    from matcher.sources.rio import Named
    from matcher.sources.servers import Ask

BATCH = 5000
"""Alumni in one transaction."""


@dataclass(frozen=True, slots=True)
class Completed:
    """What filling in did: codes without a name, how many of them RIO has, and alumni whose diplomas have one now.

    `import_id`: of the import that can be taken back; None where nothing changed.
    """

    codes: int
    found: int
    alumni: int
    import_id: str | None


def complete(app: StoreApp, asker: Asker, ask: Ask, address: str, *, dry_run: bool = False) -> Completed:
    """Asks RIO for each crebo code of a diploma that has no name or level, and fills those in; `ask` asks it.

    Codes of the register that comes with the program are not asked for. What alumni stated themselves stays. Nothing is
    written unless every question was answered. Raises Forbidden, InvalidValue, StoreError.
    """
    from matcher.sources.rio import names

    asker.need_all(Action.IMPORT)  # alumni of every school
    with app.store.read() as records:
        lacking = _lacking(records)
    codes = sorted({code for found in lacking.values() for code in found})
    known = {one.crebo: one for one in names(ask, address, codes)}
    keys = sorted(key for key, found in lacking.items() if not found.isdisjoint(known))
    changed, import_id = 0, None
    for start in range(0, 0 if dry_run else len(keys), BATCH):
        done, import_id = _write(app, asker, keys[start : start + BATCH], known, (import_id, address))
        changed += done
    return Completed(len(codes), len(known), len(keys) if dry_run else changed, import_id)


def _lacking(records: Records) -> dict[int, frozenset[str]]:
    """By random key of an alumnus, the codes of diplomas that have no name or level and are in no register of ours."""
    found = {}
    for one in records.records.stream(RecordKind.ALUMNI):
        codes = frozenset(item.crebo for item in cast("Alumnus", one).qualifications if item.crebo and _lacks(item))
        if codes:
            found[cast("Alumnus", one).key] = codes
    return found


def _lacks(item: Qualification) -> bool:
    code = item.crebo or ""
    return code not in register() and bool(CREBO_FORM.fullmatch(code)) and (item.name is None or item.level is None)


def _completed(one: Alumnus, known: Mapping[str, Named]) -> tuple[Qualification, ...]:
    result = []
    for item in one.qualifications:
        named = known.get(item.crebo or "") if _lacks(item) else None
        result.append(
            item if named is None else replace(item, name=item.name or named.name, level=item.level or named.level)
        )
    return tuple(result)


def _write(
    app: StoreApp, asker: Asker, keys: Sequence[int], known: Mapping[str, Named], goes_on: tuple[str | None, str]
) -> tuple[int, str | None]:
    """Fills in what these alumni lack by now; how many changed, and the import, which is begun where there is none."""
    import_id, address = goes_on

    def work(tx: Transaction) -> tuple[int, str | None]:
        alumni = [cast("Alumnus", one) for one in tx.records.by_key(RecordKind.ALUMNI, keys, consents=False).values()]
        wanted = [(one, _completed(one, known)) for one in alumni]
        rows = [
            Upsert(row, one.alumnus_id, one.school, {"qualifications": items})
            for row, (one, items) in enumerate(wanted, start=1)
            if items != one.qualifications
        ]
        here = import_of(tx, import_id, RecordKind.ALUMNI, None, address) if rows else import_id
        results = tx.imports.upsert(RecordKind.ALUMNI, rows, import_id=here, alike=False) if rows else []
        counts = counted(results)
        tx.note(Action.IMPORT, {"kind": RecordKind.ALUMNI.value, **counts, "refused": 0})
        return counts["updated"], here

    return app.store.write(work, by=asker)
