"""Whether facts are still right: asked once a year, or once mail bounced and there is another address, by a link.

Three facts change with the years: function, employer and town. One click says that they are right; each can be
corrected on the same page. The coordinator sees how old each is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import cast

from matcher.domain.first_yes import FACTS as FACTS_LINK
from matcher.domain.first_yes import YEAR
from matcher.domain.records import Alumnus, RecordKind
from matcher.errors import InvalidValue, NotLoggedIn
from matcher.policy import Action, Asker, Role
from matcher.repositories import Records, Transaction
from matcher.repositories.first_yes import FACTS, FactAges, FactDays
from matcher.services.app import App, StoreApp
from matcher.services.browsing import Page, Slice
from matcher.spreadsheets import forms

ASK = "facts_ask"
"""The mail with the question."""
A_DAY = 100
"""The most alumni of one school who are asked in a day, so that the questions are spread over the year."""
_LAST_DAY = "facts_day"
"""The name under which the installation stores the day on which this was last looked at."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of an alumnus as stored, by field, and when each was last said to be right."""

    school: str
    values: Mapping[str, str]
    days: Mapping[str, date]


def ages(app: StoreApp, asker: Asker, part: Slice, school: str | None = None) -> Page[FactAges]:
    """The alumni with any of these facts, those whose mail bounces first, then the oldest.

    Raises Forbidden, UnknownId.
    """
    owner = asker.owner(Action.CAMPAIGN, school)
    with app.store.read() as records:
        return Page(*records.facts.oldest(owner, part.size, part.start))


def facts_by_link(app: StoreApp, secret: str) -> Facts:
    """The facts that the link of a mail asks about; looking does not use it up. Raises NotLoggedIn."""
    with app.store.read() as records:
        return _facts(records, _alumnus_of_link(records, secret))


def confirm_by_link(app: App, secret: str, changed: Mapping[str, str] | None = None) -> Facts:
    """The facts are right, but for those in `changed`, which are as that says; an empty text clears one.

    Raises NotLoggedIn, and InvalidValue with the code of what is wrong with a text.
    """
    with app.store.read() as records:
        alumnus = _alumnus_of_link(records, secret)
    asker = Asker(0, Role.ALUMNUS, alumnus.school, alumnus.key)
    asker.own_key(Action.PERSON_CORRECT)
    if set(changed or ()) - set(FACTS):
        raise InvalidValue("not_a_field", value="", choices=list(FACTS))
    stated = {fact: forms.value_of(fact, text) for fact, text in (changed or {}).items()}

    def work(tx: Transaction) -> Facts:
        now = _alumnus_of_link(tx, secret)
        for fact, value in stated.items():
            if value != getattr(now, fact):
                tx.people.correct(now.key, fact, value)
        tx.facts.confirm(now.key, FACTS)
        tx.note("facts.confirm", {"alumnus": now.key, "corrected": sorted(stated)})
        return _facts(tx, _alumnus_of_link(tx, secret))

    return app.store.write(work, by=asker)


def _facts(records: Records, alumnus: Alumnus) -> Facts:
    days = records.facts.of(alumnus.key)
    values = {fact: getattr(alumnus, fact) or "" for fact in FACTS}
    return Facts(alumnus.school, values, days.days if days else {})


def _alumnus_of_link(records: Records, secret: str) -> Alumnus:
    link = records.links.find(secret)
    if link is None or link.purpose != FACTS_LINK:
        raise NotLoggedIn("facts_spent")
    return cast("Alumnus", records.records.by_key(RecordKind.ALUMNI, [link.alumnus_key])[link.alumnus_key])


def advance(app: App, asker: Asker) -> int:
    """Asks those whose facts are older than a year, at most A_DAY of a school; returns how many. Raises Forbidden.

    It does so once a day; a process that stops in between goes on with the next call.

    Only alumni with a consent in force and without an objection are asked, and nobody twice within a year.
    """
    asker.scope(Action.CAMPAIGN)
    if not app.sends_mail:
        return 0
    with app.store.read() as records:
        today = records.today.isoformat()
        last = records.installation.get(_LAST_DAY)
        if last == today:
            return 0
        due = _due(app, records)
    written = 0
    for key in due:
        written += app.store.write(partial(_ask, app, key), by=asker)

    def work(tx: Transaction) -> None:
        noted = tx.installation.get(_LAST_DAY)
        if noted == last or noted is None or noted < today:  # else another process has noted a later day meanwhile
            tx.installation.replace(_LAST_DAY, today)

    app.store.write(work, by=asker)
    return written


def _due(app: App, records: Records) -> list[int]:
    known, unreachable = records.facts.all(), records.people.unreachable()
    objections, elsewhere = records.consents.objections(), records.facts.elsewhere()
    newest: dict[int, date] = {}
    for key, consent in records.consents.all():
        if app.terms.in_force(consent, records.today):
            newest[key] = max(newest.get(key, date.min), consent.given_on or date.min)
    today = records.today
    left: Counter[str] = Counter()
    rows = []
    for key, school, _ in records.records.names(RecordKind.ALUMNI):
        days = known.get(key)
        left[school] += days is not None and days.asked_on == today
        if (
            key in newest
            and key not in unreachable
            and key not in objections
            and _is_due(days, newest[key], today, elsewhere)
        ):
            rows.append((_last(days, newest[key]), key, school))
    due = []
    for _, key, school in sorted(rows):
        if left[school] < A_DAY:
            left[school] += 1
            due.append(key)
    return due


def _is_due(days: FactDays | None, consented: date, today: date, elsewhere: frozenset[int]) -> bool:
    if days is not None and days.bounced_on is not None:
        return days.alumnus_key in elsewhere
    return _last(days, consented) + YEAR <= today


def _last(days: FactDays | None, consented: date) -> date:
    """The last day on which the alumnus looked at the record, or was asked to."""
    if days is None:
        return consented
    said = [*days.days.values(), *([days.asked_on] if days.asked_on else [])]
    return max([consented, *said])


def _ask(app: App, key: int, tx: Transaction) -> int:
    alumnus = cast("dict[int, Alumnus]", tx.records.by_key(RecordKind.ALUMNI, [key])).get(key)
    contact = tx.people.contact(key)
    if alumnus is None or contact is None or not contact.email or tx.consents.objects_since(key) is not None:
        return 0
    given = [one.given_on or date.min for one in tx.consents.of(key) if app.terms.in_force(one, tx.today)]
    if not given or not _is_due(tx.facts.of(key), max(given), tx.today, tx.facts.elsewhere()):
        return 0
    tx.facts.ask(key)
    tx.outbox.add(key, ASK, values={"school": alumnus.school}, link=FACTS_LINK)
    tx.note("facts.ask", {"alumnus": key})
    return 1
