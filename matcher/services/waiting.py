"""What the clock does to invitations: the one reminder, the end of the term to answer, the next of the waiting list.

Where the places of a request became fewer, by a list or by hand, and are filled by that, the others hear it here.

What is due is read first. Each request is then a transaction of its own, which looks again at what is due in it; mail
is written there and sent by others, so no lock covers sending.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

from matcher.domain.invitations import InvitationState
from matcher.errors import JobRefused
from matcher.policy import Action, Asker
from matcher.repositories import Records, Transaction
from matcher.repositories.demands import Invitation
from matcher.services import asks, jobs
from matcher.services.app import App

Due = Literal["remind", "lapse", "unreached"]


@dataclass(frozen=True, slots=True)
class Advanced:
    """What one round did. `refused`: why it did nothing: the clock is not to be trusted."""

    reminded: int = 0
    ended: int = 0
    asked: int = 0
    refused: tuple[JobRefused, ...] = ()


def advance(app: App, asker: Asker) -> Advanced:
    """Reminds, ends terms that are over, and asks the next of each waiting list; says what was done.

    Does nothing by a clock that is far ahead, as the daily job. Raises Forbidden, StoreUnavailable.
    """
    asker.scope(Action.INVITE_RUN)
    with app.store.read() as records:
        keys = [key for key in records.invitations.due() if _has_work(records, key)]
        refused = jobs.refusals(records, app.job_limits, 0) if keys else ()
    if refused:
        return Advanced(refused=refused)
    rounds = [app.store.write(partial(_advance, app=app, request_key=key), by=asker) for key in keys]
    return Advanced(*(sum(getattr(one, name) for one in rounds) for name in ("reminded", "ended", "asked")))


def _has_work(records: Records, request_key: int) -> bool:
    there = asks.situation(records, request_key)
    if there is None:
        return False
    filled = not there.standing.left and bool(there.open_asks or there.queue or there.proposed)
    return filled or any(_due(records, there)) or bool(there.queue and there.free and there.has_begun)


def _due(records: Records, there: asks.Situation) -> Iterator[tuple[Due, Invitation]]:
    """What is due of the asks that wait for an answer."""
    today = records.today
    for one in there.open_asks:
        if asks.reached_nobody(records, one):
            yield "unreached", one
        elif one.deadline is not None and one.deadline < today:
            yield "lapse", one
        elif one.remind_on is not None and one.remind_on <= today and one.reminded_at is None:
            yield "remind", one


_NOTED = {"remind": "invite.remind", "lapse": "invite.lapse", "unreached": "invite.unreached"}


def _advance(tx: Transaction, app: App, request_key: int) -> Advanced:
    there = asks.situation(tx, request_key)
    if there is None:
        return Advanced()
    done = dict[str, int].fromkeys(("remind", "lapse", "unreached"), 0)
    for what, one in list(_due(tx, there)):
        if what == "remind":
            done[what] += asks.remind(tx, one)
        elif what == "lapse":
            done[what] += asks.end(tx, one, InvitationState.LAPSED)
        else:
            done[what] += asks.end(tx, one, InvitationState.UNREACHED, released=True)
    for step, count in done.items():
        if count:
            tx.note(_NOTED[step], {"query": request_key, "count": count})
    filled = asks.tell_others(tx, request_key)
    if filled:
        tx.note("invite.filled", {"query": request_key, "count": filled})
    asked = asks.fill_places(tx, app.answer_terms, app.terms, request_key)
    return Advanced(done["remind"], done["lapse"] + done["unreached"] + filled, asked)
