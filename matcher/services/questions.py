"""Questions in one's own words: what was understood, and the list that follows where that is enough."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import Any

from matcher.domain.answers import Ranking
from matcher.domain.day_parts import DAYS, mask_of_day_parts
from matcher.domain.kinds import KINDS, Least, RequestKind
from matcher.domain.places import Coordinates
from matcher.domain.records import Moment, OnlineMode, RecordKind, Request
from matcher.errors import InvalidValue
from matcher.gazetteer.lookup import Answer, look_up
from matcher.matching.question import Question
from matcher.policy import Action, Asker
from matcher.pool import Pool
from matcher.questions import Doubt, Place, Reading, read
from matcher.questions.reading import LONGEST
from matcher.questions.vocabulary import Vocabulary
from matcher.questions.week import part_of_hour
from matcher.repositories import Transaction
from matcher.repositories.values import FROM_QUESTION, Upsert
from matcher.services import asks, matching
from matcher.services.app import App
from matcher.services.cards import question_digest
from matcher.text import TOWN_LINK, town_key, towns_of

MOST_TITLE = 200
"""Characters of a title that is made of the topic."""
_POSTCODE = re.compile(r"([1-9]\d{3})\s*([A-Za-z]{2})?")
_OF_SLOT = {
    "kind": {"kind", "kind_needed", "kind_assumed"},
    "place": {"place_meant", "place_several", "place_region", "place_second"},
    "topic": {"topic_meant", "topic_unknown", "word"},
}  # fmt: skip
"""The doubts that are over once somebody has filled in a slot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A question, and what the asker changed of what was understood.

    `changes`: values of `Reading` by the name of its slot. `kind` counts before what the text says; `assumed` where
    neither says it, and that is told.
    """

    text: str
    kind: RequestKind | None = None
    assumed: RequestKind | None = None
    school: str | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was understood, all that is in doubt, the request made from it, and its list.

    `request` and `ranking` are None where a list of that kind needs more than was understood: a doubt asks for it.
    """

    reading: Reading
    doubts: tuple[Doubt, ...]
    request: Request | None
    ranking: Ranking | None
    saved: str | None = None
    is_new: bool = True
    """False where this request was there already."""


def ask(
    app: App,
    asker: Asker,
    wanted: Wanted,
    *,
    top: int = 10,
    as_of: date | None = None,
    save: bool = False,
    at_once: bool = False,
) -> Asked:
    """Reads a question and ranks alumni for it. Of the text only a hash is logged.

    `save`: it is also made a request, as the function of that name does; else nothing is stored. `at_once`: as in
    `matching.match`. Raises Forbidden, UnknownId, InvalidValue.
    """
    if save:
        asker.owner(Action.REQUESTS_SAVE, wanted.school)
    asked, located = _understood(app, asker, Action.MATCH_UNSAVED, wanted)
    if asked.request is None:
        return asked
    ranking = matching.match_unsaved(app, asker, asked.request, top=top, as_of=as_of, located=located, at_once=at_once)
    asked = replace(asked, ranking=ranking)
    return _kept(app, asker, asked, located) if save else asked


def as_question(app: App, asker: Asker, wanted: Wanted) -> tuple[Question, Pool] | None:
    """A question as it is ranked, and of which pool; None where no list can be made of it. Raises as `ask`.

    Not logged: whoever uses it logs what is shown.
    """
    asked, located = _understood(app, asker, Action.MATCH_UNSAVED, wanted)
    if asked.request is None:
        return None
    question, pool, _ = matching.unsaved(app, asker, asked.request, located=located)
    return question, pool


def save(app: App, asker: Asker, wanted: Wanted) -> Asked:
    """Makes the question an open request of the school, as an import would; the handles on its cards stay the same.

    Nothing is written where no list could be made. Raises Forbidden, UnknownId, InvalidValue.
    """
    return _kept(app, asker, *_understood(app, asker, Action.REQUESTS_SAVE, wanted))


def _kept(app: App, asker: Asker, asked: Asked, located: Mapping[str, Coordinates]) -> Asked:
    request = asked.request
    if request is None:
        return asked
    if not request.school:
        raise InvalidValue("school_for_request")
    digest = question_digest(asker, request)
    values = _values(request)
    title = str(values["title"] or KINDS[request.kind].word)
    values["title"] = title[:1].upper() + title[1:]

    def work(tx: Transaction) -> tuple[str, bool]:
        known = tx.places.of(located)
        tx.places.add({key: point for key, point in located.items() if key not in known})
        import_id = tx.imports.begin(RecordKind.REQUESTS, request.school, FROM_QUESTION)
        row = Upsert(row=1, id="", owner=request.school or "", values=values)
        (result,) = tx.imports.upsert(RecordKind.REQUESTS, [row], import_id=import_id, alike=False)
        (stored,) = tx.records.find(RecordKind.REQUESTS, result.id, request.school)
        tx.questions.keep(digest, stored.key)
        asks.begin(tx, asker, stored.key)
        tx.note(Action.REQUESTS_SAVE, {"request": stored.key, "purpose": request.kind.value})
        return result.id, result.outcome == "created"

    saved, is_new = app.store.write(work, by=asker)
    return replace(asked, saved=saved, is_new=is_new)


@cache
def _vocabulary(words: Callable[[], Collection[str]]) -> Vocabulary:
    return Vocabulary(words)


def _understood(app: App, asker: Asker, action: Action, wanted: Wanted) -> tuple[Asked, Mapping[str, Coordinates]]:
    school = asker.owner(action, wanted.school)
    if not wanted.text.strip():
        raise InvalidValue("empty_query")
    if len(wanted.text) > LONGEST:
        raise InvalidValue("question_too_long", most=LONGEST)
    reading = read(wanted.text, today=app.clock.today(), known=_vocabulary(app.known_words))
    reading = _changed(reading, wanted)
    doubts = list(reading.doubts)
    if reading.kind is None and wanted.assumed is not None:
        reading = replace(reading, kind=wanted.assumed)
        doubts.append(Doubt("", "kind_assumed", {"kind": wanted.assumed.value}))
    elif reading.kind is None and not any(doubt.code == "kind" for doubt in doubts):
        doubts.append(Doubt("", "kind_needed"))
    enough = reading.kind is not None and bool(named(reading) & KINDS[reading.kind].least)
    if not enough and not named(reading) & {Least.TOPIC}:
        least = KINDS[reading.kind].least if reading.kind else frozenset({Least.TOPIC})
        doubts.append(Doubt("", "topic_needed" if least == {Least.TOPIC} else "topic_or_class_needed"))
    request, more = _request(reading, school) if enough else (None, ())
    located: dict[str, Coordinates] = {}
    for town in towns_of(request.town) if request is not None else ():
        answer = look_up(town)
        if answer.point is not None:
            located[town_key(town)] = answer.point
        else:
            more = (*more, _unplaced(town, answer))
    return Asked(reading=reading, doubts=(*doubts, *more), request=request, ranking=None), located


def _unplaced(town: str, answer: Answer) -> Doubt:
    """What is asked where the town of a request is nowhere, or may be in several places."""
    if not answer.places:
        return Doubt(town, "place_unknown")
    if answer.known:
        return Doubt(town, "place_several", {"choices": [place.full_name for place in answer.places]})
    return Doubt(town, "place_meant", {"suggest": answer.places[0].name})


def _changed(reading: Reading, wanted: Wanted) -> Reading:
    changes = dict(wanted.changes)
    if wanted.kind is not None:
        changes["kind"] = wanted.kind
    place: Place | None = changes.get("place")
    read_ = reading.place
    if place and read_ and (place.name == read_.region or place.towns == read_.towns):
        changes["place"] = replace(read_, sure=read_.region is None)
    over = {code for slot in changes for code in _OF_SLOT.get(slot, ())}
    if "topic" in changes:
        changes["unknown"] = frozenset()
    doubts = tuple(doubt for doubt in reading.doubts if doubt.code not in over)
    changed = replace(reading, **changes, doubts=doubts)
    first, last = changed.period_from, changed.period_to
    return replace(changed, period_to=None) if first and last and last < first else changed


def named(reading: Reading) -> frozenset[Least]:
    """What a question names of that of which a list needs at least one. A word that nobody knows is no topic."""
    told = {
        Least.TOPIC: any(word not in reading.unknown for word in reading.topic),
        Least.CLASS: bool(reading.class_),
        Least.PLACE: reading.place is not None,
    }
    return frozenset(least for least, there in told.items() if there)


def _request(reading: Reading, school: str | None) -> tuple[Request, tuple[Doubt, ...]]:
    """The request of a reading, and what of it no field of a request can hold."""
    assert reading.kind is not None  # noqa: S101 - the caller saw to it
    doubts: list[Doubt] = []
    moments, day_parts = [], set(reading.day_parts)
    first, last = reading.period_from, reading.period_to
    for start, end in reading.moments:
        if end is not None:
            moments.append(Moment(start, end))
        else:
            doubts.append(Doubt(f"{start:%d-%m-%Y %H:%M}", "no_end"))
            day_parts.add(f"{DAYS[start.weekday()]}-{part_of_hour(start.hour)}")
            first, last = min(first or start.date(), start.date()), max(last or start.date(), start.date())
    if reading.not_day_parts and not day_parts:
        doubts.append(Doubt(reading.source.get("not_day_parts", ""), "not_day_parts"))
    place: Place | None = reading.place
    postcode = _POSTCODE.fullmatch((place.name or "").strip()) if place else None
    request = Request(
        request_id="",
        kind=reading.kind,
        school=school,
        title=" ".join(reading.topic)[:MOST_TITLE],
        level=reading.level,
        not_wanted=reading.not_topic,
        moments=tuple(moments),
        day_parts=None if moments else mask_of_day_parts(day_parts) or None,
        period_from=None if moments else first,
        period_to=None if moments else last,
        pc4=postcode[1] if postcode else None,
        town=TOWN_LINK.join(place.towns) or None if place and not postcode else None,
        online=OnlineMode(reading.online) if reading.online else None,
        people=reading.people or 1,
        languages=reading.languages,
        hours_per_week=reading.hours_per_week,
        certificate_required=bool(reading.certificate),
    )
    return request, tuple(doubts)


_SAVED = (
    "kind", "title", "level", "not_wanted", "pc4", "moments", "day_parts", "period_from", "period_to", "town", "online",
    "people", "languages", "hours_per_week", "certificate_required",
)  # fmt: skip


def _values(request: Request) -> dict[str, object]:
    """What a row of a list with these fields would say."""
    values = {name: getattr(request, name) for name in _SAVED}
    return {name: value for name, value in values.items() if value not in (None, ())}
