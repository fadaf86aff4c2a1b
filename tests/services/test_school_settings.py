"""What a school chooses: kept from then on, and areas that are not chosen are closed, in pool and transaction alike."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.first_yes import FIRST, Answers
from matcher.domain.kinds import KINDS, Area, Purpose, RequestKind
from matcher.domain.records import Alumnus, RecordKind, Request
from matcher.domain.school_settings import (
    AREAS,
    CHOICES,
    MOST_PARKED,
    areas_of,
    closed_purposes,
    open_kinds,
    read_value,
)
from matcher.domain.segments import Criteria, LeftOut
from matcher.errors import Forbidden, InvalidValue, UnknownId
from matcher.policy import COMMAND_LINE, VISITOR, Asker, Role
from matcher.services import (
    campaigns,
    demands,
    invitations,
    matching,
    privacy,
    replay,
    school_settings,
    segments,
    work,
)
from matcher.services.app import App
from tests.support import stores
from tests.support.apps import app_of
from tests.support.fakes import FixedClock
from tests.support.region import engine_in

COORDINATOR = Asker(5, Role.COORDINATOR, "Noord")
ZUID = Asker(6, Role.COORDINATOR, "Zuid")


@pytest.fixture
def app(tmp_path: Path) -> App:
    return app_of(engine_in(tmp_path, cache=tmp_path / "cache"))


def choose_areas(app: App, letters: str, asker: Asker = COORDINATOR) -> None:
    school_settings.choose(app, asker, "areas", {AREAS: list(letters)})


def shown(app: App) -> list[str]:
    return [match.candidate_id for match in matching.match(app, COORDINATOR, "R-1").matches]


def later(app: App) -> None:
    assert isinstance(app.clock, FixedClock)
    app.clock.advance(timedelta(minutes=1))


def test_consents_of_a_closed_area_are_kept_and_not_used(app: App) -> None:
    """Nobody of the school is in a list for a guest lesson, and all are back once it is chosen again."""
    before = shown(app)
    assert "A-1" in before
    kept = stores.read(app.store, lambda records: list(records.consents.all()))
    later(app)
    choose_areas(app, "CF")
    after = matching.match(app, COORDINATOR, "R-1")
    assert not [match for match in after.matches if match.owner == "Noord"]
    assert stores.read(app.store, lambda records: list(records.consents.all())) == kept
    later(app)
    choose_areas(app, "A")
    assert shown(app) == before


def test_the_rule_is_the_same_inside_a_transaction(app: App) -> None:
    """An invitation that was read before the area was closed is not written after it."""
    draft = invitations.preview(app, COORDINATOR, "R-1", "A-1")
    assert draft.account.rank == 1
    later(app)
    choose_areas(app, "C")
    with pytest.raises(InvalidValue, match="not_in_the_list"):
        invitations.invite(app, COORDINATOR, "R-1", "A-1")
    (alumnus,) = stores.read(app.store, lambda records: records.records.find(RecordKind.ALUMNI, "A-1", "Noord"))
    (request,) = stores.read(app.store, lambda records: records.records.find(RecordKind.REQUESTS, "R-1", "Noord"))
    assert isinstance(alumnus, Alumnus)
    assert isinstance(request, Request)
    with pytest.raises(InvalidValue, match="changed_no_consent"):
        stores.write(
            app.store,
            lambda tx: invitations.need_askable(tx, app, COORDINATOR, request, alumnus, "A-1"),
        )


def test_an_earlier_list_is_made_again_with_what_was_open_then(app: App) -> None:
    """Closing an area changes no list of before it, and opening it none of while it was closed."""
    shown(app)
    first = stores.log(app.store, limit=1)[0].id
    later(app)
    choose_areas(app, "C")
    shown(app)
    second = stores.log(app.store, limit=1)[0].id
    later(app)
    choose_areas(app, "AC")
    for number in (first, second):
        assert replay.replay(app, COMMAND_LINE, number) == "same"


def test_another_school_goes_on(app: App) -> None:
    """What Zuid closes is closed for its own alumni: those of Noord are in the list of Noord as before."""
    before = [match for match in matching.match(app, COORDINATOR, "R-1").matches if match.owner == "Noord"]
    later(app)
    choose_areas(app, "C", ZUID)
    after = matching.match(app, COORDINATOR, "R-1").matches
    assert [match.key for match in after] == [match.key for match in before]
    assert school_settings.closed_at(app, VISITOR, "Noord") == frozenset()
    assert Purpose.GUEST_LESSON in school_settings.closed_at(app, VISITOR, "Zuid")
    assert work.counts(app, ZUID).closed == school_settings.closed_at(app, VISITOR, "Zuid")


def test_a_request_of_a_closed_area_cannot_be_made_or_opened(app: App) -> None:
    """A mentor cannot be asked for; a concept of before stays a concept."""
    wish = Request(request_id="", kind=RequestKind.MENTOR, title="wondzorg", school="Noord")
    concept = demands.create(app, COORDINATOR, wish, concept=True)
    choose_areas(app, "C")
    with pytest.raises(InvalidValue, match="kind_closed"):
        demands.create(app, COORDINATOR, wish)
    with pytest.raises(InvalidValue, match="kind_closed"):
        demands.open_(app, COORDINATOR, concept)
    with pytest.raises(InvalidValue, match="kind_closed"):
        demands.copy(app, COORDINATOR, concept)


def test_no_message_and_no_advice_for_a_closed_area(app: App) -> None:
    """A group gets no message for it, an adviser lists nobody; an alumnus can still take the yes back."""
    segment = segments.add(app, COORDINATOR, "Allemaal", Criteria()).id
    adviser = Asker(7, Role.ADVISER, "Noord")
    before = segments.look(app, COORDINATOR, segment, Purpose.GUEST_LESSON)
    choose_areas(app, "B")
    look = segments.look(app, COORDINATOR, segment, Purpose.GUEST_LESSON)
    assert look.left_out[LeftOut.NO_CONSENT] == look.people - look.left_out[LeftOut.OBJECTS]
    assert look.left_out[LeftOut.NO_CONSENT] > before.left_out[LeftOut.NO_CONSENT]
    with pytest.raises(Forbidden, match="area_closed"):
        matching.recommend(app, adviser, "A-1", "offerings", school="Noord")
    key = stores.key_of(app.store, RecordKind.ALUMNI, "A-1", "Noord")
    me = Asker(8, Role.ALUMNUS, "Noord", key)
    privacy.give(app, me, Purpose.GUEST_LESSON, given=False)
    consents = stores.read(app.store, lambda records: records.consents.of(key))
    assert [one.withdrawn_on is not None for one in consents if one.purpose is Purpose.GUEST_LESSON] == [True]


def test_answering_the_four_questions_leaves_what_was_not_asked(app: App) -> None:
    """Consents of a closed area, and the roles offered for it, stay as they were."""
    key = stores.key_of(app.store, RecordKind.ALUMNI, "A-1", "Noord")
    before = stores.read(app.store, lambda records: records.consents.of(key))
    choose_areas(app, "C")
    link = stores.write(app.store, lambda tx: tx.links.new(key, FIRST, timedelta(days=1)))
    campaigns.answer_by_link(app, link, Answers())
    after = {one.purpose: one for one in stores.read(app.store, lambda records: records.consents.of(key))}
    closed = closed_purposes(frozenset({Area.LIFELONG_LEARNING}))
    assert all(after[one.purpose] == one for one in before if one.purpose in closed)
    assert after[Purpose.LLO_ADVICE].withdrawn_on is not None
    (alumnus,) = stores.read(app.store, lambda records: records.records.find(RecordKind.ALUMNI, "A-1", "Noord"))
    assert isinstance(alumnus, Alumnus)
    assert RequestKind.GUEST_LESSON in (alumnus.offers or ())


def test_choices_are_kept_with_their_day_and_what_is_sent_again_is_no_change(app: App) -> None:
    """By name, as the last one said; no revision but for areas; what is no choice is refused."""
    school_settings.choose(app, COORDINATOR, "people", {"level": ["teams"], "who": ["coördinator"], "strange": ["x"]})
    there = school_settings.look(app, COORDINATOR)
    assert {name: one.value for name, one in there.chosen.items()} == {"level": "teams", "who": "coördinator"}
    assert there.chosen["level"].by == COORDINATOR.key
    since = there.chosen["level"].since
    later(app)
    revision = stores.revision(app.store)
    school_settings.choose(app, COORDINATOR, "people", {"level": ["teams"], "who": ["adviseur"]})
    there = school_settings.look(app, COORDINATOR)
    assert (there.chosen["level"].since, there.chosen["who"].value) == (since, "adviseur")
    assert stores.revision(app.store) == revision
    for step, values, code in (
        ("people", {"level": ["x"]}, "unknown_choice"),
        ("people", {"who": ["x" * 400]}, "text_too_long"),
        ("areas", {AREAS: []}, "choose_an_area"),
        ("nothing", {}, "unknown_choice"),
    ):
        with pytest.raises(InvalidValue, match=code):
            school_settings.choose(app, COORDINATOR, step, values)
    assert school_settings.look(app, ZUID).chosen == {}


def test_questions_are_parked_with_a_name_and_a_day(app: App) -> None:
    """The first day first; answered ones are gone; those of another school are unknown; at most fifty."""
    first = school_settings.park(app, COORDINATOR, "areas", " Wie  belt? ", "teamleider", date(2027, 4, 1))
    second = school_settings.park(app, COORDINATOR, "privacy", "DPIA?", "FG", date(2027, 3, 15))
    parked = school_settings.look(app, COORDINATOR).parked
    assert [(one.key, one.text, one.who) for one in parked] == [
        (second, "DPIA?", "FG"),
        (first, "Wie belt?", "teamleider"),
    ]
    with pytest.raises(UnknownId):
        school_settings.settle(app, ZUID, first)
    school_settings.settle(app, COORDINATOR, first)
    with pytest.raises(UnknownId):
        school_settings.settle(app, COORDINATOR, first)
    assert [one.key for one in school_settings.look(app, COORDINATOR).parked] == [second]
    with pytest.raises(InvalidValue, match="say_what"):
        school_settings.park(app, COORDINATOR, "areas", " ", "FG", None)
    for _ in range(MOST_PARKED - 1):
        school_settings.park(app, COORDINATOR, "areas", "En?", "FG", None)
    with pytest.raises(InvalidValue, match="parked_full"):
        school_settings.park(app, COORDINATOR, "areas", "En?", "FG", None)


@given(st.frozensets(st.sampled_from(Area), min_size=1))
def test_a_purpose_is_closed_or_its_kind_is_open(areas: frozenset[Area]) -> None:
    """Never both, never neither; sharing and what a card shows belong to no area, and are never closed."""
    closed = closed_purposes(areas)
    assert {KINDS[kind].purpose for kind in open_kinds(areas)}.isdisjoint(closed)
    assert {kind for kind in RequestKind if KINDS[kind].purpose not in closed} == open_kinds(areas)
    assert closed.isdisjoint({Purpose.SHARE_SCHOOLS, Purpose.SHARE_EMPLOYERS, Purpose.SHOW_TEXT})
    assert areas_of(read_value(AREAS, [area.value for area in areas])) == areas


def test_every_choice_reads_its_own_options() -> None:
    """In the order of the table, each once; of a single choice the first."""
    for choice in CHOICES.values():
        for option in choice.options:
            assert read_value(choice.name, [option, option]) == option
        if choice.several:
            assert read_value(choice.name, reversed(choice.options)) == ",".join(choice.options)
