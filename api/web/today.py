"""The work list of a coordinator, and how asks are spread, in words and links."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from api.web.render import address
from matcher.domain.demands import own_days
from matcher.domain.records import Request as SavedRequest
from matcher.locale import Language, say, written
from matcher.services.groups import Group
from matcher.services.ledger import STATES, Part, Show
from matcher.services.plan_files import change_sentence
from matcher.services.work import Job, Waiting

NAMED = 3
"""Requests that a job names."""
TABS: Mapping[Show, str] = {Show.NEVER: "nooit", Show.BALANCED: "goed", Show.SPENT: "op"}
FILLS: Mapping[Show, str] = {Show.NEVER: "f1", Show.BALANCED: "f2", Show.SPENT: "fs"}
_PLACES: Mapping[Job, str] = {
    Job.UNFILLED: "/plan",
    Job.REPLIES: "/antwoorden",
    Job.DISPUTES: "/vragen-over-lijsten",
    Job.MESSAGES: "/segmenten",
    Job.OBJECTIONS: "/nazorg?toon=bezwaar",
    Job.AFTERCARE: "/nazorg",
    Job.DUPLICATES: "/dubbelen",
    Job.BOUNCED: "/toestemming/gegevens",
    Job.SILENT: "/toestemming/gegevens",
}


def job_view(language: Language, one: Waiting) -> dict[str, object]:
    """A job as a row: how many, what about, and where to do it."""
    about = say(language, f"today.about.{one.job}")
    if one.best is not None:
        about = change_sentence(one.best, language) or about
    named = [] if one.job is Job.UNFILLED else one.requests[:NAMED]
    return {
        "count": written(language, one.count),
        "title": say(language, f"today.job.{one.job}", count=one.count),
        "about": about,
        "verb": say(language, f"today.verb.{one.job}"),
        "link": _link(one),
        "requests": [
            {"title": request.title, "link": link_of(request), "day": own_days(request)[0]} for request in named
        ],
        "more": max(len(one.requests) - NAMED, 0) if named else 0,
        "urgent": one.job is Job.WITHDRAWN,
    }


def _link(one: Waiting) -> str:
    if one.job is Job.UPLOADS:
        return address("inlezen", one.file)
    return _PLACES.get(one.job) or link_of(one.requests[0])


def link_of(request: SavedRequest) -> str:
    """The page of a request."""
    return address("aanvragen", request.request_id, school=request.school)


def balance_view(language: Language, part: Part) -> dict[str, object]:
    """A group of alumni by how often they were asked; no picture where a count is not to be shown."""
    hidden = say(language, "today.balance.hidden")
    counts = {show: part.counts[show] for show in STATES}
    texts = {show: hidden if count is None else written(language, count) for show, count in counts.items()}
    shown = None not in counts.values()
    words = {show.value: texts[show] for show in STATES}
    return {
        "alumni": part.alumni,
        "picture": say(language, "today.balance.picture", **words) if shown else "",
        "parts": [
            {
                "name": TABS[show],
                "count": counts[show] or 0,
                "text": texts[show],
                "fill": FILLS[show],
                "link": group_link(part, show),
            }
            for show in STATES
        ],
    }


def group_link(part: Part, show: Show) -> str:
    """The list of the alumni of a group that are in one state."""
    group = part.group
    return address(
        "balans",
        toon=TABS[show],
        kan="ja" if group.able else "",
        vak="-" if group.field == "" else group.field,
        van=group.first,
        tot=group.last,
    )


def group_words(language: Language, group: Group) -> str:
    """What the alumni of a group have in common; empty for everybody."""
    said = []
    if group.field is not None:
        said.append(group.field or say(language, "balance.no_field"))
    if group.last is not None and group.first is not None:
        said.append(say(language, "balance.years", first=str(group.first), last=str(group.last)))
    elif group.last is not None:
        said.append(say(language, "balance.until", last=str(group.last)))
    elif group.first is not None:
        said.append(say(language, "balance.since", first=str(group.first)))
    return ", ".join(said)


def long_day(language: Language, value: date) -> str:
    """Maandag 1 maart 2027."""
    from babel.dates import format_date

    text = format_date(value, "EEEE d MMMM y", locale=language)
    return text[:1].upper() + text[1:]
