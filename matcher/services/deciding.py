"""Whose decision it is that an alumnus is asked: by the setting of a kind, else as the school chose."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from matcher.domain.invitations import Approval
from matcher.domain.records import Request
from matcher.domain.school_settings import decides_in
from matcher.repositories import Records
from matcher.services.app import App


def deciders(records: Records, app: App, requests: Collection[Request]) -> Mapping[int, Approval]:
    """Who decides for each of these requests, by random key; the asker where nothing is set and nothing chosen."""
    schools = {one.school for one in requests if one.school is not None and one.kind not in app.approvals}
    chosen = {school: decides_in(records.school_settings.of(school)) for school in schools}
    return {one.key: app.approvals.get(one.kind) or chosen.get(one.school or "") or Approval.ASKER for one in requests}


def decider(records: Records, app: App, request: Request) -> Approval:
    """The same of one."""
    return deciders(records, app, [request])[request.key]
