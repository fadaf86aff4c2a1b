"""A plan for a period as JSON."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from api.error_text import error_sentence
from api.schemas.days import Day
from api.schemas.rankings import Model
from matcher.errors import InvalidValue
from matcher.locale import Language, say
from matcher.services.approval import GONE, Outcome
from matcher.services.invitations import LEAST_SEEN
from matcher.services.plan_files import change_sentence
from matcher.services.plans import Objective, Open, PairNamed, PeriodPlan, Wishes


class PairIn(Model):
    """A request and an alumnus."""

    model_config = ConfigDict(extra="forbid")

    request_id: Annotated[str, Field(min_length=1, max_length=200, examples=["R-12"])]
    alumnus_id: Annotated[str, Field(min_length=1, max_length=200, examples=["A-0007"])]
    alumnus_school: Annotated[str | None, Field(max_length=200, description="Where several have this id.")] = None

    def named(self) -> PairNamed:
        """As the service takes it."""
        return PairNamed(self.request_id.strip(), self.alumnus_id.strip(), self.alumnus_school)


Pairs = Annotated[list[PairIn], Field(max_length=1000)]


class PlanIn(Model):
    """The period to plan, both days included."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"from": "2027-03-01", "to": "2027-03-31", "fairness": 0.5}]}
    )

    first: Annotated[Day, Field(alias="from", description="First day.", examples=["2027-03-01"])]
    last: Annotated[Day, Field(alias="to", description="Last day.", examples=["2027-03-31"])]
    fairness: Annotated[
        float | None,
        Field(
            ge=0,
            le=1,
            allow_inf_nan=False,
            description="From the best fit (0) to the most equal share of asks (1); left out, as the school chose.",
        ),
    ] = None
    school: Annotated[str | None, Field(max_length=200, description="Only requests of this school.")] = None
    after: Annotated[
        str | None,
        Field(max_length=40, description="An earlier plan: as much of it stays as can, its pins and bans hold."),
    ] = None
    pins: Annotated[Pairs, Field(default_factory=list, description="Who must be in the plan.")]
    bans: Annotated[Pairs, Field(default_factory=list, description="Who must not be in the plan.")]

    def wishes(self) -> Wishes:
        """As the service takes them."""
        return Wishes(self.after, [one.named() for one in self.pins], [one.named() for one in self.bans])


class ApproveIn(Model):
    """Whom of a plan to invite."""

    model_config = ConfigDict(extra="forbid")

    assignments: Annotated[Pairs | None, Field(description="These lines; all of the plan where it is left out.")] = None
    school: Annotated[str | None, Field(max_length=200, description="School of the plan.")] = None


class ApprovedOut(Model):
    """What became of a line of a plan."""

    request_id: str = Field(examples=["R-12"])
    alumnus_id: str = Field(examples=["A-0007"])
    alumnus_school: str
    invited: bool
    because: str | None = Field(description="Why not; null for who was invited.")
    because_code: str | None = Field(examples=["changed_budget_spent"])


class ApprovalOut(Model):
    """What became of the lines that were chosen."""

    items: list[ApprovedOut]


class AssignmentOut(Model):
    """One place and the alumnus who is proposed for it."""

    request_id: str = Field(examples=["R-12"])
    alumnus_id: str = Field(examples=["A-0007"])
    score: float = Field(description="That of the request's own list.", examples=[0.8123])
    moment: str | None = Field(
        description="Begin and end in local time; null where the day is still to be agreed.",
        examples=["2027-03-16T13:00/15:00"],
    )
    school: str = Field(description="School of the request.")
    alumnus_school: str = Field(description="School of the alumnus.")
    pinned: bool = Field(description="A person said that this stays.")


class UnfilledOut(Model):
    """Places of a request that stay open for one reason."""

    request_id: str = Field(examples=["R-31"])
    places: int = Field(ge=1)
    because: str
    cheapest_relaxation: str | None = Field(description="What would fill these places; null where nothing does.")
    because_code: str = Field(examples=["budget"])
    relaxation_code: str | None = Field(examples=["one_more_ask"])
    school: str = Field(description="School of the request.")


class ObjectiveOut(Model):
    """What the plan reaches."""

    places: int = Field(description="Places to fill.")
    served: int = Field(description="Places that are filled.")
    most_served: int = Field(description="No plan of these lists fills more.")
    score: float = Field(description="The sum of the scores.")
    first_time: int = Field(description="Alumni who are asked for the first time.")
    fairness: float
    value: float = Field(description="The sum of the scores, less the price of asking: at most `bound`.")
    score_without: float = Field(description="The sum of the scores at fairness 0.")
    first_time_without: int = Field(description="Alumni who are asked for the first time at fairness 0.")


class PlanOut(Model):
    """One plan for all open requests of a period: a proposal, nobody is invited."""

    model_config = ConfigDict(extra="forbid", serialize_by_alias=True)

    plan: str = Field(
        description="Names this plan, to plan again after it or to invite from it.", examples=["K3V7QWXT"]
    )
    first: Annotated[date, Field(alias="from")]
    last: Annotated[date, Field(alias="to")]
    assignments: list[AssignmentOut]
    unfilled: list[UnfilledOut]
    objective: ObjectiveOut
    bound: float = Field(description="No plan of these lists that fills `most_served` places is worth more.")
    as_of: date = Field(description="The day of which consent, budgets and rules count.")
    price: str = Field(description="What fairness costs, in one sentence.")
    changed: int | None = Field(
        description="How many places of the plan before it have another alumnus now, or none; null without one."
    )


def from_plan(plan: PeriodPlan, language: Language) -> PlanOut:
    """The JSON of a plan, with sentences in this language."""
    return PlanOut(
        **{"from": plan.first, "to": plan.last},
        plan=plan.id,
        assignments=[
            AssignmentOut(
                request_id=line.request_id,
                alumnus_id=line.alumnus_id,
                score=line.score,
                moment=None if line.moment is None else moment_text(*line.moment),
                school=line.school,
                alumnus_school=line.alumnus_school,
                pinned=line.pinned,
            )
            for line in plan.assignments
        ],
        unfilled=[_unfilled(one, language) for one in plan.unfilled],
        objective=_objective(plan.objective),
        bound=plan.bound,
        as_of=plan.as_of,
        price=price_of(plan.objective, language),
        changed=plan.changed,
    )


def from_outcome(one: Outcome, language: Language) -> ApprovedOut:
    """The JSON of what became of a line."""
    return ApprovedOut(
        request_id=one.row.request.request_id,
        alumnus_id=one.row.alumnus.alumnus_id,
        alumnus_school=one.row.alumnus.school,
        invited=not one.problem,
        because=problem_sentence(one.problem, language) if one.problem else None,
        because_code=one.problem or None,
    )


def problem_sentence(code: str, language: Language) -> str:
    """Why nobody was invited."""
    if code == GONE:
        return say(language, "plans.problem.gone")
    return error_sentence(language, InvalidValue(code, least=LEAST_SEEN))


def _objective(reached: Objective) -> ObjectiveOut:
    return ObjectiveOut(
        places=reached.places,
        served=reached.served,
        most_served=reached.most_served,
        score=reached.score,
        first_time=reached.first,
        fairness=reached.fairness,
        value=reached.worth,
        score_without=reached.score_without,
        first_time_without=reached.first_without,
    )


def _unfilled(one: Open, language: Language) -> UnfilledOut:
    return UnfilledOut(
        request_id=one.request_id,
        places=one.places,
        because=say(language, f"plans.because.{one.because}"),
        cheapest_relaxation=change_sentence(one, language),
        because_code=one.because,
        relaxation_code=one.change,
        school=one.school,
    )


def moment_text(begin: datetime, end: datetime) -> str:
    """`2027-03-16T13:00/15:00`, with the day of the end where that is another."""
    until = f"{end:%H:%M}" if end.date() == begin.date() else f"{end:%Y-%m-%dT%H:%M}"
    return f"{begin:%Y-%m-%dT%H:%M}/{until}"


def price_of(reached: Objective, language: Language) -> str:
    """What fairness costs, in one sentence."""
    if reached.fairness == 0.0 or not reached.score_without:
        return say(language, "plans.price.none")
    lost = 100 * (1 - reached.score / reached.score_without)
    more = reached.first - reached.first_without
    return say(language, f"plans.price.{'more' if more > 0 else 'same'}", percent=max(0.0, round(lost, 1)), count=more)
