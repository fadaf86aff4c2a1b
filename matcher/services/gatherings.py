"""A request that needs many at once, such as a network event or a panel: asked and mailed together.

Each alumnus is asked as one is alone (`invitations.invite`), in a transaction of its own; who came is told when the
request is closed (`demands.close`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from matcher.domain.demands import Phase
from matcher.domain.invitations import InvitationWords
from matcher.domain.kinds import HIGH_RISK
from matcher.errors import InvalidValue, UnknownId
from matcher.policy import Action, Asker
from matcher.repositories import Transaction
from matcher.repositories.demands import KeptLetter
from matcher.services import invitations, lookup
from matcher.services.app import App
from matcher.services.messages import TO_ALL, reply_purpose

MOST_AT_ONCE = 60
MOST_WORDS = 2000
"""Characters of a letter to all who come."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """An alumnus of the list, as the asker names them, and the school."""

    name: str
    school: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one: asked, or waiting for approval (`proposed`), or the code of the problem."""

    chosen: Chosen
    problem: str = ""
    proposed: bool = False
    values: Mapping[str, object] = field(default_factory=dict)
    """What the sentence of the problem names."""


def invite_many(
    app: App,
    asker: Asker,
    request_id: str,
    chosen: Sequence[Chosen],
    *,
    school: str | None = None,
    words: InvitationWords | None = None,
) -> list[Outcome]:
    """Asks all of these alumni, as far as each may be asked; the others are named, each with the reason.

    For kinds that rank people for work each is chosen alone: InvalidValue('one_at_a_time'). Raises Forbidden,
    UnknownId, AmbiguousId of the request, InvalidValue: `choose_someone`, `too_many_at_once`.
    """
    with app.store.read() as records:
        request = lookup.request(records, asker, Action.INVITE, request_id, school)
    if request.kind in HIGH_RISK:
        raise InvalidValue("one_at_a_time")
    wanted = list(dict.fromkeys(chosen))
    if not wanted:
        raise InvalidValue("choose_someone")
    if len(wanted) > MOST_AT_ONCE:
        raise InvalidValue("too_many_at_once", most=MOST_AT_ONCE)
    return [_invite(app, asker, request_id, one, request.school, words) for one in wanted]


def _invite(  # noqa: PLR0917 - one of many, with what all of them get
    app: App, asker: Asker, request_id: str, one: Chosen, school: str | None, words: InvitationWords | None
) -> Outcome:
    try:
        invited = invitations.invite(
            app, asker, request_id, one.name, school=school, candidate_school=one.school, words=words
        )
    except InvalidValue as error:
        return Outcome(one, error.code, values=error.values)
    except UnknownId:
        return Outcome(one, "unknown_pair", values={"id": request_id, "candidate": one.name})
    return Outcome(one, proposed=invited.proposed)


def write_to_all(app: App, asker: Asker, request_id: str, text: str, *, school: str | None = None) -> int:
    """Mails a letter to everybody who said yes and whose consent is in force; returns how many.

    Whoever takes the yes back before it is sent gets none. Raises Forbidden, UnknownId, AmbiguousId, InvalidValue:
    `say_what`, `text_too_long`, `nobody_comes`, `request_withdrawn`.
    """
    said = text.strip()
    if not said:
        raise InvalidValue("say_what")
    if len(said) > MOST_WORDS:
        raise InvalidValue("text_too_long", most=MOST_WORDS)

    def work(tx: Transaction) -> int:
        request = lookup.request(tx, asker, Action.CONTACT, request_id, school)
        if tx.demands.state(request.key).phase is Phase.WITHDRAWN:
            raise InvalidValue("request_withdrawn")
        comes = invitations.coming(tx, app, request)
        if not comes:
            raise InvalidValue("nobody_comes")
        letter = tx.request_letters.add(request.key, said)
        values = {"school": request.school or "", "letter": str(letter)}
        for alumnus in comes:
            tx.outbox.add(alumnus.key, TO_ALL, values=values, link=reply_purpose(request.key))
        keys = sorted(alumnus.key for alumnus in comes)
        tx.note(Action.CONTACT, {"query": request.key, "alumni": keys, "letter": letter})
        return len(comes)

    return app.store.write(work, by=asker)


def letters(app: App, asker: Asker, request_id: str, *, school: str | None = None) -> list[KeptLetter]:
    """The letters to all alumni who come for a request, the oldest first. Raises Forbidden, UnknownId, AmbiguousId."""
    with app.store.read() as records:
        request = lookup.request(records, asker, Action.CONTACT, request_id, school)
        return records.request_letters.of_request(request.key)
