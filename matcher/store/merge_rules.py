"""What two records of one person become: fields by side, lists united, and of consent the strictest that is true."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import astuple
from datetime import date
from typing import Any, cast

from matcher.domain.kinds import Purpose
from matcher.domain.records import Qualification, RecordKind
from matcher.repositories.values import Side
from matcher.store.codecs import LAYOUTS
from matcher.store.consent_rules import IMPORT, PERSON, RETENTION, Held
from matcher.store.own_fields import own_part
from matcher.store.stored_records import FOLLOWS, StoredRecord

UNITED = frozenset({"qualifications", "skills", "offers"})
"""The fields that hold what both records say, unless a side is chosen."""
_LAYOUT = LAYOUTS[RecordKind.ALUMNI]
MERGED_FIELDS = tuple(name for name in (*_LAYOUT.beside, *_LAYOUT.fields) if name not in FOLLOWS)
"""The fields of which a side can be chosen."""


def sides_of(kept: StoredRecord, gone: StoredRecord, chosen: Mapping[str, Side]) -> dict[str, Side]:
    """The side of every field: as chosen, else whoever stated it, else the kept one where it is filled in."""
    sides: dict[str, Side] = {}
    for name in MERGED_FIELDS:
        sides[name] = chosen.get(name) or (Side.BOTH if name in UNITED else _default(kept, gone, name))
    return sides | {name: sides[other] for name, other in FOLLOWS.items()}


def _default(kept: StoredRecord, gone: StoredRecord, name: str) -> Side:
    if name in kept.stated:
        return Side.KEPT
    return Side.GONE if name in gone.stated or not _is_filled(kept, name) else Side.KEPT


def _is_filled(record: StoredRecord, name: str) -> bool:
    together = [name, *(one for one, other in FOLLOWS.items() if other == name)]
    return any(record.fields[one] != cleared(one) for one in together)


def cleared(name: str) -> Any:
    """What a field holds that is empty, in stored form."""
    return _LAYOUT.fields[name].cleared if name in _LAYOUT.fields else None


def merged_fields(kept: StoredRecord, gone: StoredRecord, sides: Mapping[str, Side]) -> dict[str, Any]:
    """The fields of the merged record, in stored form."""
    return {
        name: _united(name, kept.fields[name], gone.fields[name])
        if side is Side.BOTH
        else (kept if side is Side.KEPT else gone).fields[name]
        for name, side in sides.items()
    }


def merged_own(kept: StoredRecord, gone: StoredRecord) -> dict[int, str | None]:
    """The own fields of the merged record: what the person stated, also that there is nothing, else the kept one's."""
    stated = {name: one.fields.get(name) for one in (gone, kept) for name in one.stated}
    return own_part({**gone.fields, **kept.fields, **stated})


def merged_stated(kept: StoredRecord, gone: StoredRecord, sides: Mapping[str, Side]) -> frozenset[str]:
    """The fields that the person stated, of those that are of that side."""
    of = {Side.KEPT: kept.stated, Side.GONE: gone.stated, Side.BOTH: kept.stated | gone.stated}
    return frozenset(
        name for name in kept.stated | gone.stated if name in of[sides.get(name, Side.BOTH)]
    )  # a field that the layout does not have is on both sides


def _united(name: str, one: Any, other: Any) -> Any:
    codec = _LAYOUT.fields[name]
    if codec.cleared in {one, other}:
        return other if one == codec.cleared else one
    assert codec.decode is not None  # noqa: S101 - sets and lists are decoded
    first, second = codec.decode(one), codec.decode(other)
    if isinstance(first, frozenset):
        return codec.encode(first | cast("frozenset[Any]", second))
    both = tuple(dict.fromkeys((*cast("Iterable[Any]", first), *cast("Iterable[Any]", second))))
    return codec.encode(tuple(item for item in both if not any(says_less(item, than) for than in both)))


def says_less(one: object, other: object) -> bool:
    """Whether a qualification is another one that says more."""
    if one == other or not (isinstance(one, Qualification) and isinstance(other, Qualification)):
        return False
    return all(mine in {None, its} for mine, its in zip(astuple(one), astuple(other), strict=True))


def merged_consents(kept: Mapping[Purpose, Held], gone: Mapping[Purpose, Held]) -> dict[Purpose, Held]:
    """The consents of the merged alumnus: in force only where one has it and the person withdrew it of neither."""
    return {
        purpose: _strictest(kept.get(purpose), gone.get(purpose)) for purpose in Purpose if purpose in {*kept, *gone}
    }


def _strictest(one: Held | None, other: Held | None) -> Held:
    if one is None or other is None:
        found = other if one is None else one
        assert found is not None  # noqa: S101 - of one of the two
        return found
    refused = [held for held in (one, other) if taken_back(held)]
    in_force = [held for held in (one, other) if held.withdrawn_on is None]
    if refused:
        held = max(refused, key=lambda held: held.withdrawn_on or date.min)
    elif in_force:
        held = min(in_force, key=lambda held: (held.source != PERSON, held.given_on is None, held.given_on or date.max))
    else:
        held = max(one, other, key=lambda held: held.withdrawn_on or date.min)
    days = [day for held in (one, other) if (day := held.last_withdrawn_on) is not None]
    return held._replace(last_withdrawn_on=max(days) if days else None)


def taken_back(held: Held) -> bool:
    """Whether the person withdrew it; who is not known counts as the person."""
    return held.withdrawn_on is not None and held.withdrawn_by not in {IMPORT, RETENTION}
