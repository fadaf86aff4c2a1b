"""Sources of courses: kept by an administrator, read by themselves and by command, held, and agreed to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from matcher.errors import InvalidValue
from matcher.policy import COMMAND_LINE, JOB, Asker, Role
from matcher.services import connectors, due_sources, feeds
from matcher.services.app import App
from matcher.services.connectors import Wanted
from matcher.services.sourcing import Syncing
from matcher.sources.servers import PLAIN, Answer, Memory
from tests.simulation.acts.askers import staff
from tests.simulation.region import EMPLOYER, SCHOOLS
from tests.simulation.sources import AT_ONCE, HOUSES, NAMES, TOKEN, Row, Server, is_empty, is_shrunk, named
from tests.simulation.steps import Step

if TYPE_CHECKING:
    from tests.simulation.world import World


class _Web:
    """The servers of sources, and what they gave in this step, by the name of the source."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.given: dict[str, Sequence[Row]] = {}

    def __call__(self, token: str, memory: Memory) -> AbstractContextManager[Any]:
        """Implements `matcher.services.due_sources.Opened`."""
        self._world.need(token == TOKEN, "another token is sent to a server", token)
        return self._opened(memory)

    @contextmanager
    def _opened(self, memory: Memory | None) -> Iterator[Any]:
        def ask(url: str, /, *, accept: str = PLAIN, body: object = None) -> object:
            del accept, body
            root, _, path = url.partition(".example/")
            if not path.startswith("courses?"):
                raise InvalidValue("source_not_there", status=404)
            name = NAMES[int(root[-1])]
            rows = self._answer(name, memory)
            self.given[name] = [Row(*one) for one in rows]
            items = [{"courseOfferingId": id_, "organisationId": owner, "name": title} for id_, owner, title in rows]
            return {"items": items, "hasNextPage": False}

        yield ask

    def _answer(self, name: str, memory: Memory | None) -> list[list[str]]:
        """What a server has now, or had when it was asked in a reading that goes on."""
        server = self._world.servers[name]
        kept = memory.find(name) if memory else None
        if kept is not None and kept.fresh:
            return _rows(kept.content)
        if server.fails:
            raise InvalidValue("source_unreachable")
        content = json.dumps([[one.id, one.provider, one.title] for one in has(self._world, server)]).encode()
        tag = hashlib.sha256(content).hexdigest()
        answer = kept if kept is not None and kept.etag == tag else Answer(content, tag)
        if memory is not None:
            memory.keep(name, answer)
        return _rows(answer.content)

    def once(self) -> AbstractContextManager[Any]:
        """A server that is asked by command, with nothing of before."""
        return self._opened(None)


def has(world: World, server: Server) -> list[Row]:
    """What a server has; of the employer's it claims one that is there: after a restore it may be gone."""
    there = {id_ for id_, _ in world.model.offers.values()}
    return [one for one in server.rows if one.provider != EMPLOYER or one.id in there]


def _rows(content: bytes) -> list[list[str]]:
    found: list[list[str]] = json.loads(content)
    return found


def _administrator() -> Asker:
    return staff(Role.ADMINISTRATOR, SCHOOLS[0])


def _url(name: str) -> str:
    return f"https://bron-{NAMES.index(name)}.example"


def change_server(world: World, app: App, step: Step) -> None:
    """A server has other courses from now on, or does not answer; at times it claims one of the employer."""
    del app
    values = step.values
    house = HOUSES[values["house"]]
    rows = [
        Row(f"S-{number}", house if number % 3 else HOUSES[0], f"Cursus {number}.{version} van een bron")
        for number, version in values["rows"]
    ]
    if values["claims"] and world.model.offers:
        id_, _ = world.model.offers[min(world.model.offers)]
        rows.append(Row(id_, EMPLOYER, "Van een ander"))
    world.servers[NAMES[values["nth"]]] = Server(rows, values["fails"])


def keep_source(world: World, app: App, step: Step) -> None:
    """An administrator keeps a source, or changes it: of whom it may bring courses. A new one is switched on."""
    values = step.values
    name, providers = NAMES[values["nth"]], frozenset(HOUSES[: values["bound"]])
    fed = named(world.model, name)
    wanted = Wanted(name, "oeapi", _url(name), TOKEN, providers=tuple(sorted(providers)))
    world.frames[-1].value = (name, providers)
    stranger = values["stranger"]
    asker = staff(Role.COORDINATOR, SCHOOLS[0]) if stranger else _administrator()
    key = world.call(
        lambda: connectors.save(app, asker, wanted, fed.key if fed else None),
        log=["sources.manage"],
        refused="not_for_this_role" if stranger else "",
    )
    if key is not None and fed is None:
        world.call(lambda: connectors.switch(app, asker, key, is_on=True), log=["sources.manage"])


def _has_address(world: World, key: int) -> bool:
    return bool(world.database.rows("select 1 from sources where key = ? and url is not null", key))


def switch_source(world: World, app: App, step: Step) -> None:
    """On or off; one that only commands read has no address."""
    fed, is_on = named(world.model, NAMES[step.values["nth"]]), step.values["on"]
    if fed is not None:
        refused = "source_no_url" if is_on and not _has_address(world, fed.key) else ""
        world.call(
            lambda: connectors.switch(app, _administrator(), fed.key, is_on=is_on),
            log=["sources.manage"],
            refused=refused,
        )


def remove_source(world: World, app: App, step: Step) -> None:
    """An administrator removes a source; its courses stay or close, some in a transaction."""
    fed, close = named(world.model, NAMES[step.values["nth"]]), step.values["close"]
    if fed is not None:
        world.call(
            lambda: connectors.remove(app, _administrator(), fed.key, close=close, at_once=AT_ONCE),
            log=None,  # an entry for each transaction that closes some, and one at the end
        )
        if world.certain:
            world.need(world.model.fed[fed.key].removed, "a source that was removed is there", fed)


def ask_source(world: World, app: App, step: Step) -> None:
    """Read now, or tried."""
    fed, trial = named(world.model, NAMES[step.values["nth"]]), step.values["trial"]
    if fed is not None:
        refused = "source_no_url" if not _has_address(world, fed.key) else ""
        world.call(
            lambda: connectors.ask(app, _administrator(), fed.key, trial=trial),
            log=["sources.manage"],
            refused=refused or ("" if trial or fed.is_on else "source_off"),
        )


def agree_source(world: World, app: App, step: Step) -> None:
    """A person agrees to what was held, as they saw it."""
    fed = named(world.model, NAMES[step.values["nth"]])
    if fed is None:
        return
    held = [json.loads(one) for (one,) in world.database.rows("select held from sources where key = ?", fed.key) if one]
    known = [one["digest"] for one in held if one["digest"] in world.held]
    digest = known[0] if known and not step.values["wrong"] else "x"
    world.frames[-1].value = world.held.get(digest)
    world.call(
        lambda: connectors.agree(app, _administrator(), fed.key, digest),
        log=["sources.manage"],
        refused="" if digest != "x" else "source_not_held",
    )


def read_sources(world: World, app: App, step: Step) -> None:
    """A process reads the source that is due, if one is; another one may go on where it stopped."""
    del step
    frame, web = world.frames[-1], _Web(world)
    frame.value = {"given": web.given}
    trials = {name for name, trial in world.database.rows("select name, is_trial from sources") if trial}
    source = world.call(lambda: due_sources.work(app, JOB, web), log=None)
    if source is None:
        return
    _remember(world, source.key, web.given.get(source.name))
    if not world.certain:
        return
    written = "sources.run" in frame.observed
    world.need(source.name not in trials or not written, "a trial wrote something", source)
    rows = web.given.get(source.name)
    world.need(rows is not None or not written, "a server that was not heard was read", source)
    if source.problem is None and source.name not in trials:
        world.need(written, "a reading that went well wrote nothing", source)


def sync_source(world: World, app: App, step: Step) -> None:
    """The operator reads a source by command, kept or not."""
    name, model, web = NAMES[step.values["nth"]], world.model, _Web(world)
    fed, server, agreed = named(model, name), world.servers[name], step.values["agreed"]
    rows = has(world, server)
    world.frames[-1].value = {"given": web.given, "agreed": agreed}
    refused: tuple[str, ...] = ("",)
    if server.fails:
        refused = ("source_unreachable",)
    elif is_empty(fed, rows):
        refused = ("source_empty",)
    elif is_shrunk(fed, rows) and not agreed:
        refused = ("source_shrunk", *(("",) if fed is not None and fed.agreed is not None else ()))
    with web.once() as ask:
        world.call(
            lambda: feeds.sync_server(app, COMMAND_LINE, ask, _url(name), "oeapi", how=Syncing(name, agreed=agreed)),
            log=["import"],
            refused=refused,
        )
    if fed is not None:
        _remember(world, fed.key, web.given.get(name))


def _remember(world: World, key: int, rows: Sequence[Row] | None) -> None:
    """Which courses a digest stands for that was held just now."""
    for (held,) in world.database.rows("select held from sources where key = ?", key):
        digest = json.loads(held)["digest"] if held else ""
        if digest and rows is not None:
            world.held.setdefault(digest, frozenset((one.id, one.provider) for one in rows))


ACTS = {
    "change_server": change_server,
    "keep_source": keep_source,
    "switch_source": switch_source,
    "remove_source": remove_source,
    "ask_source": ask_source,
    "agree_source": agree_source,
    "read_sources": read_sources,
    "sync_source": sync_source,
}
