"""Messages by mail to alumni, in the sentences of the locale."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.settings import Settings
from matcher.errors import MailError
from matcher.locale import say
from matcher.policy import Asker
from matcher.ports import Mailer

if TYPE_CHECKING:
    from matcher.store.old_doors import OldDoors as SqlStore

log = logging.getLogger("alumnimatch")


@dataclass(frozen=True, slots=True)
class Messages:
    """Sends messages by this mailer; without one nothing is sent."""

    store: SqlStore
    settings: Settings
    mailer: Mailer | None = None

    @property
    def base_url(self) -> str:
        """Where browsers find the pages."""
        return (self.settings.base_url or "").rstrip("/")

    def send(self, alumnus_key: int, message: str, by: Asker, **values: object) -> bool:
        """Mails an alumnus a message of the locale files, where there is mail and an address; in the log with `by`.

        False where nothing was sent; a failure is logged, without the alumnus. `values` fill in what the message needs
        besides `address`. Raises StoreError.
        """
        contact = self.store.contact(alumnus_key) if self.mailer is not None else None
        if self.mailer is None or contact is None or not contact.email:
            return False
        language = self.settings.language
        words = {"address": f"{self.base_url}/inloggen", **values}
        subject, text = (say(language, f"mail.{message}.{part}", **words) for part in ("subject", "text"))
        try:
            self.mailer.send(contact.email, subject, text)
        except MailError as error:
            log.warning("mail_not_sent %s", error.values.get("problem", ""))
            return False
        self.store.log(by, "message", {"alumnus": alumnus_key, "message": message})
        return True
