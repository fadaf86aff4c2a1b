"""A trial of other settings as JSON, and in sentences for every way to read it."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import ConfigDict, Field

from api.schemas.days import Day
from api.schemas.rankings import Model
from matcher.locale import Language, decimals, say
from matcher.matching.trials import MOST_ASKS, MOST_MONTHS, Settings
from matcher.matching.weights import own
from matcher.services.trials import Moved, Outcome, Person, Side, Trial


class TrialIn(Model):
    """The days of the logged lists, both included, and what is tried; what is left out stays as it was."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"from": "2027-02-01", "to": "2027-02-28", "asks_a_year": 2}]},
    )

    first: Annotated[Day, Field(alias="from", description="First day.", examples=["2027-02-01"])]
    last: Annotated[Day, Field(alias="to", description="Last day.", examples=["2027-02-28"])]
    weights: Annotated[
        str | None, Field(max_length=100_000, description="Weights as TOML, as `ranking use` reads them.")
    ] = None
    asks_a_year: Annotated[
        int | None,
        Field(ge=0, le=MOST_ASKS, description="How often who said nothing about it may be asked in a year."),
    ] = None
    meaning: Annotated[bool | None, Field(description="Whether the second encoder counts.")] = None
    months: Annotated[
        int | None,
        Field(ge=1, le=MOST_MONTHS, description="After how many months a consent is over, where sooner than now."),
    ] = None
    school: Annotated[str | None, Field(max_length=200, description="Only requests of this school.")] = None

    def settings(self) -> Settings:
        """As the service takes them. Raises InvalidValue."""
        weights = None if self.weights is None else own(self.weights)
        return Settings(weights, self.asks_a_year, self.meaning, self.months)


class PersonOut(Model):
    """An alumnus by the id of the spreadsheet."""

    alumnus_id: str = Field(examples=["A-0007"])
    school: str


class OutcomeOut(Model):
    """What changes for one request."""

    request_id: str = Field(examples=["R-12"])
    school: str
    kind: str = Field(examples=["guest_lesson"])
    as_of: date = Field(description="The day for which the list was made.")
    people_of: str = Field(description="`then`: the people of that day; `today`: those of now.", examples=["then"])
    places: int = Field(description="Places of which both lists say who is asked.")
    open_places: int = Field(description="Places of somebody who may not be looked at any more.")
    came_in: int
    fell_out: int
    score_before: float | None
    score_after: float | None
    who_came_in: list[PersonOut] = Field(description="Named for the requests that change most.")
    who_fell_out: list[PersonOut]


class SideOut(Model):
    """All lists under one setting."""

    asked: int = Field(description="Places that are filled.")
    people: int = Field(description="Different alumni.")
    score: float | None = Field(description="Mean score by the weights in use.")
    similarity: float | None = Field(description="Mean similarity of the texts.")
    first_time: int = Field(description="Alumni who are asked for the first time.")
    gini: float = Field(description="Of the asks, over all who passed the rules of a list.")
    over_budget: int = Field(description="Asks beyond what each had left on the first day.")


class LoggedOut(Model):
    """What there was in the log."""

    lists: int = Field(description="Of saved requests; the last of each counts.")
    of_then: int = Field(description="Requests with the people of then.")
    of_today: int = Field(description="Requests with the people of today.")
    same: int = Field(description="Lists of then that come out as logged, to the last bit, under unchanged settings.")
    unsaved: int = Field(description="Questions that were not saved.")
    gone: int = Field(description="Requests that are not there any more.")
    left_out: int = Field(description="Older requests beyond the most of one trial.")


class MovedOut(Model):
    """A group of alumni with more or fewer places than it had: a field of study, or a cohort by year."""

    field: str | None = Field(description="Of the highest qualification; empty where it is unknown.")
    first_year: int | None
    last_year: int | None
    before: int
    after: int


class TriedOut(Model):
    """What was tried; null for what stayed as it was."""

    weights: list[str] | None = Field(description="Names of the weights by kind.")
    asks_a_year: int | None
    meaning: bool | None
    months: int | None


class TrialOut(Model):
    """What other settings would have done. Nothing is saved."""

    model_config = ConfigDict(extra="forbid", serialize_by_alias=True)

    first: Annotated[date, Field(alias="from")]
    last: Annotated[date, Field(alias="to")]
    settings: TriedOut
    said: list[str] = Field(description="What to know before the figures, in sentences.")
    outcome: str = Field(description="What changes and what it costs, in sentences.")
    logged: LoggedOut
    before: SideOut
    after: SideOut
    changed: int = Field(description="Requests for which somebody else is asked.")
    came_in: int = Field(description="How often an alumnus is asked who was not.")
    open_places: int
    moved: list[MovedOut] = Field(description="Groups that win or lose places, those that win most first.")
    yardstick: list[str] = Field(description="The weights in use, by which both are measured.")
    requests: list[OutcomeOut]


def from_trial(trial: Trial, language: Language) -> TrialOut:
    """The JSON of a trial, with sentences in this language."""
    tried, counted = trial.settings, trial.counted
    return TrialOut(
        **{"from": trial.first, "to": trial.last},
        settings=TriedOut(
            weights=None if tried.weights is None else list(tried.weights.names),
            asks_a_year=tried.asks_a_year,
            meaning=tried.meaning,
            months=tried.months,
        ),
        said=above(trial, language),
        outcome=outcome(trial, language),
        logged=LoggedOut(
            lists=counted.lists,
            of_then=counted.of_then,
            of_today=counted.of_today,
            same=counted.same,
            unsaved=counted.unsaved,
            gone=counted.gone,
            left_out=counted.left_out,
        ),
        before=_side(trial.before),
        after=_side(trial.after),
        changed=trial.changed,
        came_in=trial.came,
        open_places=trial.open,
        moved=[_moved(one) for one in trial.moved],
        yardstick=list(trial.yardstick),
        requests=[_outcome(one) for one in trial.requests],
    )


def above(trial: Trial, language: Language) -> list[str]:
    """What must be known before the figures: whose lists they are, what is missing, and how it is measured."""
    counted = trial.counted
    said: list[str] = []

    def tell(name: str, count: int, **values: object) -> None:
        if count:
            said.append(say(language, f"trials.above.{name}", count=count, **values))

    if not trial.requests:
        said.append(say(language, "trials.above.none"))
    tell("of_today", counted.of_today)
    tell("of_then", counted.of_then)
    if counted.of_then and counted.same == counted.of_then:
        said.append(say(language, "trials.above.same"))
    elif counted.of_then:
        tell("not_same", counted.of_then, same=counted.same)
    tell("open", trial.open)
    tell("left_out", counted.left_out)
    tell("gone", counted.gone)
    tell("unsaved", counted.unsaved)
    if trial.requests:
        said += [say(language, f"trials.above.{name}") for name in ("alone", "yardstick")]
    return said


def outcome(trial: Trial, language: Language) -> str:
    """What changes, what it costs in fit, and who is asked for the first time."""
    if not trial.changed:
        return say(language, "trials.outcome.same") if trial.requests else ""
    counts = {"changed": trial.changed, "requests": len(trial.requests)}
    said = [say(language, "trials.outcome.changed", count=trial.came, **counts)]
    before, after = trial.before.fit.score, trial.after.fit.score
    if before and after is not None:
        percent = round(100 * (after / before - 1), 1)
        name = "equal" if not percent else "costs" if percent < 0 else "gains"
        said.append(say(language, f"trials.outcome.{name}", percent=abs(percent)))
    if more := trial.after.first - trial.before.first:
        said.append(say(language, f"trials.outcome.{'more' if more > 0 else 'less'}_first", count=abs(more)))
    return " ".join(said)


def figures(trial: Trial, language: Language) -> list[tuple[str, str, str]]:
    """Each figure by name, as it was and as tried."""
    rows = []
    for name in ("asked", "people", "first", "score", "similarity", "gini", "over"):
        before, after = (_figure(side, name, language) for side in (trial.before, trial.after))
        rows.append((say(language, f"trials.figure.{name}"), before, after))
    return rows


def persons(people: tuple[Person, ...], school: str) -> str:
    """Ids, with the school of those of another one."""
    return ", ".join(one.alumnus_id if one.school == school else f"{one.alumnus_id} ({one.school})" for one in people)


def fit(one: Outcome, language: Language) -> str:
    """How well those who are asked fit, before and after; empty where nobody is asked."""
    if one.before.score is None or one.after.score is None:
        return ""
    before, after = (decimals(language, value) for value in (one.before.score, one.after.score))
    return say(language, "trials.table.fit", before=before, after=after)


def _figure(side: Side, name: str, language: Language) -> str:
    value = {"score": side.fit.score, "similarity": side.fit.similarity, "gini": side.gini}.get(name)
    if name in {"score", "similarity", "gini"}:
        return "-" if value is None else decimals(language, value)
    return str({"asked": side.asked, "people": side.people, "first": side.first, "over": side.over}[name])


def _side(side: Side) -> SideOut:
    return SideOut(
        asked=side.asked,
        people=side.people,
        score=side.fit.score,
        similarity=side.fit.similarity,
        first_time=side.first,
        gini=side.gini,
        over_budget=side.over,
    )


def _moved(one: Moved) -> MovedOut:
    group = one.group
    return MovedOut(field=group.field, first_year=group.first, last_year=group.last, before=one.before, after=one.after)


def _outcome(one: Outcome) -> OutcomeOut:
    return OutcomeOut(
        request_id=one.request_id,
        school=one.school,
        kind=one.kind.value,
        as_of=one.as_of,
        people_of="then" if one.of_then else "today",
        places=one.places,
        open_places=one.open,
        came_in=one.came,
        fell_out=one.fell,
        score_before=one.before.score,
        score_after=one.after.score,
        who_came_in=[PersonOut(alumnus_id=person.alumnus_id, school=person.school) for person in one.who_came],
        who_fell_out=[PersonOut(alumnus_id=person.alumnus_id, school=person.school) for person in one.who_fell],
    )
