"""Every error that the product raises on purpose.

::

    AlumnimatchError
    ├── InputError            the user gave something that cannot be used
    │   ├── UnreadableFile    no table could be read from the file
    │   ├── MissingColumns    a required column is absent
    │   ├── UnknownId         no record has this id
    │   ├── AmbiguousId       several records have this id: name the school or kind
    │   ├── InvalidValue      a value outside its range or list
    │   ├── OtherNumbers      the person to erase may be here under another number too
    │   └── JobRefused        a job that would act on a clock or setting that looks wrong
    ├── AccessError           the asker may not do this
    │   ├── NotLoggedIn       the asker is not known
    │   ├── Forbidden         this role may not do this
    │   └── RateLimited       too many requests in a short time
    ├── Overloaded            too many rankings at once
    ├── ClusterError          the machines of a cluster do not do their share
    ├── ConfigurationError    a setting or an installed part is wrong
    ├── EncoderError          texts cannot be turned into vectors
    ├── IndexUnavailable      an index on other machines gives no complete answer
    ├── MailError             a message could not be sent; another try may succeed
    │   ├── MailRefused       the recipient or the server will never take this message
    │   ├── MailUnreachable   the mail server cannot be used at all now
    │   └── MailUncertain     the server did not say whether it took the message
    ├── StoreError            the database cannot be used
    │   └── StoreUnavailable  it cannot be reached or opened
    │       └── StoreReadOnly it can be read, but not written
    └── SnapshotError         a file of derived state is broken, foreign or stale (always rebuilt, never shown)

An error carries a `code`, which is a key of the locale files, and the values to fill in. The sentence with its remedy
is composed at the edge, in the language of the user. No error carries a name, an address or free text of a person.
"""

from __future__ import annotations


class AlumnimatchError(Exception):
    """Base of the tree: a `code` (key under `[errors]` in the locale files) and the values of its placeholders."""

    def __init__(self, code: str, /, **values: object) -> None:
        super().__init__(code, values)
        self.code = code
        self.values = values

    def __str__(self) -> str:
        """Code and values, for logs: no sentence."""
        return f"{self.code} {self.values}" if self.values else self.code


class InputError(AlumnimatchError):
    """The user gave something that cannot be used."""


class UnreadableFile(InputError):
    """No table could be read from the file."""


class MissingColumns(InputError):
    """A required column is absent."""


class UnknownId(InputError):
    """No record has this id."""


class AmbiguousId(InputError):
    """Several records have this id; `values['choices']` lists them."""


class InvalidValue(InputError):
    """A value outside its range or list."""


class OtherNumbers(InputError):
    """No one was erased: others may be the same person; `values['others']` lists them."""


class JobRefused(InputError):
    """A job that writes does not run unless forced: its day, or the number of records it would touch, looks wrong."""


class AccessError(AlumnimatchError):
    """The asker may not do this."""


class NotLoggedIn(AccessError):
    """The asker is not known: there is no session, or it has ended."""


class Forbidden(AccessError):
    """This role may not do this."""


class RateLimited(AccessError):
    """Too many requests in a short time; allowed again after `values['seconds']`."""


class NotAcceptable(AlumnimatchError):
    """Another version of a document is asked for than there is: `values['requested']`, and `values['supported']`."""


class Overloaded(AlumnimatchError):
    """Too many rankings at once; worth another try soon."""


class ClusterError(AlumnimatchError):
    """The machines of a cluster do not do their share; what is done is kept."""


class ConfigurationError(AlumnimatchError):
    """A setting or an installed part is wrong."""


class EncoderError(AlumnimatchError):
    """Texts cannot be turned into vectors."""


class IndexUnavailable(AlumnimatchError):
    """An index on other machines cannot be reached, or gives no complete answer."""


class MailError(AlumnimatchError):
    """A message could not be sent; another try may succeed. Carries neither its content nor its recipient.

    `values['problem']` is a code under `words.mail_problem`, with the number that the server answered, if any.
    """


class MailRefused(MailError):
    """The recipient or the server will never take this message."""


class MailUnreachable(MailError):
    """The mail server cannot be used at all now, for this message or any other."""


class MailUncertain(MailError):
    """The connection broke off after the message went out: the server may have taken it."""


class StoreError(AlumnimatchError):
    """The database cannot be used."""


class StoreUnavailable(StoreError):
    """The database cannot be reached or opened."""


class StoreReadOnly(StoreUnavailable):
    """The database can be read, but not written."""


class SnapshotError(AlumnimatchError):
    """A file of derived state is broken, foreign or stale."""
