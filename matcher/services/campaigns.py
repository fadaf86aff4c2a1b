"""The first yes: who can be ranked for what and why others cannot, asking the rest once, and what they answered.

A school looks first, and then mails each alumnus with an address who never agreed to anything, a link of their own.
Nobody is asked twice: after one reminder it is silent. Whether somebody may still be asked is looked at where the mail
is written, and again where it is sent (`matcher.services.first_asks`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache, partial
from operator import itemgetter
from typing import cast

import numpy as np

from matcher.domain.first_yes import ASKED_FOR, FIRST, REMIND_AFTER, Answers, LeftOut, answers_of, left_out
from matcher.domain.kinds import KIND_CODES, KINDS, OFFERING, Purpose, RequestKind, mask_of, members_of
from matcher.domain.records import Alumnus, Offering, Record, RecordKind, Request
from matcher.domain.school_settings import mails_first
from matcher.errors import InvalidValue, NotLoggedIn
from matcher.matching import ranking
from matcher.matching.question import Question
from matcher.policy import Action, Asker, Role
from matcher.pool import Pool
from matcher.pool.columns import code_of
from matcher.repositories import Records, Transaction
from matcher.repositories.first_yes import FirstAsk
from matcher.services import lookup
from matcher.services.app import App, StoreApp
from matcher.services.first_asks import ASK, REMIND, may_be_asked
from matcher.services.pools import newest_pool
from matcher.services.privacy import CONSENT_TEXT
from matcher.services.reports import SMALLEST
from matcher.services.subscriptions import EVERYTHING

CHUNK = 500
"""Alumni in one transaction, so that a large campaign does not keep other writers waiting."""


# ---- who can be ranked


@dataclass(frozen=True, slots=True)
class OfKind:
    """How many alumni of a school can be ranked for a kind of query, and of the others how many fail which rule first.

    `ranked` and the counts of `because` add up to the alumni of the school.
    """

    kind: str
    purpose: Purpose
    ranked: int
    because: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Standing:
    """The alumni of a school, and how they stand for each kind of query of the areas that it works on.

    `no_mail`: how many of those who agreed to something cannot get mail: without an address, with one that mail comes
    back from, or with all mail stopped. They stand in lists, and cannot be invited.
    """

    school: str
    alumni: int
    kinds: tuple[OfKind, ...]
    no_mail: int = 0


def standing(app: App, asker: Asker, school: str | None = None) -> list[Standing]:
    """How many alumni can be ranked today, per school and kind of query, by the rules about the person.

    Counts alone. Raises Forbidden, UnknownId.
    """
    owner = _owner(app, asker, school)
    with app.store.read() as records:
        origin, today = records.changes.origin(), records.today
        schools = [owner] if owner is not None else records.records.schools()
        no_mail = _without_mail(app, records, owner)
    pool = newest_pool(app, origin)
    return [replace(_standing(app, pool, one, today), no_mail=no_mail[one]) for one in schools]


def _without_mail(app: App, records: Records, owner: str | None) -> Counter[str]:
    """How many alumni who agreed to something cannot get mail, by school; of one, or of all."""
    stopped = records.records.by_key(RecordKind.ALUMNI, [*_unmailable(records)], consents=False)
    schools = {key: one.school for key, one in cast("dict[int, Alumnus]", stopped).items()}
    without = {**records.people.unreachable(owner), **schools}
    consents = records.consents.all(without)
    agreed = {key for key, consent in consents if app.terms.in_force(consent, records.today)}
    return Counter(without[key] for key in agreed)


def _standing(app: App, pool: Pool, school: str, today: date) -> Standing:
    own = pool.people.school == code_of(school)
    count = int(np.count_nonzero(own))
    vector = app.engine.vectors.of_query("")
    kinds = []
    closed = pool.closed.get(school, frozenset())
    for code in KIND_CODES:
        if KINDS[code].purpose in closed:
            continue
        record: Record = (
            Offering(offering_id="", provider="", title="")
            if code == OFFERING
            else Request(request_id="", kind=RequestKind(code), title="", school=school)
        )
        pairs = Question(record, today, vector=vector).candidates(pool.with_terms(app.terms)).pairs
        eligible = ranking.apply_rules(pairs, own)
        kinds.append(OfKind(code, KINDS[code].purpose, len(eligible.pairs), eligible.excluded))
    return Standing(school, count, tuple(kinds))


def students(app: StoreApp, asker: Asker, school: str | None = None) -> int:
    """How many on the list have not left the school yet. Raises Forbidden, UnknownId."""
    owner = _owner(app, asker, school)
    with app.store.read() as records:
        return records.campaigns.students(owner)


# ---- asking


@dataclass(frozen=True, slots=True)
class Look:
    """Whom a campaign of a school would mail now: `mailed`, and how many are left out for which reason.

    `allowed`: whether the school chose to mail anybody for a first yes.
    """

    school: str
    alumni: int
    mailed: int
    left_out: Mapping[LeftOut, int]
    allowed: bool = True


def look(app: StoreApp, asker: Asker, school: str | None = None) -> Look:
    """Whom a campaign would mail now. Changes nothing. Raises Forbidden, UnknownId, InvalidValue('name_a_school')."""
    owner = _one_school(app, asker, school)
    with app.store.read() as records:
        reasons = Counter(map(itemgetter(1), _reasons_of_all(records, owner)))
        allowed = mails_first(records.school_settings.of(owner))
    left_out = {reason: reasons[reason] for reason in LeftOut}
    return Look(owner, reasons.total(), reasons[None], left_out, allowed)


@dataclass(frozen=True, slots=True)
class Sent:
    """What a campaign did: how many mails it wrote, and its key; None where there was nobody to mail."""

    campaign: int | None
    mails: int


def send(app: App, asker: Asker, school: str | None = None, *, expected: int | None = None) -> Sent:
    """Writes the mail to each alumnus of a school who may be asked for a first yes.

    `expected`: how many the look said. Raises Forbidden, UnknownId, and InvalidValue('name_a_school'),
    ('no_mail_server'), ('first_by_consent') where the school mails nobody who did not agree, and ('campaign_changed')
    where another number than was shown would be mailed now.
    """
    owner = _one_school(app, asker, school)
    if not app.sends_mail:
        raise InvalidValue("no_mail_server")
    with app.store.read() as records:
        _need_basis(records, owner)
        due = sorted(key for key, reason in _reasons_of_all(records, owner) if reason is None)
    if expected is not None and expected != len(due):
        raise InvalidValue("campaign_changed", expected=expected, count=len(due))
    campaign: int | None = None
    mails = 0
    for start in range(0, len(due), CHUNK):
        chunk = due[start : start + CHUNK]
        campaign, written = app.store.write(partial(_send, owner, campaign, chunk), by=asker)
        mails += written
    return Sent(campaign, mails)


def _send(school: str, campaign: int | None, keys: list[int], tx: Transaction) -> tuple[int | None, int]:
    _need_basis(tx, school)
    still = [key for key, reason in _reasons(tx, keys) if reason is None]
    if not still:
        return campaign, 0
    campaign = tx.campaigns.begin(school) if campaign is None else campaign
    tx.campaigns.add(campaign, still)
    for key in still:
        tx.outbox.add(key, ASK, values={"school": school}, link=FIRST)
    tx.note("campaign.send", {"alumni": still, "campaign": campaign})
    return campaign, len(still)


def _need_basis(records: Records, school: str) -> None:
    if not mails_first(records.school_settings.of(school)):
        raise InvalidValue("first_by_consent")


def advance(app: App, asker: Asker) -> int:
    """Writes the one reminder of each alumnus who did not answer; returns how many. Raises Forbidden."""
    asker.scope(Action.CAMPAIGN)
    if not app.sends_mail:
        return 0
    with app.store.read() as records:
        due = records.campaigns.silent(records.today - REMIND_AFTER)
    written = 0
    for start in range(0, len(due), CHUNK):
        written += app.store.write(partial(_remind, due[start : start + CHUNK]), by=asker)
    return written


def _remind(keys: list[int], tx: Transaction) -> int:
    due = [key for key in keys if (ask := tx.campaigns.of(key)) is not None and _is_silent(ask, tx.today)]
    asked = [key for key in due if may_be_asked(tx, key)]
    if not due:
        return 0
    schools = cast("dict[int, Alumnus]", tx.records.by_key(RecordKind.ALUMNI, asked, consents=False))
    for key in due:  # of who may not be mailed too, so that nobody looks at them again
        tx.campaigns.put(key, reminded_on=tx.today)
    names = {one.school for one in schools.values()}
    mailing = {name for name in names if mails_first(tx.school_settings.of(name))}
    asked = [key for key in asked if schools[key].school in mailing]
    for key in asked:
        tx.outbox.add(key, REMIND, values={"school": schools[key].school}, link=FIRST)
    if asked:
        tx.note("campaign.remind", {"alumni": asked})
    return len(asked)


def _is_silent(ask: FirstAsk, today: date) -> bool:
    """Whether the first mail was sent two weeks ago, and nothing came of it."""
    return (
        ask.campaign_key is not None
        and ask.sent_on is not None
        and ask.sent_on + REMIND_AFTER <= today
        and ask.reminded_on is None
        and ask.answered_on is None
    )


def _reasons_of_all(records: Records, school: str) -> Iterator[tuple[int, LeftOut | None]]:
    """Why each alumnus of a school is not to be asked; None for those who are."""
    asked = {ask.alumnus_key for ask in records.campaigns.all()}
    unreachable, unmailable = records.people.unreachable(school), _unmailable(records)
    why = cache(partial(left_out, (), objects=False))
    for key, said in records.figures.left_out(school).items():
        yield key, said or why(asked=key in asked, reachable=key not in unreachable, mailed=key not in unmailable)


def _reasons(records: Records, keys: list[int]) -> Iterator[tuple[int, LeftOut | None]]:
    """The same of a few alumni."""
    unmailable = _unmailable(records, keys)
    for key in keys:
        contact = records.people.contact(key)
        yield (
            key,
            left_out(
                records.consents.of(key),
                objects=records.consents.objects_since(key) is not None,
                asked=records.campaigns.of(key) is not None,
                reachable=contact is not None and bool(contact.email),
                mailed=key not in unmailable,
            ),
        )


def _unmailable(records: Records, among: Collection[int] | None = None) -> frozenset[int]:
    """Alumni, `among` these, who stopped all mail, or whose address is closed."""
    return records.mail_stops.having(EVERYTHING) | records.closed_addresses.unreachable(among)


# ---- the answers


@dataclass(frozen=True, slots=True)
class Asked:
    """The page behind a link: the school that asks, what was answered and on which day; None before."""

    school: str
    answers: Answers
    answered_on: date | None
    objects: bool = False


def asked_by_link(app: StoreApp, secret: str) -> Asked:
    """What is asked, or was answered, by the link of a mail, which works until it expires. Raises NotLoggedIn."""
    with app.store.read() as records:
        return _asked(records, _alumnus_of_link(records, secret))


def answer_by_link(app: App, secret: str, answers: Answers) -> Asked:
    """Records the answers: each yes a consent of today with the version of its text, the rest in the record.

    What was agreed to before and is not in the answers is withdrawn. Raises NotLoggedIn for a link that does not work.
    """
    with app.store.read() as records:
        alumnus = _alumnus_of_link(records, secret)
    asker = Asker(0, Role.ALUMNUS, alumnus.school, alumnus.key)
    asker.own_key(Action.CONSENT_WRITE)

    def work(tx: Transaction) -> Asked:
        now = _alumnus_of_link(tx, secret)
        _answer(tx, now.key, answers)
        return _asked(tx, cast("Alumnus", tx.records.by_key(RecordKind.ALUMNI, [now.key])[now.key]))

    return app.store.write(work, by=asker)


def _answer(tx: Transaction, key: int, answers: Answers) -> None:
    alumnus = cast("Alumnus", tx.records.by_key(RecordKind.ALUMNI, [key])[key])
    closed = tx.school_settings.closed().get(alumnus.school, frozenset())  # not asked: what was said before stays
    agreed = answers.purposes - closed
    before = {one.purpose for one in tx.consents.of(key) if one.withdrawn_on is None}
    for purpose in sorted(agreed | ((ASKED_FOR - closed) & before)):
        tx.consents.state(key, purpose, given=purpose in agreed, version=CONSENT_TEXT)
    if agreed:
        tx.consents.set_objection(key, objects=False)
        tx.retention.clear(key)
    kept = {kind for kind in alumnus.offers or () if KINDS[kind].purpose in closed}
    offers = {kind for kind in answers.offers if KINDS[kind].purpose not in closed}
    tx.people.correct(key, "offers", frozenset(offers | kept))
    tx.people.correct(key, "need_kinds", answers.needs)
    for field, value in (("day_parts", answers.day_parts), ("max_asks_per_year", answers.asks)):
        if value is not None or getattr(alumnus, field) is not None:
            tx.people.correct(key, field, value)
    if tx.campaigns.of(key) is None:
        tx.campaigns.add(None, [key])
    tx.campaigns.put(key, answered_on=tx.today, agreed=mask_of(agreed))
    tx.note("campaign.answer", {"alumnus": key, "agreed": sorted(purpose.value for purpose in agreed)})


def object_by_link(app: App, secret: str) -> Asked:
    """The alumnus wants no questions at all: an objection to being ranked, and no mail. Raises NotLoggedIn."""
    with app.store.read() as records:
        alumnus = _alumnus_of_link(records, secret)
    asker = Asker(0, Role.ALUMNUS, alumnus.school, alumnus.key)
    asker.own_key(Action.CONSENT_WRITE)

    def work(tx: Transaction) -> Asked:
        now = _alumnus_of_link(tx, secret)
        tx.consents.set_objection(now.key, objects=True)
        if tx.campaigns.of(now.key) is None:
            tx.campaigns.add(None, [now.key])
        tx.campaigns.put(now.key, answered_on=tx.today, agreed=0)
        tx.note(Action.CONSENT_WRITE, {"alumnus": now.key, "objects": True})
        return _asked(tx, now)

    return app.store.write(work, by=asker)


def _alumnus_of_link(records: Records, secret: str) -> Alumnus:
    link = records.links.find(secret)
    if link is None or link.purpose != FIRST:
        raise NotLoggedIn("first_spent")
    return cast("Alumnus", records.records.by_key(RecordKind.ALUMNI, [link.alumnus_key])[link.alumnus_key])


def _asked(records: Records, alumnus: Alumnus) -> Asked:
    ask = records.campaigns.of(alumnus.key)
    objects = records.consents.objects_since(alumnus.key) is not None
    if ask is None or ask.answered_on is None:
        return Asked(alumnus.school, Answers(), None, objects)
    agreed = {one.purpose for one in records.consents.of(alumnus.key) if one.withdrawn_on is None}
    answers = answers_of(
        alumnus.offers,
        alumnus.need_kinds,
        agreed,
        day_parts=alumnus.day_parts,
        asks=alumnus.max_asks_per_year,
    )
    return Asked(alumnus.school, answers, ask.answered_on, objects)


# ---- figures


@dataclass(frozen=True, slots=True)
class Figures:
    """What came of a campaign, or of a school's doors (`begun_at` None). Counts, None for one below SMALLEST.

    `asked` is `sent` and `unsent`; `sent` is `answered` and `silent`; `agreed` counts the answered with a yes for each
    purpose, and `nothing` those without any. Who was erased since is in none.
    """

    school: str
    begun_at: datetime | None
    asked: int | None
    sent: int | None
    unsent: int | None
    reminded: int | None
    answered: int | None
    silent: int | None
    nothing: int | None
    agreed: Mapping[Purpose, int | None]


def figures(app: StoreApp, asker: Asker, school: str | None = None) -> list[Figures]:
    """The figures of each campaign, the newest first, and of the doors where anybody came in.

    Exact for a coordinator of the school; others see no count below SMALLEST. Raises Forbidden, UnknownId.
    """
    owner = _owner(app, asker, school)
    exact = asker.school is not None
    with app.store.read() as records:
        campaigns = records.campaigns.listed(owner)
        of: dict[int | None, list[FirstAsk]] = defaultdict(list)
        for ask in records.campaigns.all(owner):
            of[ask.campaign_key].append(ask)
        keys = [ask.alumnus_key for ask in of[None]]
        came = cast("dict[int, Alumnus]", records.records.by_key(RecordKind.ALUMNI, keys, consents=False))
    by_school: dict[str, list[FirstAsk]] = defaultdict(list)
    for ask in of[None]:
        by_school[came[ask.alumnus_key].school].append(ask)
    listed = [_figures(one.school, one.begun_at, of[one.key]) for one in campaigns]
    listed += [_figures(one, None, asks) for one, asks in sorted(by_school.items())]
    return listed if exact else [_large(one) for one in listed]


def _figures(school: str, begun_at: datetime | None, asks: Iterable[FirstAsk]) -> Figures:
    asks = list(asks)
    answered = [ask for ask in asks if ask.answered_on is not None]
    sent = [ask for ask in asks if ask.sent_on is not None or ask.answered_on is not None]
    agreed: Counter[Purpose] = Counter(purpose for ask in answered for purpose in members_of(Purpose, ask.agreed or 0))
    return Figures(
        school,
        begun_at,
        asked=len(asks),
        sent=len(sent),
        unsent=len(asks) - len(sent),
        reminded=sum(ask.reminded_on is not None for ask in asks),
        answered=len(answered),
        silent=len(sent) - len(answered),
        nothing=sum(not ask.agreed for ask in answered),
        agreed={purpose: agreed[purpose] for purpose in Purpose if purpose in ASKED_FOR},
    )


def _large(one: Figures) -> Figures:
    """Without any count from which somebody could be told."""

    def large(count: int | None) -> int | None:
        return count if count == 0 or (count or 0) >= SMALLEST else None

    return replace(
        one,
        asked=large(one.asked),
        sent=large(one.sent),
        unsent=large(one.unsent),
        reminded=large(one.reminded),
        answered=large(one.answered),
        silent=large(one.silent),
        nothing=large(one.nothing),
        agreed={purpose: large(count) for purpose, count in one.agreed.items()},
    )


def _owner(app: StoreApp, asker: Asker, school: str | None) -> str | None:
    """The school that an answer is limited to, if there is one. Raises Forbidden, UnknownId."""
    owner = asker.owner(Action.CAMPAIGN, school)
    if owner is None or asker.school is not None:
        return owner
    with app.store.read() as records:
        return lookup.owner_meant(records, asker, owner)


def _one_school(app: StoreApp, asker: Asker, school: str | None) -> str:
    with app.store.read() as records:
        return lookup.one_school(records, asker, Action.CAMPAIGN, school)
