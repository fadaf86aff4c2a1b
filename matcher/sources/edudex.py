"""EDU-DEX: programmes of training providers (Data API 1.0.2, `application/vnd.edudex.program+json`).

Each run of a programme is an offering. A programme without runs, or with a generic run, is one offering without dates.
A document is an answer to `POST /programs/bulk` (`{"programs": [{orgUnitId, programId, clientId, data | error}]}`), a
programme, or a list of programmes.

What others found in real programmes: amounts are texts with a sign; a name may be in any language; an end may lie
before its start; `genericProgramRun` has no id; times come with and without an offset.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from matcher.domain.records import Form, Registration
from matcher.sources.documents import Node, Remark, without_markup
from matcher.sources.feed import (
    Feed,
    crebo_of,
    day_part_of,
    joined_id,
    joined_text,
    language_of,
    level_of,
    nlqf_of,
    pc4_of,
    price_of,
    skills_among,
    url_of,
)

ONLINE = frozenset({"distance_learning", "e_learning", "virtual_classroom"})
_FORMS = dict.fromkeys(ONLINE, Form.ONLINE)
_FORMS |= dict.fromkeys(("dual", "full_time", "part_time", "evening_education"), Form.CLASSROOM)
_STATUS = {
    "application_opened": Registration.OPEN,
    "application_closed": Registration.CLOSED,
    "canceled": Registration.CANCELLED,
    "cancelled": Registration.CANCELLED,
}
_TAUGHT = frozenset({"objectives", "competencies"})
_DAYS = {day: number for number, day in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday"))}
_DAYS |= {"saturday": 5, "sunday": 6}
_ONCE = frozenset({None, "program"})
"""Periods of a cost that is paid once, so that it can be added to a total."""
PUBLIC = "public"
GONE = frozenset({"inactive", "removed"})
"""States of a programme in a catalogue that has it no more."""


def read(document: object, today: date, *, provider: str = "") -> Feed:
    """The offerings of a document. `provider`: whose they are; else the provider's id in EDU-DEX.

    A programme that was given without data (`error`), or without a name or an id, is refused with a remark. One that a
    catalogue lists as inactive or removed is gone; one that it lists alone is there, and not told of.
    """
    feed = Feed()
    add(feed, document, today, provider=provider)
    return feed


def add(feed: Feed, document: object, today: date, *, provider: str = "") -> None:
    """Adds the offerings of a document to what was read before it."""
    root: list[Remark] = []
    listed = Node(document, root)
    if isinstance(document, dict) and "programs" in document:
        listed = listed.at("programs")
    for given in listed.items():
        remarks: list[Remark] = []
        node = Node(given.value, remarks, given.path)
        answered = isinstance(given.value, dict) and not {"data", "error"}.isdisjoint(given.value)
        data = node.at("data") if answered else node
        listing = _listing(given.value)
        if listing:
            id_ = joined_id(node.at("orgUnitId", "supplierId").text(), node.at("programId").text())
            (feed.gone if listing in GONE else feed.unread).add(id_)
            continue
        if not data:
            why = node.at("error").text() or ""
            feed.refuse(Remark("not_given", given.path, node.at("programId").text(), {"why": why}))
            feed.unread.add(joined_id(node.at("orgUnitId").text(), node.at("programId").text()))
            continue
        _programme(feed, data, remarks, today, provider)
    feed.remarks += root


def _listing(entry: object) -> str:
    """The state of a programme in a catalogue, which lists it without its data; empty for anything else."""
    if not isinstance(entry, dict) or not {"data", "error", "programClassification"}.isdisjoint(entry):
        return ""
    state = entry.get("status")
    return state if isinstance(state, str) and entry.get("programId") else ""


def _programme(feed: Feed, data: Node, remarks: list[Remark], today: date, provider: str) -> None:
    """Adds the offerings of one programme."""
    classification = data.at("programClassification")
    unit, programme = classification.at("orgUnitId").text(), classification.at("programId").text()
    name, language = data.at("programDescriptions").at("programName").localised()
    if not programme or not name:
        missing = "programId" if not programme else "programName"
        feed.refuse(*remarks, Remark("needs", data.path, programme, {"field": missing}))
        if programme:
            feed.unread.add(joined_id(unit, programme))
        return
    if language not in ("nl", "fy", ""):
        data.at("programDescriptions").at("programName").remark("not_dutch", language=language)
    owner = provider or unit or ""
    client = data.at("clientId").at("orgUnitId").text() if data.at("clientId") else None
    common = {**_of_programme(data, classification), "title": name}
    expired = data.at("expires").day()
    closed = data.at("programAdmission").at("applicationOpen").yes() is False or (expired or today) < today
    schedule = data.at("programSchedule")
    runs = [run for run in schedule.at("programRun").items() if isinstance(run.value, dict)]
    if not runs or schedule.at("genericProgramRun"):
        generic = schedule.at("genericProgramRun")
        values = {**common, **_of_run(generic, classification, data)}
        values["registration"] = Registration.CLOSED if closed else None
        feed.add(joined_id(unit, programme, client), owner, values, remarks)
        remarks = []
    for given in runs:
        own = remarks if given is runs[0] else []
        run = Node(given.value, own, given.path)
        id_ = run.at("id").text()
        if not id_:
            feed.refuse(*own, Remark("needs", run.path, None, {"field": "id"}))
            feed.unread.add(joined_id(unit, programme))
            continue
        values = {**common, **_of_run(run, classification, data), **_dates(run)}
        state = run.at("status").choice(_STATUS)
        values["registration"] = Registration.CLOSED if closed and state is not Registration.CANCELLED else state
        if run.at("openTo").text() not in (None, PUBLIC):
            values["registration"] = Registration.CLOSED
            run.at("openTo").remark("not_public")
        feed.add(joined_id(unit, programme, client, id_), owner, values, own)


def _of_programme(data: Node, classification: Node) -> dict[str, object]:
    """What all runs of a programme have in common."""
    said, known = data.at("programDescriptions"), data.at("programExternalAcknowledgements")
    texts = [_text(said, "programSummary"), _text(said, "programDescription")]
    taught = [
        _text(part, "description") or _text(part, "summary")
        for part in said.at("subjectText").items()
        if part.at("subject").text() in _TAUGHT
    ]
    lines = [line for text in taught if text for line in text.splitlines()]
    crebos = [crebo_of(one.at("creboCode")) for one in known.at("creboRegistration").items()]
    crebo = crebo_of(classification.at("creboCode")) or next((one for one in crebos if one), None)
    if len({one for one in crebos if one}) > 1:
        known.at("creboRegistration").remark("several", kept=crebo)
    levels = [nlqf_of(one.at("nlqfLevel")) for one in known.at("nlqfRegistration").items()]
    languages = [
        (one.at("percentage").whole(high=100) or 0, language_of(one.at("languageCode").text()))
        for one in data.at("programCurriculum").at("instructionLanguage").items()
    ]
    level = level_of(classification.at("programLevel").text()) or level_of(classification.at("degree").text())
    admission = [one.at("requirementSummary") for one in classification.at("applicationRequirement").items()]
    return {
        "description": joined_text(*texts, *taught),
        "skills": skills_among(*_search_words(said.at("searchword")), *lines),
        "crebo": crebo,
        "level": level,
        "nlqf": next((one for one in levels if one is not None), None),
        "language": max(languages, key=lambda one: one[0])[1] if languages else None,
        "admission": joined_text(*(one.localised()[0] for one in admission)),
        "url": _page(said),
    }


def _search_words(words: Node) -> list[str | None]:
    """The search words in every language: `{"nl": [...]}`, or a list."""
    if isinstance(words.value, dict):
        return [one.text() for language in words.value for one in words.at(str(language)).items()]
    return [one.text() for one in words.items()]


def _page(said: Node) -> str | None:
    for name in ("webLink", "courseSiteLink"):
        links = said.at(name)
        for language in ("nl", "en", "de"):
            found = url_of(links.at(language)) if isinstance(links.value, dict) and links.at(language) else None
            if found:
                return found
        if isinstance(links.value, str):
            return url_of(links)
    return None


def _text(node: Node, name: str) -> str | None:
    """A text that stands under two names, the second of them with markup."""
    plain, _ = node.at(f"{name}Text").localised()
    if plain:
        return plain
    marked, _ = node.at(f"{name}Html").localised()
    return without_markup(marked) or None if marked else None


def _of_run(run: Node, classification: Node, data: Node) -> dict[str, object]:
    """What a run says of itself, with dates or without."""
    online = run.at("fullyOnline").yes()
    if online is None:
        online = classification.at("fullyOnline").yes()
    form = Form.ONLINE if online else run.at("programForm").choice(_FORMS)
    if form is None:
        forms = {one.choice(_FORMS) for one in classification.at("programForm").items()} - {None}
        form = forms.pop() if len(forms) == 1 else Form.BLENDED if len(forms) > 1 else None
    if form is not Form.ONLINE and _is_blended(data):
        form = Form.BLENDED
    place = run.at("location")
    if form is Form.ONLINE and place:
        place.remark("place_of_online")
        place = Node(None, [])
    admission = data.at("programAdmission")
    seats = run.at("maxNumberOfParticipants").whole()
    return {
        "form": form,
        "town": place.at("city").text() if place else None,
        "pc4": pc4_of(place.at("zipcode"), place.at("country")) if place else None,
        "day_parts": _day_parts(run),
        "price": _price(run),
        "seats": admission.at("maxNumberOfParticipants").whole() if seats is None else seats,
    }


def _is_blended(data: Node) -> bool:
    modes = {one.text() for one in data.at("programCurriculum").at("instructionMode").items()}
    return data.at("programBasicProfile").at("location").text() == "blended" or "blended learning" in modes


def _dates(run: Node) -> dict[str, object]:
    """First and last day, and until when one can apply. What is no day yet (`isFinal`) is kept and remarked."""
    start, end = (_day(run.at(name)) for name in ("startDate", "endDate"))
    if start and end and end < start:
        run.at("endDate").remark("end_before_start", start=start, end=end)
        end = None
    return {"start": start, "end": end, "apply_until": run.at("applicationDeadline").day()}


def _day(node: Node) -> date | None:
    day = node.at("date").day() if isinstance(node.value, dict) else node.day()
    if day is not None and isinstance(node.value, dict) and node.at("isFinal").yes() is False:
        node.at("date").remark("not_final")
    return day


def _day_parts(run: Node) -> int | None:
    """When there are lessons, as far as days and times are told: a part of the day without a day is no day part."""
    mask = 0
    for lesson in run.at("courseDay").items():
        start, end = lesson.at("startTime").clock(), lesson.at("endTime").clock()
        day: date | int | None = lesson.at("date").day()
        if day is None:
            day = lesson.at("dayOfTheWeek").choice(_DAYS)
        if start is not None and day is not None:
            mask |= day_part_of(day, start, end)
    return mask or None


def _price(run: Node) -> float | None:
    """The total of what must be paid once, in euro with VAT; None where some of it cannot be added up."""
    total, known = Decimal(0), False
    for cost in run.at("cost").items():
        if cost.at("isRequiredCost").yes() is False:
            continue
        amount, vat = cost.at("amount").amount(), _vat(cost)
        if amount is None:
            return None
        if (cost.at("currency").text() or "EUR").upper() != "EUR" or cost.at("period").text() not in _ONCE:
            cost.at("period" if cost.at("period") else "currency").remark("no_total")
            return None
        if cost.at("payableBy").text() == "group":
            cost.at("payableBy").remark("no_total")
            return None
        if cost.at("amountIsFinal").yes() is False:
            cost.at("amount").remark("not_final")
        total, known = total + amount + vat, True
    return price_of(total) if known else None


def _vat(cost: Node) -> Decimal:
    """What comes on top of the amount: its VAT, unless the percentage shows that the amount has it already."""
    amount, vat = cost.at("amount").amount() or Decimal(0), cost.at("amountVAT").amount() or Decimal(0)
    percentage = cost.at("VATPercentage").whole(high=100)
    if percentage:
        on_top, within = amount * percentage / 100, amount * percentage / (100 + percentage)
        if abs(vat - within) < abs(vat - on_top):
            return Decimal(0)
    return vat
