"""Views of answers and records for the templates: wording and grouping, without decisions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from api.schemas.rankings import perspective_of
from api.web import wording
from api.web.render import address
from matcher import explain
from matcher.domain.answers import BANDS, Card, Match, More, Ranking
from matcher.domain.demands import closing_day
from matcher.domain.records import Offering, OnlineMode, Record, RecordKind, Request
from matcher.gazetteer.lookup import km_between
from matcher.locale import Language, say
from matcher.text import fold

_LEAST_OF_COMPANY = 2
_OPEN_UNTIL, _SHORT_LIST = 4, 10
"""Equals are open up to this place, and everywhere in a list that is longer than a short one."""
Groups = Sequence[tuple[str, Sequence[str]]]
"""Reasons by group."""


@dataclass(frozen=True)
class Fact:
    """One line about a candidate: label and text."""

    label: str
    text: str


@dataclass(frozen=True)
class Strip:
    """The asked day parts of a question as cells: a short text, and yes, no or unknown; `label`: all of it in words.

    `below`: what the cells have in common, such as the afternoon; empty where each says it.
    """

    cells: Sequence[tuple[str, str]]
    label: str
    below: str


@dataclass(frozen=True)
class MoreView:
    """One change of a question: in words, what it adds, and where it is made; no `link` where that has no address."""

    text: str
    adds: str
    link: str | None


@dataclass(frozen=True)
class RowView:
    """One match as a row of a list; all else about it is a click away."""

    rank: int
    id: str
    name: str
    """The id as a reader sees it, or the place in the list: a handle says nothing."""
    named: bool
    """Whether it has an id for the reader; a place in a list does not name anybody, it moves."""
    owner: str
    title: str
    about: Sequence[str]
    """Who or what it is, in a few words."""
    band: str
    capped: str
    """Why the band is no higher, where a row further down has a higher one; else empty."""
    group: int
    brief: explain.Brief
    days: Strip | None
    facts: Sequence[Fact]
    url: str | None
    why: str | None
    link: str | None
    together: int = 0
    """How many rows of the list are of the same company; 0 where the row is of no company."""
    company: bool = False
    """Whether it stands under its company, which says the rest."""
    own: Sequence[Fact] = ()
    """Own fields of the school, for whoever may list alumni."""


@dataclass(frozen=True)
class Unit:
    """One row of a list, or those of one company in one band, where the best of them stands.

    `company`: what is said once of that company, in a few words each; empty for a row by itself.
    """

    rows: Sequence[RowView]
    company: Sequence[str] = ()
    is_open: bool = True


@dataclass(frozen=True)
class Rows:
    """Rows of a list that stand together; `title`: what they have in common, and they are folded; empty for none."""

    units: Sequence[Unit]
    title: str = ""
    is_open: bool = False

    @property
    def rows(self) -> Sequence[RowView]:
        """All of them, as they stand."""
        return [row for unit in self.units for row in unit.rows]


def grouped(language: Language, match: Match, query_kind: str) -> Groups:
    """The reasons by group (plus, caution, unknown), without empty groups."""
    groups = explain.grouped_reasons(match, language, perspective_of(query_kind))
    return [(name, sentences) for name, sentences in groups.items() if sentences]


def ranking_view(
    language: Language,
    ranking: Ranking,
    school: str | None,
    records: Mapping[int, Record] | None = None,
    *,
    own: Mapping[int, Mapping[str, str]] | None = None,
    keep: Collection[int] = (),
    here: str = "",
    change: Callable[[More], str | None] = lambda _: None,
    asked: int = 0,
    town: str | None = None,
) -> dict[str, Any]:
    """A ranking for the template; `school`: of the query, for links; `records`: of its matches, by random key.

    `own`: what alumni have of own fields, for whoever may list them. Whoever is below the last band is folded, with
    their places; `keep`: random keys of those who are not, such as those who were asked. `here`: the address, with its
    query, of the page that explains rows of this list, where it is not the one that explains any pair. `change`: where
    a change of the question is made, if it has an address. `asked`: how many were asked already. `town`: of the
    question, from which it is told how far a company is.
    """
    here_too = _companies(ranking.matches)
    ranking = replace(ranking, matches=tuple(_with_company(match, here_too) for match in ranking.matches))
    kind = RecordKind.ALUMNI
    if ranking.query.kind == "alumnus" and ranking.matches:
        kind = RecordKind.OFFERINGS if ranking.matches[0].kind == "offering" else RecordKind.REQUESTS
    perspective = perspective_of(ranking.query.kind)
    told = [explain.Told(match, language, perspective) for match in ranking.matches]
    shared = explain.shared_reasons([one.reasons() for one in told])
    best_after = _best_after(ranking.matches)
    shown = [
        replace(
            _row(
                language,
                ranking,
                match,
                records or {},
                school,
                _to_company(language, match, town, one.brief(shared)),
                here,
                capped=_is_passed(match, after),
            ),
            together=len(here_too.get(_company(match), ())),
            own=[Fact(name, value) for name, value in (own or {}).get(match.key, {}).items()],
        )
        for match, one, after in zip(ranking.matches, told, best_after, strict=True)
    ]
    kept = [match.band is not None or match.key in keep for match in ranking.matches]
    return {
        "of": kind.value,
        "query_code": query_code(ranking.query.kind),
        "as_of": ranking.basis.as_of,
        "revision": ranking.basis.revision,
        "weights": wording.weights(language, ranking.basis.weights),
        "second": ranking.basis.meaning is not None,
        "eligible": ranking.eligible,
        "asked": asked,
        "exact": ranking.exact,
        "behind": wording.clock(ranking.behind_since) if ranking.behind_since else "",
        "fits": any(kept),
        "mixed": any(after < _place(match) for match, after in zip(ranking.matches, best_after, strict=True)),
        "more": [more_view(language, one, change(one)) for one in ranking.more],
        "open": explain.open_questions(told, language) if ranking.query.kind != "alumnus" else [],
        "cards": shown,
        "groups": list(_groups(language, shown, kept, [_company(match) for match in ranking.matches])),
        "shared": shared,
        "excluded": left_out(language, ranking.excluded),
        "excluded_count": sum(count or 0 for count in ranking.excluded.values()),
        "excluded_more": None in ranking.excluded.values(),
    }


def _groups(
    language: Language, rows: Sequence[RowView], kept: Sequence[bool], companies: Sequence[str]
) -> Iterator[Rows]:
    """Rows that are as good as equal together, and those who fit less together, whether or not they are equal.

    `companies`: of each row the company, or nothing: the rows of one in one band stand where its best stands.
    """
    is_long = len(rows) > _SHORT_LIST
    units = _units(language, rows, kept, companies, is_long=is_long)
    for (shown, group), of in groupby(units, key=lambda one: (one[1], one[0].rows[0].group if one[1] else 0)):
        together = [unit for unit, _ in of]
        listed = [row for unit in together for row in unit.rows]
        first, last = listed[0].rank, listed[-1].rank
        equal = sum(row.group == group for row in listed)
        if not shown:
            title = say(language, "pages.result.less", first=first, last=last, count=len(listed))
            yield Rows(together, title)
        elif len(together) > 1:
            title = say(language, "pages.result.equal", count=equal)
            yield Rows(together, title, is_open=first <= _OPEN_UNTIL or is_long)
        else:
            yield Rows(together)


def _units(
    language: Language, rows: Sequence[RowView], kept: Sequence[bool], companies: Sequence[str], *, is_long: bool
) -> Iterator[tuple[Unit, bool]]:
    """The rows in their order, with the further ones of a company in its band under its best; folded ones stay."""
    of: dict[tuple[str, str], list[RowView]] = {}
    for row, is_kept, company in zip(rows, kept, companies, strict=True):
        if is_kept and company:
            of.setdefault((company, row.band), []).append(row)
    for row, is_kept, company in zip(rows, kept, companies, strict=True):
        together = of.get((company, row.band), []) if is_kept and company else []
        if len(together) < _LEAST_OF_COMPANY:
            yield Unit([row]), is_kept
        elif together[0] is row:
            told = [say(language, "asking.card.here", count=len(together)), *row.about, row.brief.distance]
            own = [replace(one, company=True) for one in together]
            yield Unit(own, [text for text in told if text], row.rank <= _OPEN_UNTIL or is_long), is_kept


def _company(match: Match) -> str:
    """The company of a placement as its name is compared; empty for any other match."""
    return fold(match.card.title) if match.card.recognised is not None and match.card.title else ""


def _companies(matches: Sequence[Match]) -> dict[str, list[Card]]:
    """The cards of a list by company."""
    found: dict[str, list[Card]] = {}
    for match in matches:
        if name := _company(match):
            found.setdefault(name, []).append(match.card)
    return found


def _with_company(match: Match, known: Mapping[str, Sequence[Card]]) -> Match:
    """A match with what any card of its company in the list says of it: cards do not contradict each other."""
    cards = known.get(_company(match), ())
    told = [one for one in cards if one.recognised]
    if not told:
        return match

    def first(name: str, among: Sequence[Card]) -> Any:
        return next((value for one in among if (value := getattr(one, name)) is not None), None)

    own = match.card
    return replace(
        match,
        card=replace(
            own,
            recognised=True,
            recognised_on=own.recognised_on or first("recognised_on", told),
            checked_on=own.checked_on or first("checked_on", told),
            places=own.places or first("places", cards),
            region=own.region or first("region", cards),
        ),
    )


def _to_company(language: Language, match: Match, town: str | None, brief: explain.Brief) -> explain.Brief:
    """What a row says, with how far a student has to go to the company in the place of where the alumnus lives."""
    if not town or match.card.recognised is None:
        return brief
    km = km_between(town, match.card.region) if match.card.region else None
    if km is None:
        return replace(brief, distance=say(language, "asking.card.company_nowhere"))
    near = "company_here" if round(km) < 1 else "company_far"
    return replace(brief, distance=say(language, f"asking.card.{near}", km=str(round(km)), place=town))


def _best_after(matches: Sequence[Match]) -> list[int]:
    """The highest band after each match of a list, as a place in `BANDS`: 0 is the highest."""
    best, found = len(BANDS), []
    for match in reversed(matches):
        found.append(best)
        best = min(best, _place(match))
    return found[::-1]


def _is_passed(match: Match, after: int) -> bool:
    """Whether this band has a cap, and a match further down a higher one."""
    return match.capped_by is not None and after < _place(match)


def _place(match: Match) -> int:
    return BANDS.index(match.band) if match.band in BANDS else len(BANDS)


def more_view(language: Language, more: More, link: str | None) -> MoreView:
    """One change of a question; `link`: where it is made."""
    few = more.adds is None
    adds = say(language, "asking.more.few") if few else say(language, "asking.more.adds", count=more.adds)
    return MoreView(explain.more_sentence(more, language), adds, link)


def strip(language: Language, parts: Sequence[explain.DayPart]) -> Strip | None:
    """The week strip of a row; None where the question asks no day part, or too many."""
    if not parts:
        return None
    answers = {True: "yes", False: "no", None: "unknown"}
    named = [(one.code.partition("-")[0], one.code.partition("-")[2], answers[one.can]) for one in parts]
    same = len({part for _, part, _ in named}) == 1
    days = [say(language, f"asking.short.{day}") for day, _, _ in named]
    cells = [
        (day if same else f"{day} {say(language, f'words.part.{part}')}", answer)
        for day, (_, part, answer) in zip(days, named, strict=True)
    ]
    told = [
        say(language, f"asking.strip.{answers[one.can]}", part=explain.day_part_name(language, one.code))
        for one in parts
    ]
    return Strip(cells, ", ".join(told), say(language, f"words.part.{named[0][1]}") if same else "")


def title_of(language: Language, match: Match) -> str:
    """The title of a card: where there is none, that nothing is filled in, or is shown, or which company it is."""
    missing = "company" if match.card.recognised is not None else "no" if match.record else "hidden"
    return match.card.title or say(language, f"pages.card.{missing}_title")


def _row(
    language: Language,
    ranking: Ranking,
    match: Match,
    records: Mapping[int, Record],
    school: str | None,
    brief: explain.Brief,
    here: str,
    *,
    capped: bool,
) -> RowView:
    query, card, record = ranking.query, match.card, records.get(match.key)
    owner = None if isinstance(record, Offering) or match.owner == school else match.owner or None
    names = {"kandidaat": match.candidate_id, "kandidaat_school": owner}
    why = None
    if here:
        why = f"{here}&{urlencode({name: value for name, value in names.items() if value})}"
    elif query.id:
        why = address(
            "waarom",
            vraag=query.id,
            kandidaat=match.candidate_id,
            soort=query_code(query.kind),
            school=school,
            kandidaat_school=owner,
        )
    return RowView(
        rank=match.rank,
        id=match.candidate_id,
        name=match.candidate_id if match.record else say(language, "pages.card.number", rank=str(match.rank)),
        named=match.record is not None,
        owner=match.owner,
        title=title_of(language, match),
        about=about_card(language, card) if record is None else about(language, record),
        band=match.band or "none",
        capped=explain.capped_sentence(match.capped_by, language, perspective_of(query.kind))
        if capped and match.capped_by
        else "",
        group=match.group,
        brief=brief,
        days=strip(language, brief.day_parts),
        facts=facts(language, record),
        url=safe_url(record.url) if isinstance(record, Offering) else None,
        why=why,
        link=address("aanvragen", record.request_id, school=record.school) if isinstance(record, Request) else None,
    )


def about_card(language: Language, card: Card) -> list[str]:
    """What a card shows besides its title, in a few words each."""
    told = (card.subtitle, card.region, *(text for _, text in explain.facts(card, language)))
    return [text for text in told if text]


def about(language: Language, record: Record) -> list[str]:
    """What a course or a role is, in a few words: who, when it begins, where, and what it costs."""
    if isinstance(record, Offering):
        known = dict(_offering_facts(language, record))
        begins = wording.short_day(language, record.start) if record.start else ""
        return [text for text in (known["provider"], begins, record.town, known["price"]) if text]
    if isinstance(record, Request):
        known = dict(request_facts(language, record))
        return [text for text in (known["kind"], known["school"], known["where"]) if text]
    return []


def safe_url(url: str | None) -> str | None:
    """A link to a web page; None for any other text, since data may hold anything."""
    return url if url and url.lower().startswith(("https://", "http://")) else None


def query_code(kind: str) -> str:
    """The kind of a query in a link: alumnus, offering or request."""
    return kind if kind in {"alumnus", "offering"} else "request"


def facts(language: Language, record: Record | None) -> list[Fact]:
    """The main facts of a course or a role."""
    match record:
        case Offering():
            known_facts = _offering_facts(language, record)
        case Request():
            known_facts = request_facts(language, record)
        case _:
            return []
    return [Fact(say(language, f"pages.facts.{name}"), text) for name, text in known_facts if text]


def request_facts(language: Language, request: Request) -> list[tuple[str, str]]:
    """The main facts of a request, by name."""
    online = say(language, f"pages.online.{request.online.value}") if request.online else ""
    return [
        ("kind", say(language, f"words.kind.{request.kind.value}")),
        ("school", request.school or ""),
        ("when", wording.when(language, request)),
        ("where", online if request.online is OnlineMode.YES else ", ".join(filter(None, (request.town, online)))),
        ("people", str(request.people) if request.people > 1 else ""),
        ("closes", wording.short_day(language, closes) if (closes := closing_day(request)) else ""),
        ("certificate", say(language, "pages.facts.certificate_yes") if request.certificate_required else ""),
    ]


def chosen_moment(language: Language, moment: datetime | None) -> str:
    """The moment that an alumnus chose, in local time; empty for none."""
    return f"{wording.short_day(language, moment.date())}, {moment:%H:%M}" if moment else ""


def _offering_facts(language: Language, offering: Offering) -> list[tuple[str, str]]:
    form = say(language, f"words.form.{offering.form.value}") if offering.form else ""
    price = offering.price
    cost = "" if price is None else (wording.euro(language, price) if price else say(language, "pages.facts.free"))
    return [
        ("provider", offering.provider),
        ("dates", wording.dates(language, offering)),
        ("day_parts", wording.course_parts(language, offering)),
        ("where", ", ".join(part for part in (offering.town, form) if part)),
        ("price", cost),
        ("funding", wording.funding(language, offering.funding)),
        ("apply", wording.short_day(language, offering.apply_until) if offering.apply_until else ""),
        ("admission", offering.admission or ""),
    ]


def left_out(language: Language, excluded: Mapping[str, int | None]) -> list[str]:
    """Sentences on how many candidates are excluded, by the first rule that they fail."""
    return [explain.excluded_sentence(code, count, language) for code, count in excluded.items() if count != 0]
