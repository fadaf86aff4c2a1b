"""Drafts of courses: of five alumni or more, by field and region, with nothing that one alumnus wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.schemas.drafts import written
from matcher.concepts import is_essential
from matcher.domain.kinds import NeedKind, Purpose
from matcher.domain.places import Coordinates
from matcher.domain.records import Qualification, RecordKind
from matcher.errors import UnknownId
from matcher.exchange.drafts import Draft
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.repositories.values import Upsert
from matcher.services import vocabularies, wishes
from matcher.services.app import App
from tests.exchange.test_oeapi import OURS, SPECIFICATION
from tests.support import esco, stores
from tests.support.apps import app_of
from tests.support.documents import faults
from tests.support.region import ALL, alumnus, engine_in
from tests.support.worlds import AS_OF

COORDINATOR, PARTNER = Asker(5, Role.COORDINATOR, "Noord"), Asker(6, Role.PARTNER, "Zorgacademie")
CARE = Qualification("25471", None, 4, None, 2014)
WISH: dict[str, Any] = {
    "need_kinds": frozenset({NeedKind.COURSE}), "pc4": "8011", "qualifications": (CARE,),
    "needs": "Palliatieve zorg leren, want tante Truus heeft parkinson. Ook graag wondzorg.",
}  # fmt: skip


@pytest.fixture
def app(tmp_path: Path) -> App:
    app = app_of(engine_in(tmp_path))
    places = {"pc4:8011": Coordinates(52.51, 6.09), "pc4:8021": Coordinates(52.52, 6.10)}
    stores.write(app.store, lambda tx: tx.places.add(places))
    skills = {"provider": "Zorgacademie", "title": "Wondzorg", "skills": ("wondzorg",)}
    stores.upsert(app.store, RecordKind.OFFERINGS, [Upsert(2, "W-1", "Zorgacademie", skills)])
    return app


def add(app: App, letter: str, count: int, *, school: str = "Noord", **values: object) -> None:
    rows = [alumnus(row, f"{letter}-{row}", school, **WISH | values) for row in range(2, count + 2)]
    stores.upsert(app.store, RecordKind.ALUMNI, rows)


def valid(draft: Draft) -> dict[str, Any]:
    """The document, which is valid by our schema, and by the published one where that is given."""
    document: dict[str, Any] = json.loads(json.dumps(written(draft)))
    assert faults(document, OURS, "/$defs/draft") == []
    if SPECIFICATION.is_file():
        assert faults(document, SPECIFICATION, "/components/schemas/CourseOffering") == []
        assert faults(document["course"], SPECIFICATION, "/components/schemas/Course") == []
    return document


def test_five_alumni_make_a_draft_and_four_do_not(app: App) -> None:
    """With the skills that are public, the municipality and the count; of what they wrote nothing else."""
    add(app, "P", 4)
    assert wishes.drafts(app, COORDINATOR) == ()
    add(app, "P", 5)
    (draft,) = wishes.drafts(app, COORDINATOR)
    skills = ("palliatieve zorg", "wondzorg")
    assert draft == Draft("Noord", "Zorg en welzijn", "80", "Zwolle", 5, skills, AS_OF)
    document = valid(draft)
    assert (document["state"], document["ext"]["interestedAlumni"]) == ("concept", 5)
    told = json.dumps(document).lower()
    assert not [word for word in ("truus", "tante", "parkinson", "p-2") if word in told]


def test_a_skill_is_told_by_its_name_whatever_it_means(app: App, tmp_path: Path) -> None:
    """Also where a course teaches it in another meaning than usual, or for an occupation that needs it."""
    welding = {"provider": "Zorgacademie", "title": "lasser", "skills": ("lassen",)}
    stores.upsert(app.store, RecordKind.OFFERINGS, [Upsert(3, "W-2", "Zorgacademie", welding)])
    add(app, "P", 5, needs="lassen en wondzorg")
    named = wishes.drafts(app, COORDINATOR)[0].skills
    assert set(named) == {"lassen", "wondzorg"}
    vocabularies.import_esco(app, COMMAND_LINE, [esco.written(tmp_path / "esco")], "1.2")
    vocabularies.decide(app, COORDINATOR, "wondzorg", f"{esco.URI}weld", confirmed=True)
    asked = app.engine.current.pool().vocabulary.requested_skills
    assert [name for name in asked if is_essential(name)]
    assert wishes.drafts(app, COORDINATOR)[0].skills == named


def test_a_skill_is_told_when_five_name_it(app: App) -> None:
    """One that four of six name is left out, whatever else they write; so is a place in which four live."""
    add(app, "P", 2, needs="Iets met mensen", pc4="8021")
    add(app, "Q", 4)
    (draft,) = wishes.drafts(app, COORDINATOR)
    assert (draft.count, draft.skills) == (6, ())
    valid(draft)


def test_a_name_within_a_longer_one_is_told_where_more_wish_for_it(app: App) -> None:
    """Nobody wishes for the shorter one alone at first; then two do. A word of ESCO of three letters is none."""
    skills = {"title": "Wondzorg", "skills": ("wondzorg", "complexe wondzorg", "bhv")}
    stores.upsert(app.store, RecordKind.OFFERINGS, [Upsert(2, "W-1", "Zorgacademie", skills)])
    add(app, "P", 5, needs="Wondzorg, maar dan complexe. En BHV.")
    (draft,) = wishes.drafts(app, COORDINATOR)
    assert draft.skills == ("bhv", "complexe wondzorg")
    add(app, "Q", 2, needs="wondzorg")
    (draft,) = wishes.drafts(app, COORDINATOR)
    assert draft.skills == ("wondzorg", "bhv", "complexe wondzorg")


@pytest.mark.parametrize(
    "values",
    [
        {"consents": ALL - {Purpose.LLO_ADVICE}},
        {"need_kinds": frozenset({NeedKind.WORK})},
        {"pc4": None, "town": None},
    ],
)
def test_who_agreed_to_no_advice_or_lives_nowhere_is_in_no_draft(app: App, values: dict[str, Any]) -> None:
    """The same alumni as in the figures, of a known region."""
    add(app, "P", 6, **values)
    assert wishes.drafts(app, COORDINATOR) == ()


def test_an_organisation_is_told_of_all_schools_together(app: App) -> None:
    """Three of one school and three of another are five for it, and too few for each of the schools."""
    add(app, "P", 3)
    add(app, "P", 3, school="Zuid")
    assert wishes.drafts(app, COORDINATOR) == ()
    (draft,) = wishes.drafts(app, PARTNER)
    assert (draft.provider, draft.count) == ("Zorgacademie", 6)
    (all_,) = wishes.drafts(app, COMMAND_LINE)
    assert (all_.provider, all_.count) == (None, 6)
    assert "organisationId" not in valid(all_)
    with pytest.raises(UnknownId):
        wishes.drafts(app, COORDINATOR, school="Zuid")
    with pytest.raises(UnknownId):
        wishes.drafts(app, COMMAND_LINE, school="Nergens")


WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1, max_size=30).filter(
    lambda text: text.strip() and "{" not in text
)


@given(
    st.none() | WORDS,
    WORDS,
    st.integers(10, 99).map(str),
    st.just("") | WORDS,
    st.integers(5, 10_000),
    st.lists(WORDS, max_size=10, unique=True).map(tuple),
)
def test_every_draft_is_a_valid_document(
    provider: str | None, field: str, region: str, place: str, count: int, skills: tuple[str, ...]
) -> None:
    """Whatever its field, place and skills are called; its ids are those of provider, field and region."""
    draft = Draft(provider, field, region, place, count, skills, AS_OF)
    document = valid(draft)
    assert document["courseOfferingId"] == draft.id != document["courseId"]
    assert document["course"]["courseId"] == document["courseId"]
