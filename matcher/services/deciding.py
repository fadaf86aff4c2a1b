"""What a school chose: who decides that an alumnus is asked, how often, how mail goes, and how long consents count."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from matcher.domain.consent import Terms
from matcher.domain.invitations import Approval
from matcher.domain.ledger import DEFAULT_ASKS_PER_YEAR
from matcher.domain.records import Alumnus, Request
from matcher.domain.school_settings import KEEP, decides_in, letter_in, terms_of
from matcher.domain.weekly import Weekly
from matcher.repositories import Records
from matcher.services.app import App

ANY_WEEK = Weekly()
"""Where it does not matter when the letter goes."""


def deciders(records: Records, app: App, requests: Collection[Request]) -> Mapping[int, Approval]:
    """Who decides for each of these requests, by random key; the asker where nothing is set and nothing chosen."""
    schools = {one.school for one in requests if one.school is not None and one.kind not in app.approvals}
    chosen = {school: decides_in(records.school_settings.of(school)) for school in schools}
    return {one.key: app.approvals.get(one.kind) or chosen.get(one.school or "") or Approval.ASKER for one in requests}


def usual_asks(records: Records, school: str) -> int:
    """How often a year alumni of a school are asked who did not say."""
    return records.school_settings.asks().get(school, DEFAULT_ASKS_PER_YEAR)


def most_asks(alumnus: Alumnus, chosen: Mapping[str, int]) -> int:
    """How often a year this alumnus may be asked: as they said, else as their school chose, else as usual.

    `chosen`: by school, of `SchoolSettings.asks`.
    """
    said = alumnus.max_asks_per_year
    return chosen.get(alumnus.school, DEFAULT_ASKS_PER_YEAR) if said is None else said


def rhythm_of(records: Records, alumnus_key: int, school: str, usual: Weekly = ANY_WEEK) -> tuple[bool, Weekly]:
    """Whether mail goes once a week to an alumnus, as they chose, else as the school did; and when the letter goes.

    `usual`: when it goes of a school that chose no day.
    """
    own = records.digests.chosen(alumnus_key)
    weekly, when = letter_in(records.school_settings.of(school), usual)
    return (weekly if own is None else own[0]), when


class SchoolTerms:
    """How long consents count at each school: as it chose, and never longer than `usual`, of the installation."""

    def __init__(self, records: Records, usual: Terms) -> None:
        self._usual = usual
        chosen = records.school_settings.every(KEEP)
        self._chosen = {school: terms_of(value, usual) for school, value in chosen.items()}

    def __getitem__(self, school: str | None) -> Terms:
        """The terms of a school; those of the installation for None."""
        return self._chosen.get(school or "", self._usual)


def decider(records: Records, app: App, request: Request) -> Approval:
    """The same of one."""
    return deciders(records, app, [request])[request.key]
