"""How the labels of skills of a school are understood, and what a person says of that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import Field
from starlette.responses import Response

from api.http.state import state_of
from api.login.access import may
from api.routes.common import School, answer, problems
from api.schemas.rankings import Model
from matcher.policy import Action, Asker
from matcher.repositories.vocabularies import KeptVocabulary
from matcher.services import vocabularies

router = APIRouter(prefix="/v1", tags=["requests"])
Knowing = Annotated[Asker, Depends(may(Action.SKILLS))]
Said = Literal["confirmed", "denied", "none"]
_SAID: Mapping[bool | None, Said] = {True: "confirmed", False: "denied", None: "none"}
_CONFIRMED = {said: confirmed for confirmed, said in _SAID.items()}


class VocabularyOut(Model):
    """A vocabulary in use."""

    name: str = Field(description="`esco` or `competentnl`.", examples=["esco"])
    version: str = Field(description="As its maker says it.", examples=["1.2.0"])
    source: str = Field(description="Where it comes from.", examples=["https://esco.ec.europa.eu/"])
    licence: str = Field(description="What must be said of it.", examples=["CC BY 4.0"])
    skills: int = Field(description="How many skills it has.", examples=[13939])
    occupations: int = Field(description="How many occupations.", examples=[3039])


class MeaningOut(Model):
    """A concept that a label may mean."""

    uri: str = Field(description="Address of the concept.", examples=["http://data.europa.eu/esco/skill/1"])
    names: dict[str, str] = Field(description="Preferred label by language.", examples=[{"nl": "lassen"}])
    kind: Literal["skill", "knowledge", "occupation"] = Field(description="What it is.", examples=["skill"])
    vocabulary: str = Field(description="The vocabulary that has it.", examples=["esco"])
    decided: Said = Field(description="What the school said of it.", examples=["none"])
    counts: bool = Field(description="Whether rankings count it for this label.", examples=[True])


class LabelOut(Model):
    """A label at a school."""

    label: str = Field(description="The label, without differences of case and accents.", examples=["lassen"])
    alumni: int = Field(description="How many alumni state it; 0 for fewer than five.", examples=[12])
    asked: int = Field(description="In how many requests of the school.", examples=[2])
    meanings: list[MeaningOut] = Field(description="What it may mean; nothing: it counts by its name alone.")


class LabelsOut(Model):
    """The labels of a school, those that most alumni state first."""

    vocabularies: list[VocabularyOut] = Field(description="The vocabularies in use.")
    labels: list[LabelOut] = Field(description="Labels that a request asks or five alumni state.")


class DecisionIn(Model):
    """What a person says of a label and a concept."""

    label: str = Field(min_length=1, max_length=200, description="The label.", examples=["lassen"])
    meaning: str = Field(
        min_length=1,
        max_length=500,
        description="Address of a skill, or a name that one skill alone has.",
        examples=["http://data.europa.eu/esco/skill/1"],
    )
    decision: Said = Field(description="`none` takes back what was said.", examples=["denied"])


class DecisionOut(Model):
    """What counts now."""

    label: str = Field(description="The label.", examples=["lassen"])
    decision: Said = Field(description="What was said.", examples=["denied"])


@router.get(
    "/skills",
    summary="Labels of skills and what they mean",
    response_model=LabelsOut,
    responses=problems(401, 404, 422),
)
def labels(request: Request, asker: Knowing, school: School = None) -> Response:
    """How each label of the school is understood by the vocabularies in use, and what the school said of that."""
    app = state_of(request).app
    found = [
        LabelOut(label=one.key, alumni=one.alumni, asked=one.asked, meanings=[_meaning(each) for each in one.meanings])
        for one in vocabularies.labels(app, asker, school)
    ]
    return answer(LabelsOut(vocabularies=[_vocabulary(one) for one in vocabularies.in_use(app, asker)], labels=found))


@router.post(
    "/skills",
    summary="Confirm or deny what a label means",
    response_model=DecisionOut,
    responses=problems(401, 404, 422),
)
def decide(request: Request, asker: Knowing, asked: DecisionIn, school: School = None) -> Response:
    """Rankings count it from the next question on, until it is taken back; a new import changes nothing of it."""
    app, said = state_of(request).app, _CONFIRMED[asked.decision]
    vocabularies.decide(app, asker, asked.label, asked.meaning, confirmed=said, school=school)
    return answer(DecisionOut(label=asked.label, decision=asked.decision))


def _vocabulary(one: KeptVocabulary) -> VocabularyOut:
    names = ("name", "version", "source", "licence", "skills", "occupations")
    return VocabularyOut(**{name: getattr(one, name) for name in names})


def _meaning(one: vocabularies.Meaning) -> MeaningOut:
    return MeaningOut(
        uri=one.uri,
        names=one.names,
        kind=one.kind.value,
        vocabulary=one.source,
        decided=_SAID[one.decided],
        counts=one.counts,
    )
