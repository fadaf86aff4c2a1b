"""What may stand on a card, told once more: to whom a handle leads, and nothing else that leads to anybody."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from api.schemas.rankings import from_account, from_ranking, to_json
from matcher.domain.answers import Account, Match, Ranking
from matcher.domain.kinds import Purpose
from matcher.domain.records import Request
from matcher.policy import Asker
from matcher.text import fold
from tests.simulation.model import Demand, Person

if TYPE_CHECKING:
    from tests.simulation.world import World

LEAST = 5
"""Alumni of a school who share what a card shows."""
_READ = 5
"""Of a ranking, how many cards are read as JSON."""
_HANDLE = re.compile(r"[a-z2-7]{39}")
_BETRAYS = re.compile(r"zq\dx\d\dy|\bA-\d+\b|voorbeeld\.example|(?<![.\d])\d{15,}", re.IGNORECASE)
"""Words and addresses of people, numbers of schools, random keys."""
_LASTS = timedelta(hours=24)


def question(world: World, asker: Asker, wish: Request) -> tuple[object, ...]:
    """What the handles of a question that is not saved are bound to: the question, and when it was first asked."""
    cards, same = world.model.cards, (asker.key, wish.school, wish.kind)
    if same not in cards.questions or cards.questions[same] + _LASTS <= world.now:
        cards.questions[same] = world.now
    return (*same, cards.questions[same])


def need_cards(world: World, ranking: Ranking, bound: object) -> None:
    """The cards of one request or question: its handles, facts that enough people share, and no small counts."""
    for match in ranking.matches:
        _need_handle(world, match.candidate_id, bound, match.key)
        if world.certain:
            _need_facts(world, match)
    few = {code: count for code, count in ranking.excluded.items() if count is not None and 0 < count < LEAST}
    world.need(not few, "a small count for someone who may not list", few)
    shown = from_ranking(replace(ranking, matches=ranking.matches[:_READ]), "nl")
    _need_hidden(world, to_json(shown).decode())


def need_card(world: World, account: Account, demand: Demand, person: Person) -> None:
    """The account of one alumnus as a card."""
    world.need(account.match is not None, "a card without an alumnus", account)
    assert account.match is not None
    world.need(account.match.key == person.key, "a handle that leads to another", (account, person))
    world.need(account.candidate.id == account.match.candidate_id, "an account under another name", account)
    _need_handle(world, account.candidate.id, demand.key, person.key)
    _need_facts(world, account.match)
    _need_hidden(world, to_json(from_account(account, "nl")).decode())


def _need_handle(world: World, handle: str, bound: object, key: int) -> None:
    """The same each time for this request and alumnus, and never that of another request or alumnus."""
    cards = world.model.cards
    world.need(_HANDLE.fullmatch(handle), "a handle that is none", handle)
    known = cards.handles.setdefault((bound, key), handle)
    world.need(known == handle, "two handles of one alumnus for one request", (known, handle))
    owner = cards.owners.setdefault(handle, (bound, key))
    world.need(owner == (bound, key), "one handle for two", (owner, bound, key))


def _need_facts(world: World, match: Match) -> None:
    """Of the job what enough alumni of the school have in common, or what the alumnus chose to show."""
    person = world.model.people[match.key]
    world.need(match.record is None and not match.what_if, "a card with the record behind it", match.candidate_id)
    rounded = all(round(number, 2) == number for number in (match.score, *(t.points for t in match.contributions)))
    world.need(rounded, "a card with an exact score", match.contributions)
    world.need(match.card.region is None and match.card.own_text is None, "a card says what nobody said", match.card)
    title = match.card.title
    own = fold(person.function or "")
    if title is not None:
        world.need(fold(title) == own, "a card with the job of another", (title, person))
    hidden = not world.model.agrees(person, Purpose.SHOW_FUNCTION, world.today)
    same = [one for one in world.model.people.values() if one.school == person.school and shares(one, own)]
    if hidden and title is not None:
        world.need(len(same) >= LEAST, "a card with a job that few have", (title, len(same)))
    if not hidden and own:
        world.need(title is not None, "a card without what the alumnus chose to show", person)


def shares(person: Person, job: str) -> bool:
    """Whether somebody has this job."""
    return fold(person.function or "") == job


def _need_hidden(world: World, text: str) -> None:
    found = _BETRAYS.search(text)
    world.need(found is None, "an answer on cards that leads to somebody", found)
