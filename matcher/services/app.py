"""What every use case works with: the store, the engine, the clock and the settings of this installation."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, cast

from matcher.domain.aftercare import AftercareTerms
from matcher.domain.consent import Terms
from matcher.domain.invitations import AnswerTerms, Approval
from matcher.domain.kinds import RequestKind
from matcher.domain.weekly import Weekly
from matcher.engine import Engine
from matcher.matching.bands import Bands
from matcher.matching.bands import shipped as shipped_bands
from matcher.matching.observer import RankingObserver
from matcher.matching.thresholds import Limits, shipped
from matcher.matching.weights import Weights
from matcher.ports import Clock, Store
from matcher.repositories import Records


@dataclass(frozen=True, slots=True)
class JobLimits:
    """Limits beyond which an unattended job refuses to write, unless overridden."""

    days_ahead: int = 60
    """A larger jump since the day of the last run is taken for a wrong clock."""
    share: float = 0.05
    """The share of all alumni that may be touched at once, in (0, 1]; a few always may (`jobs.FEW`)."""


class StoreApp(Protocol):
    """What use cases that do not rank depend on: `App`, or the same without an engine."""

    @property
    def store(self) -> Store:
        """The database."""
        ...

    @property
    def clock(self) -> Clock:
        """The only source of the time."""
        ...

    @property
    def terms(self) -> Terms:
        """How long a consent stays in force."""
        ...

    @property
    def answer_terms(self) -> AnswerTerms:
        """How long an invitation can be undone, and an alumnus has to answer."""
        ...

    @property
    def aftercare_terms(self) -> AftercareTerms:
        """How long a school guides those who left, and when the next contact is."""
        ...


@dataclass(frozen=True, slots=True)
class WithoutEngine:
    """An installation without an engine: commands that need only the data load no encoder."""

    store: Store
    clock: Clock
    terms: Terms = field(default_factory=Terms)
    answer_terms: AnswerTerms = field(default_factory=AnswerTerms)
    aftercare_terms: AftercareTerms = field(default_factory=AftercareTerms)


@dataclass(frozen=True, slots=True)
class App:
    """One installation."""

    store: Store
    engine: Engine
    clock: Clock
    terms: Terms = field(default_factory=Terms)
    job_limits: JobLimits = field(default_factory=JobLimits)
    sends_mail: bool = False
    """Whether a mail server is set: without one no alumnus is asked whether data may stay."""
    answer_terms: AnswerTerms = field(default_factory=AnswerTerms)
    """How long an invitation can be undone, and an alumnus has to answer."""
    aftercare_terms: AftercareTerms = field(default_factory=AftercareTerms)
    """How long a school guides those who left, and when the next contact is."""
    second_approves: bool = True
    """Whether a message to a segment is approved by another person than wrote it, where the school has one."""
    approvals: Mapping[RequestKind, Approval] = field(default_factory=dict)
    """Who decides that an alumnus is asked, of the kinds of which no school chooses that."""
    upload_days: int = 30
    """How long a file that was sent to be imported is kept, at most 30 days."""
    weekly: Weekly = field(default_factory=Weekly)
    """When mail goes of those who get it once a week."""
    inbox_days: int = 30
    """How long a reply by mail waits for a person to read it."""
    fixed_weights: Weights | None = None
    """The weights of one ranking, of a replay or of a measurement; None for those in use."""
    bands: Bands = field(default_factory=shipped_bands)
    known_words: Callable[[], Collection[str]] = frozenset
    """Folded words of trades and skills: by them a word of a question is told from a slip or nonsense. Loaded once."""
    limits: Limits = field(default_factory=shipped)
    """When a ranking uses the index."""
    observer: RankingObserver | None = None
    """Receives the timings and counts of rankings."""
    turn: AbstractContextManager[object] = field(default_factory=nullcontext)
    """Held while a ranking is made that is to be sent: a server makes one at a time. May raise Overloaded."""
    aside: Callable[[], AbstractContextManager[object]] = nullcontext
    """Held while something long is waited for: others have the turn meanwhile. May raise Overloaded."""

    @property
    def weights(self) -> Weights:
        """The weights by which is ranked."""
        return self.fixed_weights or self.engine.weights.now()

    def with_weights(self, weights: Weights | None = None) -> App:
        """The same with these weights, or with those in use now for as long as something takes."""
        return replace(self, fixed_weights=weights or self.weights)

    @contextmanager
    def one_reading(self) -> Iterator[App]:
        """The same, which reads one state of the data for as long as this lasts, in one transaction. Raises as `read`.

        For what begins a request. What takes its time is not for this: others cannot clean the files meanwhile.
        """
        with self.store.read() as records:
            yield replace(self, store=cast("Store", _OneReading(self.store, records)))


class _OneReading:
    """A store of which one reading is open, by which everything is read."""

    def __init__(self, store: Store, records: Records) -> None:
        self._store, self._records = store, records

    @contextmanager
    def read(self) -> Iterator[Records]:
        """The reading that is open."""
        yield self._records

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)
