"""The handles of a request or question, from the secret and the scopes that the database holds."""

from __future__ import annotations

import hashlib
from dataclasses import astuple, replace

from matcher.disclosure.handles import LASTS, Handles, new_secret, scope_of_request
from matcher.domain.records import Demand, Request
from matcher.policy import Asker
from matcher.repositories import Records, Transaction

SECRET = "handles"  # noqa: S105 - a name, not a secret
"""The name of the secret among the values of the installation."""


def handles_of(tx: Transaction, asker: Asker, asked: Demand) -> Handles:
    """The handles for a list that this asker is about to see; makes the secret, and the scope of a new question."""
    secret = tx.installation.get(SECRET) or tx.installation.set_once(SECRET, new_secret())
    if asked.key or not isinstance(asked, Request):
        return Handles(secret, _scope(tx, asked.key))
    digest = question_digest(asker, asked)
    scope = tx.questions.scope(digest)
    if scope is None:
        scope = new_secret()
        tx.questions.begin(digest, scope, LASTS)
    return Handles(secret, scope)


def known_handles(records: Records, request_key: int) -> Handles | None:
    """The handles of a saved request; None as long as no card was ever shown here."""
    secret = records.installation.get(SECRET)
    return None if secret is None else Handles(secret, _scope(records, request_key))


def alumnus_key(records: Records, request_key: int, handle: str) -> int | None:
    """The random key of the alumnus with this handle on the cards of a request; None for any other text."""
    handles = known_handles(records, request_key)
    return handles.key(handle) if handles else None


def question_digest(asker: Asker, wish: Request) -> str:
    """The name of a question that is not saved: the same for the same asker and question, and no text of it."""
    content = repr((asker.key, astuple(replace(wish, request_id="", key=0))))
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


def _scope(records: Records, request_key: int) -> str:
    return records.questions.scope_of_request(request_key) or scope_of_request(request_key)
