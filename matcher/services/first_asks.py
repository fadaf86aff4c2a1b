"""Steps of asking for a first yes that others share: whether a mail may still be sent, and what came of it."""

from __future__ import annotations

from matcher.domain.first_yes import left_out
from matcher.repositories import Records, Transaction

ASK, REMIND = "first_ask", "first_remind"
"""The mails of a campaign."""
MAILS = frozenset({ASK, REMIND})


def may_be_asked(records: Records, key: int) -> bool:
    """Whether an alumnus who was asked for a first yes still may be: no objection, nothing given or withdrawn."""
    objects = records.consents.objects_since(key) is not None
    return left_out(records.consents.of(key), objects=objects) is None


def is_over(records: Records, key: int) -> bool:
    """Whether a mail of a campaign to this alumnus is pointless: answered, or no longer allowed."""
    ask = records.campaigns.of(key)
    return ask is None or ask.answered_on is not None or not may_be_asked(records, key)


def record_sent(tx: Transaction, key: int, message: str) -> None:
    """Records that a mail of a campaign was sent."""
    if message == ASK:
        tx.campaigns.put(key, sent_on=tx.today)


def after_bounce(tx: Transaction, alumnus_key: int) -> None:
    """Mail to the address of an alumnus came back: the coordinator sees it, and another address is asked at once.

    Nobody is asked whether facts are right at an address that bounces. Raises KeyError.
    """
    tx.facts.bounced(alumnus_key)
    tx.note("facts.bounce", {"alumnus": alumnus_key})
