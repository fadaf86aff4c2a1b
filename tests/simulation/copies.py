"""Back-ups of the region: what the region knew when one was made, and what a restored one must hold."""

from __future__ import annotations

import hashlib
import json
import pickle
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.ports import Backups, Copy, Unpacked
from matcher.services.backups import Restored
from matcher.store import schema
from matcher.store.backups import FileBackups
from matcher.store.dumps import DumpBackups
from tests.simulation import aftercare, giving, letters, talks
from tests.simulation.database import moment
from tests.simulation.journal import Undone, take_back, undone
from tests.simulation.model import Model
from tests.simulation.processes import Life

if TYPE_CHECKING:
    from tests.simulation.world import World

Rows = list[tuple[Any, ...]]
_ADDED_TO = {"audit", "audit_people", "audit_refused", "audit_schools", "revisions", "removals", "installation_values"}
"""Tables to which a restore adds a line, or in which it changes one."""
_ENDED = {"sessions", "links", "tokens", "outbox", "accounts", "uploads", "upload_parts", "talks"}
"""Tables in which it ends everything that is open."""
_OF_TEXTS = {"vectors", "requesters", "newcomers"}
"""Tables whose rows go with an erasure and do not name the alumnus."""
_CHANGED_ALUMNUS = [column.name for column in schema.import_changes.columns].index("alumnus_key")
_SAID_AGAIN = {"consents", "objections", "mail_stops", "aftercare_cases", "calendars", "busy"}


@dataclass(frozen=True)
class Taken:
    """A back-up: its file, and the region as it was at that moment. `known`: the model and what goes with it."""

    file: Path
    known: bytes
    keys: tuple[str, ...]
    tail: int
    seal: str
    tables: Mapping[str, Rows]

    def model(self) -> Model:
        """The model of then, to be changed."""
        model: Model = pickle.loads(self.known)[0]  # noqa: S301 - made by this process
        return model


class WatchedBackups:
    """The back-ups of the product, made and unpacked by a process that may stop; the region is noted beside each."""

    def __init__(self, world: World, life: Life, journal: Any) -> None:
        kind = FileBackups if world.database.url.startswith("sqlite") else DumpBackups
        real = kind(world.database.url, world.clock, world.keys, journal)
        database: Any = _Opening(real._database, life)
        real._database = database
        self._real: Backups = real
        self._world, self._life = world, life
        self.rehearsed: list[dict[str, Rows]] = []
        """What stood in each place that was given up again."""

    def save(self, target: Path) -> Copy:
        """A back-up, with the region of this moment. Its size and digest differ by database, and are not told."""
        copy = self._real.save(target)
        world = self._world
        world.catch_up()
        known = pickle.dumps((world.model, world.rankings, world.post.invited, world.post.untold))
        tables = world.database.tables()
        world.copies.append(Taken(target, known, world.keys, world.tail, world.seal, tables))
        self._life.point()
        return replace(copy, size=0, digest="")

    def holds_data(self) -> bool:
        """As it is."""
        return self._real.holds_data()

    @contextmanager
    def unpack(self, source: Path, *, apart: bool) -> Iterator[Unpacked]:
        """A place in which the process may stop at each thing that it does there."""
        with self._real.unpack(source, apart=apart) as place:
            yield _StoppingPlace(place, self._life)
            if apart:
                real: Any = place
                url = real.database.url.set(drivername=self._world.database.url.partition(":")[0])
                look = self._world.database.elsewhere(url.render_as_string(hide_password=False))
                self.rehearsed.append(look.tables())
                look.close()


class _Opening:
    """The database of a back-up: somebody else may come before and after its one write."""

    def __init__(self, database: Any, life: Life) -> None:
        self._database, self._life = database, life

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    def write(self, work: Any) -> Any:
        self._life.opening()
        result = self._database.write(work)
        self._life.opening()
        return result


class _StoppingPlace:
    def __init__(self, place: Unpacked, life: Life) -> None:
        self._place, self._life = place, life

    def __getattr__(self, name: str) -> Any:
        if name in {"verify", "taken_back", "bury", "publish"}:
            self._life.point()
        return getattr(self._place, name)


def agreed(world: World, taken: Taken) -> tuple[Model, Undone, dict[str, int]]:
    """What a back-up is once it is restored now: the model, what is done again, and what the product must count.

    The alumni who are erased again are still in the model: the log says so of each.
    """
    model = taken.model()
    again = undone(list(world.announced.values()), model)
    withdrawn, objections = take_back(model, again, world.today)
    return (
        model,
        again,
        {
            "alumni": len(model.people) - len(again.erased),
            "erased": len(again.erased),
            "uncertain": again.uncertain,
            "withdrawn": withdrawn,
            "objections": objections,
            "unknown": 0,
            "damaged": 0,
        },
    )


def need_counted(world: World, restored: Restored, counts: Mapping[str, int]) -> None:
    """The product says of a restore what came of it."""
    said = {name: getattr(restored, name) for name in counts}
    world.need(said == counts, "a restore counts something else", (said, counts))


def need_restored(
    world: World, taken: Taken, tables: Mapping[str, Rows], again: Undone, entries: Sequence[str]
) -> None:
    """A restored database is the back-up, apart from what is done again. `entries`: those it adds to the log.

    Where some were made two again every table is compared with what the region knows, as always.
    """
    for name, now in tables.items() if not again.apart else ():
        was, there = (Counter(map(repr, _comparable(name, rows, again))) for rows in (taken.tables[name], now))
        gone, new = [*(was - there).elements()], [*(there - was).elements()]
        if name in _ADDED_TO | _ENDED:
            continue
        rule = f"a restored table is not that of the back-up: {name}"
        touched = {str(key) for key in again.erased}
        touched |= {str(key) for key, _ in again.words} if name in _SAID_AGAIN else set()
        lost = [row for row in gone if not any(key in row for key in touched)]
        if name == "import_changes" and again.erased:  # a request that an erased person had asked names that person
            lost = [row for row in lost if row.split(", ")[_CHANGED_ALUMNUS] != "None"]
        world.need(not lost or (name in _OF_TEXTS and again.erased), rule, lost)
        may_grow = name == "tombstones" or name in _SAID_AGAIN
        added = [row for row in new if not may_grow or any(str(key) in row for key in again.erased)]
        world.need(not added, rule, added)
    buried = {row[0] for row in tables["tombstones"]}
    world.need(buried >= set(again.digests), "an import would not know somebody who was erased", again)
    _need_chain(world, taken, tables["audit"], entries)


def _comparable(name: str, rows: Rows, again: Undone) -> Rows:
    """The rows of a table; of merges without what their undo needs, which names whoever is erased again no longer."""
    if name != "merges" or not again.erased:
        return rows
    state = [column.name for column in schema.merges.columns].index("state")
    return [(*row[:state], *row[state + 1 :]) for row in rows]


def _need_chain(world: World, taken: Taken, rows: Rows, entries: Sequence[str]) -> None:
    """The log is that of the back-up, and then says what the restore did, sealed as one chain."""
    log = sorted(rows)
    before, added = [row for row in log if row[0] <= taken.tail], [row for row in log if row[0] > taken.tail]
    world.need(before == sorted(taken.tables["audit"]), "a restored log is not that of the back-up", len(before))
    columns = [column.name for column in schema.audit.columns]
    seal, actions = taken.seal, []
    for row in added:
        entry = dict(zip(columns, row, strict=True))
        content = [seal, entry["id"], moment(entry["at"]).isoformat(), entry["actor"], entry["role"], entry["school"]]
        content += [entry["action"], entry["details"]]
        seal = hashlib.sha256(json.dumps(content).encode()).hexdigest()
        whole = entry["previous"] == content[0] and entry["digest"] == seal
        world.need(whole, "the chain of a restored log is broken", entry["id"])
        actions.append(entry["action"])
    world.need(actions == list(entries), "a restore says something else than it did", (actions, entries))


def secret_of_handles(values: Rows) -> str | None:
    """What the handles on cards are made with, from the values of an installation; None as long as there are none."""
    return {name: value for name, value, *_ in values}.get("handles")


def go_back(world: World, taken: Taken, model: Model, again: Undone, *, secret: str | None) -> None:
    """The region goes on from a back-up: whoever was erased since stays known, and so does what reached the outside.

    `secret`: that of the handles that were shown until now. A back-up of before the first card, and all that came of
    it, has another one.
    """
    _, world.rankings, invited, world.post.untold = pickle.loads(taken.known)  # noqa: S301 - made by this process
    live, world.model = world.model, model
    with_others = {key for person in model.people.values() if person.key in again.erased for key in person.keys}
    world.not_yet = (world.not_yet | _known(live)) - _known(model) | with_others
    world.apart = set(again.apart)
    model.uploads = {}
    world.tail, world.seal, world.keys = taken.tail, taken.seal, taken.keys
    world.look_from(taken.tail, set(model.people))
    world.look()
    for key, person in live.erased.items():
        known = model.people.get(key)
        if known is None:
            model.erased[key] = person
        else:
            known.texts |= person.texts
    for key, person in live.people.items():
        if key in again.erased:
            model.people[key].texts |= person.texts
    letters.settle(world)
    aftercare.settle(world)
    giving.settle(world)
    model.buried_names |= set(again.names)
    model.buried_addresses |= set(again.addresses)
    gone = model.buried_addresses
    model.newcomers = {key: one for key, one in model.newcomers.items() if one.email not in gone}
    talks.end_all(model, world.now)
    if secret is not None and secret == secret_of_handles(taken.tables["installation_values"]):
        model.cards.keep(live.cards)
    asked = {(model.held[one.name], one.request) for one in model.asks.values()}
    there = {row[0] for row in world.database.rows("select message_id from outbox")}
    sent = {pair: ids & there for pair, ids in world.post.invited.items()}
    world.post.invited = {pair: sent.get(pair, frozenset()) | invited.get(pair, frozenset()) for pair in asked}
    world.end_sessions(lambda _: True)
    for link in world.links:
        link.use()


def _known(model: Model) -> set[int]:
    return {key for person in model.people.values() for key in person.keys}


def need_held(world: World, taken: Taken) -> int:
    """Mail that may have been sent waits for a person to say so. Returns how many were not held in the back-up yet."""
    columns = "key, message_id, state, perhaps_twice"
    rows = world.database.rows(f"select {columns} from outbox")  # noqa: S608 - names of our own
    open_ = [row for row in rows if row[2] in {"waiting", "sending"}]
    world.need(not open_, "mail of before a restore is sent by itself", open_)
    held = [row for row in rows if row[2] == "held"]
    world.need(all(row[3] for row in held), "a sender that does not know that a mail may have been sent", held)
    post = world.post
    ended = {row[1] for row in rows if row[2] in {"refused", "dropped"} and not row[3]}
    post.sent_since |= ended & post.taken.keys()
    names = [column.name for column in schema.outbox.columns]
    key, state = names.index("key"), names.index("state")
    before = {row[key] for row in taken.tables["outbox"] if row[state] == "held"}
    return sum(row[0] not in before for row in held)
