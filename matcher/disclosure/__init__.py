"""What an asker is shown of alumni: the one place that decides it, for pages, JSON, mails, exports and prints.

Whoever may list alumni (`alumni.list`) sees rankings and accounts as they are. All others, such as teachers, the
placement office and partners, see cards: a handle in place of the school's number (`handles`), facts that at least
five alumni of the school share (`profiles`), answers to the question alone (`answers`), and rounded numbers. The log
holds the exact answer for everyone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from matcher.disclosure import answers
from matcher.disclosure.answers import counts as counts_on_cards
from matcher.disclosure.handles import Handles
from matcher.disclosure.profiles import YEARS, Step, levels_of, of_town, steps_of, years_of
from matcher.domain import crebo
from matcher.domain.answers import Account, Card, Match, More, Ranking
from matcher.domain.kinds import Purpose, RequestKind, number_of
from matcher.domain.records import Alumnus, Qualification
from matcher.policy import Action, Asker
from matcher.pool import Pool
from matcher.pool.columns import card_code, day_number
from matcher.text import card_spelling, fold

__all__ = [
    "Handles",
    "account_on_card",
    "card_of",
    "counts_on_cards",
    "of_town",
    "ranking_on_cards",
    "sees_cards",
]


def sees_cards(asker: Asker) -> bool:
    """Whether this asker sees alumni on cards only."""
    return not asker.may(Action.ALUMNI_LIST)


def ranking_on_cards(ranking: Ranking, pool: Pool, handles: Handles) -> Ranking:
    """A ranking of alumni as cards. `pool`: the one that was ranked."""
    return replace(
        ranking,
        matches=tuple(_match(match, ranking, pool, handles) for match in ranking.matches),
        excluded=answers.excluded(ranking.excluded),
        more=_more(ranking.more),
    )


def _more(changes: Sequence[More]) -> tuple[More, ...]:
    """What changes of a request add, without small counts."""
    return tuple(replace(one, adds=answers.few(one.adds)) for one in changes)


def account_on_card(account: Account, pool: Pool, handles: Handles) -> Account | None:
    """The account of one alumnus as a card; None of whom a card may not tell: hidden, or unavailable."""
    if not (account.visible and account.match and answers.is_available(account.rules)):
        return None
    match = _match(account.match, account, pool, handles)
    candidate = replace(account.candidate, id=match.candidate_id, title=match.card.title or "", school=None)
    return replace(
        account,
        candidate=candidate,
        rules=answers.rules(account.rules),
        match=match,
        what_if=(),
        more=_more(account.more),
    )


def _match(match: Match, answer: Ranking | Account, pool: Pool, handles: Handles) -> Match:
    card, owner = Card(None, None, None), ""
    if isinstance(match.record, Alumnus):
        card, owner = card_of(match.record, pool, day_number(answer.basis.as_of), answer.query.kind)
        card = replace(card, checked_on=match.card.checked_on)
    return replace(
        match,
        candidate_id=handles.of(match.key),
        owner=owner,
        score=round(match.score, 2),
        contributions=answers.contributions(match.contributions),
        what_if=(),
        card=card,
        record=None,
    )


def card_of(alumnus: Alumnus, pool: Pool, day: int, kind: str) -> tuple[Card, str]:
    """The facts of an alumnus of this pool that a card shows, and the school, empty where that is not shown.

    Of a place for work experience: the company. Of others: what the alumnus shares with enough others, and what they
    chose to show. A fact that changed since the pool was made is left out: nobody counted who shares it.
    """
    if kind == RequestKind.BPV_PLACE.value:
        recognised = bool(alumnus.company_id)
        company = Card(
            alumnus.employer,
            None,
            alumnus.company_town,
            recognised=recognised,
            recognised_on=alumnus.company_recognised_on if recognised else None,
            places=alumnus.company_places,
        )
        return company, ""
    row = pool.person_row[alumnus.key]
    step, chosen = Step(int(steps_of(pool)[row])), _chosen(pool, row, day)
    texts = {
        name: card_spelling(text)
        for name, text in (("function", alumnus.function), ("sector", alumnus.sector), ("town", alumnus.town))
        if text and card_code(text) == int(getattr(pool.people, name)[row])
    }
    job = texts.get("function") if step is Step.JOB or chosen[Purpose.SHOW_FUNCTION] else None
    this = np.array([row])
    years = int(years_of(pool, this)[0]) if step <= Step.YEARS else 0
    level = int(levels_of(pool, this)[0]) if step <= Step.LEVEL else 0
    card = Card(
        title=job or (texts.get("sector") if step <= Step.SECTOR else None),
        subtitle=None,
        region=texts.get("town") if step <= Step.TOWN else None,
        level=level if level > 0 else None,
        years=(years, years + YEARS - 1) if years else None,
        since=_since(alumnus.qualifications) if chosen[Purpose.SHOW_YEARS] else None,
        own_text=alumnus.card_text if chosen[Purpose.SHOW_TEXT] else None,
    )
    return card, alumnus.school if step <= Step.SCHOOL else ""


def _since(held: Sequence[Qualification]) -> int | None:
    """The first year of a qualification in the trade of the latest one: that of an earlier trade does not count.

    One trade is one domain of the register, or one name outside it. None where no year is known.
    """
    first: dict[str, int] = {}
    latest = max((item.year for item in held if item.year), default=None)
    trades = [(_trade(item), item.year) for item in held if item.year]
    for trade, year in trades:
        first[trade] = min(year, first.get(trade, year))
    return max((first[trade] for trade, year in trades if year == latest), default=None)


def _trade(item: Qualification) -> str:
    entry = crebo.entry(item.crebo, item.name)
    return f"domain:{entry.domain}" if entry else f"name:{fold(item.name or item.crebo or '')}"


def _chosen(pool: Pool, row: int, day: int) -> Mapping[Purpose, bool]:
    """What an alumnus chose to show, of the choices in force on a day."""
    mask = int(pool.consents_on(day)[row])
    return {
        purpose: bool(mask >> number_of(purpose) & 1)
        for purpose in (Purpose.SHOW_FUNCTION, Purpose.SHOW_YEARS, Purpose.SHOW_TEXT)
    }
