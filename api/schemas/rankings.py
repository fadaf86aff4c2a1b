"""Rankings and accounts as JSON models, made from domain values; the command line and the API give the same JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field

from matcher import explain
from matcher.domain.answers import Account, Basis, Match, More, QueryInfo, Ranking, RuleOutcome, WhatIf
from matcher.locale import Language, say
from matcher.policy import Action, Asker
from matcher.services import own_fields
from matcher.services.app import StoreApp

Own = Mapping[int, Mapping[str, str]]
"""What alumni have of own fields, by random key."""


class Model(BaseModel):
    """Base of the models: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


def to_json(value: BaseModel | Sequence[BaseModel], *, indent: bool = False) -> bytes:
    """JSON as bytes; numbers are not rounded."""
    data = value.model_dump() if isinstance(value, BaseModel) else [item.model_dump() for item in value]
    return _dumped(data, indent=indent)


class QueryOut(Model):
    """The query. The title of an alumnus is the job, never a name."""

    id: str = Field(examples=["R-12"])
    kind: str = Field(description="A request kind, `offering` or `alumnus`.", examples=["guest_lesson"])
    title: str = Field(examples=["Gastles wondzorg voor tweedejaars"])
    school: str | None = Field(default=None, description="School, or provider of a course.")


class ContributionOut(Model):
    """What one signal adds to the score: value x weight = points."""

    signal: str = Field(examples=["similarity"])
    value: float = Field(ge=0, le=1, examples=[0.91])
    weight: float = Field(ge=-1, le=1, examples=[0.35], description="Below 0 where it is taken off: `not_wanted`.")
    points: float = Field(examples=[0.3185])
    known: bool = Field(description="False: unknown, and the value is the prior.")
    evidence: dict[str, Any] = Field(default_factory=dict, description="The data behind the value.")


class CardOut(Model):
    """What a list shows of a candidate, under a pseudonym."""

    title: str | None = Field(examples=["Wijkverpleegkundige"])
    subtitle: str | None = Field(examples=["Zorg en welzijn"])
    region: str | None = Field(examples=["Zwolle"])


class FactOut(Model):
    """One thing that a card shows of a candidate."""

    code: str = Field(examples=["level"])
    text: str = Field(examples=["Niveau 3"])


class MatchOut(Model):
    """One candidate, with the terms of its score and the reasons in words."""

    rank: int = Field(ge=0, examples=[1], description="0 where a rule excludes the candidate.")
    candidate_id: str = Field(
        examples=["A-0007"],
        description="Id of the spreadsheet; for an asker who may not list alumni a handle of this request alone.",
    )
    school: str | None = Field(description="School of an alumnus or request, provider of a course.")
    kind: str = Field(description="What the pair is about: the kind of the request, or `offering`.")
    score: float = Field(description="The sum of the points.", examples=[0.8123])
    band: str | None = Field(description="`strong`, `good` or `possible`; null below those.")
    band_capped_by: str | None = Field(
        description="What the asker called necessary and this candidate lacks, so that the band is no higher: "
        "`not_wanted`, `availability`, `online` or `topic`; null where it lacks nothing."
    )
    group: int = Field(
        ge=0, description="Matches next to each other with the same number fit equally well; 0 outside a list."
    )
    card: CardOut
    own_fields: dict[str, str] = Field(
        default_factory=dict,
        description="Own fields of the school that are not personal; for whoever may list alumni.",
    )
    facts: list[FactOut] = Field(max_length=3, description="What a card shows besides; for whoever sees cards.")
    row_facts: list[str] = Field(
        default_factory=list,
        max_length=3,
        description="Of the reasons at most three that a row of a list shows, beside what is said of the whole list.",
    )
    day_parts: dict[str, bool | None] = Field(
        default_factory=dict,
        description="Of at most three asked day parts whether it can be then; null where that is not known.",
        examples=[{"tue-afternoon": True, "thu-afternoon": None}],
    )
    caution: str | None = Field(
        default=None, description="Of the reasons the one thing to mind, or else that is not known; null for none."
    )
    weights: str = Field(description="Version of the weights used.", examples=["guest_lesson@1"])
    contributions: list[ContributionOut]
    reasons: list[str]
    what_if: list[str] = Field(description="Single changes that would move this match up.")


class BasisOut(Model):
    """What decides an answer besides the question: the same basis gives the same answer."""

    as_of: date
    revision: int = Field(description="Data revision.", examples=[41])
    origin: str = Field(description="Tells this state of the data from every other.")
    encoder: str
    weights: str = Field(examples=["guest_lesson@1"])
    rules: int = Field(description="Version of the rules.", examples=[1])
    meaning: str | None = Field(
        description="Name and hash of the second encoder; null where it does not count: off, or not done reading."
    )
    newest: str | None = Field(
        description="The newest state of the data, where this is of the one before: whoever changed between the two is "
        "left out. Null where it is of the newest."
    )


class MoreOut(Model):
    """What one change of the request adds, counted by scoring again."""

    text: str = Field(examples=["Ook woensdagmiddag"])
    change: dict[str, Any] = Field(description="Its `code`, and what is changed.")
    adds: int | None = Field(
        description="Alumni who are strong or good then, lack nothing, and were not before; null for 1 to 4 where "
        "the asker may not list alumni.",
        examples=[6],
    )


class RankingOut(Model):
    """The answer to one query, with everything needed to reproduce it."""

    query: QueryOut
    as_of: date
    revision: int = Field(description="Data revision.")
    encoder: str
    weights: str = Field(examples=["guest_lesson@1"])
    basis: BasisOut
    eligible: int = Field(description="Candidates that pass every rule.")
    excluded: dict[str, int | None] = Field(
        description="Candidates left out, by the first rule that they fail. For an asker who may not list alumni: "
        "rules about the request by name, all others as `unavailable`, and null for 1 to 4."
    )
    matches: list[MatchOut]
    open_questions: list[str] = Field(
        default_factory=list, description="What the question does not say: true of all matches, so said once."
    )
    shared_reasons: list[str] = Field(
        default_factory=list, description="The reasons of all matches, where there are three or more: said once."
    )
    more: list[MoreOut] = Field(default_factory=list, description="What changes of a request would add, most first.")
    exact: bool = Field(
        description="Whether it is proven that no candidate left out scores higher; false with an approximate index."
    )
    behind_since: datetime | None = Field(
        default=None,
        description="Since when the data that it is made of are not the newest, while those are being read in; null "
        "where they are. It holds nobody who changed since.",
        examples=["2027-03-01T13:03:00Z"],
    )


class RuleOut(Model):
    """The outcome of one rule for one pair."""

    code: str = Field(examples=["no_consent"])
    passed: bool
    known: bool
    evidence: dict[str, Any]
    sentence: str


class AccountOut(Model):
    """The full explanation of one pair, whether or not it is in the ranking."""

    query: QueryOut
    candidate: QueryOut
    as_of: date
    revision: int
    encoder: str
    weights: str
    basis: BasisOut
    visible: bool = Field(description="Whether the asker may see this candidate at all.")
    eligible: int
    rank: int | None = Field(description="Null where a rule excludes the candidate.")
    rules: list[RuleOut] = Field(description="All rules in order; without consent for this purpose that rule alone.")
    match: MatchOut | None = Field(
        description="Null where the asker may not see this candidate, or no consent for this purpose is in force."
    )
    what_if: list[str]


def perspective_of(query_kind: str) -> explain.Perspective:
    """The reader of the sentences: an alumnus who considers demands, or an asker who considers an alumnus."""
    return "alumnus" if query_kind == "alumnus" else "asker"


def what_ifs(
    items: Sequence[WhatIf], language: Language, perspective: explain.Perspective, current: int | None
) -> list[str]:
    """The what-ifs as sentences."""
    return [explain.what_if_sentence(item, language, perspective, current=current) for item in items]


def added(more: MoreOut, language: Language) -> str:
    """What a change of a request adds, as a sentence."""
    if more.adds is None:
        return say(language, "pages.result.adds_few", change=more.text)
    return say(language, "pages.result.adds", change=more.text, count=more.adds)


def own_values(app: StoreApp, asker: Asker, ranking: Ranking) -> Own:
    """What the alumni of a ranking have of own fields, by random key; nothing for whoever may not list alumni."""
    if not asker.may(Action.ALUMNI_LIST):
        return {}
    return own_fields.shown(app, asker, [match.key for match in ranking.matches])


def from_ranking(ranking: Ranking, language: Language, own: Own | None = None) -> RankingOut:
    """A ranking as a model; `own`: as `own_values` gives it."""
    return RankingOut.model_validate(_ranking(ranking, language, own), from_attributes=True)


def ranking_json(ranking: Ranking, language: Language, own: Own | None = None) -> bytes:
    """The JSON of `from_ranking`, without a model in between."""
    return _dumped(_ranking(ranking, language, own))


def from_account(account: Account, language: Language) -> AccountOut:
    """An account as a model. It holds nothing about a candidate that the asker may not see."""
    return AccountOut.model_validate(_account(account, language), from_attributes=True)


def account_json(account: Account, language: Language) -> bytes:
    """The JSON of `from_account`, without a model in between."""
    return _dumped(_account(account, language))


def _dumped(value: object, *, indent: bool = False) -> bytes:
    options = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_UTC_Z | (orjson.OPT_INDENT_2 if indent else 0)
    return orjson.dumps(value, vars, option=options)


# What follows makes what the models above describe, each key in the order of its model: what is sent is written from
# these, and not checked again.


def _ranking(ranking: Ranking, language: Language, own: Own | None) -> dict[str, object]:
    perspective = perspective_of(ranking.query.kind)
    told = [explain.Told(match, language, perspective) for match in ranking.matches]
    said = explain.shared_reasons([one.reasons() for one in told])
    matches = [
        _match(match, language, perspective, one, own=(own or {}).get(match.key), said=said)
        for match, one in zip(ranking.matches, told, strict=True)
    ]
    return {
        "query": _query(ranking.query),
        "as_of": ranking.basis.as_of,
        "revision": ranking.basis.revision,
        "encoder": ranking.basis.encoder,
        "weights": ranking.basis.weights,
        "basis": _basis(ranking.basis),
        "eligible": ranking.eligible,
        "excluded": {code: count for code, count in ranking.excluded.items() if count != 0},
        "matches": matches,
        "open_questions": explain.open_questions(told, language) if perspective == "asker" else [],
        "shared_reasons": said,
        "more": [_more(more, language) for more in ranking.more],
        "exact": ranking.exact,
        "behind_since": ranking.behind_since,
    }


def _match(
    match: Match,
    language: Language,
    perspective: explain.Perspective,
    told: explain.Told,
    *,
    own: Mapping[str, str] | None = None,
    said: Sequence[str] = (),
) -> dict[str, object]:
    """`own`: what it has of own fields. `said`: reasons that the whole list has."""
    row, card = told.brief(said), match.card
    return {
        "rank": match.rank,
        "candidate_id": match.candidate_id,
        "school": match.owner or None,
        "kind": match.kind,
        "score": match.score,
        "band": match.band,
        "band_capped_by": match.capped_by,
        "group": match.group,
        "card": {"title": card.title, "subtitle": card.subtitle, "region": card.region},
        "own_fields": own or {},
        "facts": [{"code": code, "text": text} for code, text in explain.facts(card, language)],
        "row_facts": row.facts,
        "day_parts": {one.code: one.can for one in row.day_parts},
        "caution": row.caution or None,
        "weights": match.weights,
        "contributions": match.contributions,
        "reasons": told.reasons(),
        "what_if": what_ifs(match.what_if, language, perspective, match.rank),
    }


def _query(info: QueryInfo) -> dict[str, object]:
    return {"id": info.id, "kind": info.kind, "title": info.title, "school": info.school}


def _basis(basis: Basis) -> dict[str, object]:
    return {name: getattr(basis, name) for name in BasisOut.model_fields}


def _more(more: More, language: Language) -> dict[str, object]:
    change = {"code": more.change, **more.values}
    return {"text": explain.more_sentence(more, language), "change": change, "adds": more.adds}


def _account(account: Account, language: Language) -> dict[str, object]:
    perspective, match = perspective_of(account.query.kind), account.match
    return {
        "query": _query(account.query),
        "candidate": _query(account.candidate),
        "as_of": account.basis.as_of,
        "revision": account.basis.revision,
        "encoder": account.basis.encoder,
        "weights": account.basis.weights,
        "basis": _basis(account.basis),
        "visible": account.visible,
        "eligible": account.eligible,
        "rank": account.rank,
        "rules": [_rule(outcome, language) for outcome in account.rules],
        "match": _match(match, language, perspective, explain.Told(match, language, perspective)) if match else None,
        "what_if": what_ifs(account.what_if, language, perspective, account.rank),
    }


def _rule(outcome: RuleOutcome, language: Language) -> dict[str, object]:
    return {
        "code": outcome.code,
        "passed": outcome.passed,
        "known": outcome.known,
        "evidence": outcome.evidence,
        "sentence": explain.rule_sentence(outcome, language),
    }
