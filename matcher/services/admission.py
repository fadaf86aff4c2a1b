"""Which alumni an asker may open by id, where the asker may not see all of them; all others are one answer.

No consent, an objection, a pause, another school's alumnus, an id that no one has: the same error, found by the same
work, before anything else is done. So neither the answer nor its time tells them apart. Each refusal is logged.

An asker without `alumni.list` opens the alumni who pass every rule about the person (`ABOUT_THE_PERSON`) for a request;
an asker with it, but without `alumni.register`, those who agreed to advice, or who showed a code for a talk that is
going on (`matcher.services.talks`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

import numpy as np

from matcher.disclosure import Handles
from matcher.domain.kinds import Purpose
from matcher.domain.records import Alumnus, RecordKind, Request
from matcher.domain.talks import Talk
from matcher.errors import AmbiguousId, Forbidden, UnknownId
from matcher.matching.rules import ABOUT_THE_PERSON
from matcher.matching.visibility import visible
from matcher.policy import Action, Asker, Scope
from matcher.pool import Pool
from matcher.pool.columns import day_number
from matcher.pool.pairs import Pairs
from matcher.repositories import Records
from matcher.repositories.values import Agreement
from matcher.services import cards, lookup
from matcher.services.app import App, StoreApp
from matcher.services.pools import newest_pool


@dataclass(frozen=True, slots=True)
class Named:
    """A request by the id of the spreadsheet and its school, and an alumnus by the handle on its cards."""

    request_id: str
    handle: str
    school: str | None


@dataclass(frozen=True, slots=True)
class Admitted:
    """A request with its handles, and the random key of the alumnus that may be opened for it; None for no one.

    `handles`: None as long as no card was ever shown here.
    """

    request: Request
    handles: Handles | None
    alumnus_key: int | None


def agreement(app: StoreApp, asker: Asker) -> Agreement | None:
    """What alumni must have agreed to, to be listed for this asker; None for an asker who may see all.

    Raises Forbidden where the asker's school does not use consents to advice.
    """
    if asker.may(Action.ALUMNI_REGISTER):
        return None
    if asker.school is not None:
        with app.store.read() as records:
            if Purpose.LLO_ADVICE in records.school_settings.closed().get(asker.school, ()):
                raise Forbidden("area_closed")
    return Agreement(Purpose.LLO_ADVICE, app.clock.today() - app.terms.days(Purpose.LLO_ADVICE))


def candidate(
    app: StoreApp, asker: Asker, action: Action, named: Named, day: date, *, declared: bool = False
) -> Admitted:
    """The alumnus with this handle, if the asker may open that one for the request on a day.

    `declared`: also one with a declared conflict with it. If not, the refusal is logged. Raises Forbidden, and as
    `lookup.request`.
    """
    assert isinstance(app, App)  # noqa: S101 - askers who see cards come by a server, which has an engine
    with app.store.read() as records:
        request = lookup.request(records, asker, action, named.request_id, named.school)
        origin = records.changes.origin()
        handles = cards.known_handles(records, request.key)
        conflicts = records.conflicts.declared(request.key) if declared else set()
    key = handles.key(named.handle) if handles else None
    keys = [] if key is None else [key]
    pool = newest_pool(app, origin)
    if key not in {*_available(pool, request, keys, day), *conflicts}:
        refuse(app, asker, action, keys, {"query": request.key, "purpose": request.kind.value})
        key = None
    return Admitted(request, handles, key)


def _available(pool: Pool, request: Request, keys: Sequence[int], day: date) -> list[int]:
    """Those of these alumni whom the request's school may see and who pass every rule about the person.

    With none of them in the pool the rules run for its first row, so that an unknown id takes the same work.
    """
    if not len(pool.people) or request.key not in pool.request_row:
        return []
    known = [key for key in keys if key in pool.person_row]
    rows = np.array([pool.person_row[key] for key in known] or [0], np.int64)
    everyone = Pairs.with_everybody(pool, pool.requests, pool.request_row[request.key], day_number(day))
    pairs = everyone.at(rows)
    passes = visible(pairs)
    for rule in ABOUT_THE_PERSON:
        passes = passes & rule.passes(pairs)
    return [key for key, passed in zip(known, pairs.each(passes).tolist(), strict=False) if passed]


def advised(app: StoreApp, asker: Asker, alumnus_id: str | None, school: str | None = None) -> tuple[Alumnus, str]:
    """The alumnus whom the asker may advise, and the state of the data; without an id the asking alumnus.

    Raises Forbidden, UnknownId, AmbiguousId.
    """
    if asker.scope(Action.RECOMMEND) is Scope.SELF or agreement(app, asker) is None:
        with app.store.read() as records:
            return lookup.alumnus(records, asker, Action.RECOMMEND, alumnus_id, school), records.changes.origin()
    owner, id_ = asker.owner(Action.RECOMMEND, school), (alumnus_id or "").strip()
    with app.store.read() as records:
        origin = records.changes.origin()
        alumni, hidden = agreeing(app, records, asker, id_, owner)
    if not alumni:
        refuse(app, asker, Action.RECOMMEND, hidden, {})
        raise UnknownId("unknown_id", kind="alumnus", id=id_, owner="")
    if len(alumni) > 1:
        choices = sorted(alumnus.school for alumnus in alumni)
        raise AmbiguousId("ambiguous_id", kind="alumnus", id=id_, choices=choices)
    return alumni[0], origin


def talk_with(app: StoreApp, asker: Asker, alumnus_key: int) -> Talk | None:
    """The talk of the asker with this alumnus that is going on now; None for none, and for those who hold none."""
    if not asker.may(Action.TALK_OPEN):
        return None
    with app.store.read() as records:
        return records.talks.open_with(asker.key).get(alumnus_key)


def open_to(app: StoreApp, records: Records, asker: Asker, named: Iterable[tuple[int, str, date | None]]) -> list[int]:
    """Random keys of those whom the asker may advise: they agreed to it, or a talk goes on. Raises Forbidden.

    `named`: rows of `records.directory.with_id`.
    """
    agreed = agreement(app, asker)
    talking = records.talks.open_with(asker.key) if asker.may(Action.TALK_OPEN) else {}
    return [key for key, _, on in named if agreed is None or key in talking or (on is not None and on >= agreed.since)]


def agreeing(
    app: StoreApp, records: Records, asker: Asker, alumnus_id: str, school: str | None
) -> tuple[list[Alumnus], list[int]]:
    """The alumni with this id who agreed to what the asker lists, by school, and the random keys of the others.

    One statement where no one did, whether or not any alumnus has the id.
    """
    named = [row for row in records.directory.with_id(alumnus_id) if school in {None, row[1]}]
    keys = open_to(app, records, asker, named)
    alumni = cast("dict[int, Alumnus]", records.records.by_key(RecordKind.ALUMNI, keys)) if keys else {}
    hidden = [key for key, _, _ in named if key not in alumni]
    return sorted(alumni.values(), key=lambda alumnus: alumnus.school), hidden


def refuse(app: StoreApp, asker: Asker, action: Action, hidden: Sequence[int], details: Mapping[str, object]) -> None:
    """Logs that an alumnus was asked for and not opened, by the same work as for an unknown id.

    The entry names the alumnus, and is not one of those about the alumnus.
    """
    refused = sorted(hidden)
    app.store.write(lambda tx: tx.note(action, {**details, "refused": refused}), by=asker)
