"""A vocabulary in use: lists follow it, a person at a school decides about a label, and that lasts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from matcher import explain
from matcher.concepts import ESSENTIAL_TIMES
from matcher.domain.answers import Contribution
from matcher.domain.kinds import RequestKind
from matcher.domain.records import RecordKind
from matcher.errors import Forbidden, InvalidValue, UnknownId
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.pool.compare import differences
from matcher.repositories.values import Upsert
from matcher.services import matching, replay, vocabularies
from matcher.services.app import App
from matcher.services.vocabularies import Label
from tests.support import stores
from tests.support.apps import Engine, app_of
from tests.support.esco import SKILLS, URI, a_skill, table, written
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.region import alumnus, engine_in
from tests.support.stores import upsert
from tests.support.worlds import AS_OF

COORDINATOR = Asker(5, Role.COORDINATOR, "Noord")
ZUID = Asker(6, Role.COORDINATOR, "Zuid")
NONE_KNOWN = table(SKILLS, a_skill("other", "iets heel anders"))


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """Alumni say the same in other words: lastechnieken for lassen, zorg voor wonden for wondzorg."""
    made = engine_in(tmp_path, cache=tmp_path / "cache")
    rows = [alumnus(20 + n, f"W-{n}", skills=("zorg voor wonden",), function="verzorgende") for n in range(5)]
    rows += [
        alumnus(40, "L-1", skills=("lassen", "TIG")),
        alumnus(41, "L-2", skills=("metaal verbinden",)),
        alumnus(42, "Z-1", owner="Zuid", skills=("zorg voor wonden",)),
    ]
    upsert(made.store, RecordKind.ALUMNI, rows)
    return made


@pytest.fixture
def app(engine: Engine) -> App:
    return app_of(engine)


def use(app: App, folder: Path, **changed: bytes | None) -> None:
    vocabularies.import_esco(app, COMMAND_LINE, [written(folder, **changed)], "1.2")


def scores(app: App) -> dict[str, float]:
    ranking = matching.match(app, COMMAND_LINE, "R-1", top=50)
    return {match.candidate_id: match.score for match in ranking.matches if match.owner == "Noord"}


def skills_of(app: App, id_: str) -> dict[str, object]:
    ranking = matching.match(app, COMMAND_LINE, "R-1", top=50)
    match = next(one for one in ranking.matches if one.candidate_id == id_)
    return dict(next(term for term in match.contributions if term.signal == "skills").evidence)


def term_of(app: App, request: str, id_: str) -> Contribution:
    ranking = matching.match(app, COMMAND_LINE, request, top=50)
    match = next(one for one in ranking.matches if one.candidate_id == id_)
    assert match.score == sum(one.points for one in match.contributions)
    return next(term for term in match.contributions if term.signal == "skills")


def label(app: App, key: str, asker: Asker = COORDINATOR) -> Label | None:
    return next((one for one in vocabularies.labels(app, asker) if one.key == key), None)


def anew(engine: Engine) -> Engine:
    """A process that begins, without files."""
    return Engine(engine.store, HashEncoder(), FixedClock(AS_OF))


def test_what_means_the_same_counts_as_the_same(app: App, tmp_path: Path) -> None:
    """And the reason says so; a list of before that is replayed from its own state, to the same bits."""
    before = scores(app)
    listed = stores.log(app.store)[0].id
    assert skills_of(app, "W-1") == {"matched": [], "missing": ["EHBO", "wondzorg"]}
    use(app, tmp_path / "esco")
    after = scores(app)
    assert replay.replay(app, COMMAND_LINE, listed) == "same"
    assert after["W-1"] > before["W-1"]
    found = skills_of(app, "W-1")
    assert (found["matched"], found["missing"]) == (["wondzorg"], ["EHBO"])
    assert found["linked"] == [
        {"asked": "wondzorg", "own": "zorg voor wonden", "link": "concept", "concept": f"{URI}care"}
    ]
    assert skills_of(app, "A-2") == {"matched": ["wondzorg"], "missing": ["EHBO"]}  # by its name, as before


def test_without_a_vocabulary_nothing_changes(app: App, tmp_path: Path) -> None:
    """Nor with one that knows none of the labels, or one that is stopped: to the last bit."""
    before, pool = scores(app), app.engine.current.pool()
    assert pool.links is None
    assert pool.vocabulary.linked_by == ()
    assert not len(pool.partly_by)
    use(app, tmp_path / "other", skills_nl=NONE_KNOWN, skills_en=None, occupations_nl=None)
    assert app.engine.current.pool().links is not None
    assert scores(app) == before
    use(app, tmp_path / "esco")
    assert scores(app) != before
    vocabularies.stop(app, COMMAND_LINE, "esco")
    assert scores(app) == before
    assert not differences(
        replace(pool, origin="", revision=0), replace(app.engine.current.pool(), origin="", revision=0)
    )


@pytest.mark.parametrize(("id_", "value"), [("L-1", 1.0), ("L-2", 0.5), ("W-1", 0.0)])
def test_what_is_right_above_or_below_counts_for_half(app: App, tmp_path: Path, id_: str, value: float) -> None:
    """Between nothing and all; the explanation adds up, and says what it is that covers a part."""
    use(app, tmp_path / "esco")
    ranking = matching.recommend(app, COMMAND_LINE, id_, "offerings", school="Noord", top=50)
    match = next(one for one in ranking.matches if one.candidate_id == "C-2")
    term = next(one for one in match.contributions if one.signal == "skills")
    assert term.value == value
    assert match.score == pytest.approx(sum(one.points for one in match.contributions))
    partly = {"asked": "lassen", "own": "metaal verbinden", "link": "broader", "concept": f"{URI}metal"}
    assert term.evidence.get("partly", []) == ([partly] if value == 0.5 else [])


def test_what_an_occupation_needs_weighs_twice(app: App, engine: Engine, tmp_path: Path) -> None:
    """Of a request that names it, and of a course; not where another is named. The reason says what is missing."""
    asked = {"kind": RequestKind.GUEST_LESSON, "skills": ("lassen", "wondzorg"), "requester": "d@voorbeeld.example"}
    named = [asked | {"title": "Gastles", "programme": name} for name in ("Lasser", "kok")]
    upsert(engine.store, RecordKind.REQUESTS, [Upsert(n, f"B-{n}", "Noord", one) for n, one in enumerate(named, 1)])
    upsert(
        engine.store, RecordKind.OFFERINGS, [Upsert(9, "B-9", "Z", {"title": "lasser", "skills": ("lassen", "EHBO")})]
    )
    terms = {id_: term_of(app, id_, "W-1") for id_ in ("B-1", "B-2")}
    assert {one.value for one in terms.values()} == {0.0}
    use(app, tmp_path / "esco")
    pool = app.engine.current.pool()
    weigh = dict(zip(pool.vocabulary.requested_skills, pool.requested_skills.weight.tolist(), strict=True))
    weld, care = weigh["lassen"], weigh["wondzorg"]
    needed, other = (term_of(app, id_, "W-1") for id_ in ("B-1", "B-2"))
    assert needed.value == care / (care + ESSENTIAL_TIMES * weld)
    assert other.value == care / (care + weld)
    assert needed.evidence["essential"] == ["lassen"]
    assert "essential" not in other.evidence
    said = [
        explain.reasons_by_signal(one, "nl", "asker")["skills"]
        for id_ in ("B-1", "B-2")
        for one in matching.match(app, COMMAND_LINE, id_, top=50).matches
        if one.candidate_id == "W-1"
    ]
    assert [one.partition("). ")[2] for one in said] == [
        "Nodig voor dit beroep, niet bekend: lassen.",
        "Niet bekend: lassen.",
    ]
    ranking = matching.recommend(app, COMMAND_LINE, "W-1", "offerings", school="Noord", top=50)
    learned = next(one for one in ranking.matches if one.candidate_id == "B-9").contributions
    assert [one.evidence["essential"] for one in learned if one.signal in {"skills", "gap"}] == [["lassen"], ["lassen"]]
    assert differences(pool, anew(engine).pool()) == []


def test_a_changed_pool_is_one_that_is_built_anew(app: App, engine: Engine, tmp_path: Path) -> None:
    """With a vocabulary too: new labels of alumni and requests, one that is narrowed, and a decision."""
    use(app, tmp_path / "esco")
    vocabularies.decide(app, COORDINATOR, "wondzorg", f"{URI}care", confirmed=False)
    built = engine.pool()
    upsert(engine.store, RecordKind.ALUMNI, [alumnus(50, "N-1", skills=("wound care", "lasser", "wondzorg"))])
    upsert(engine.store, RecordKind.ALUMNI, [alumnus(51, "L-1", skills=("weld",)), alumnus(52, "W-0", skills=("TIG",))])
    course = {"title": "lasser", "skills": ("lassen", "wondzorg")}
    upsert(engine.store, RecordKind.OFFERINGS, [Upsert(3, "C-9", "Aanbieder", course)])
    changed = engine.pool()
    assert changed.revision > built.revision
    assert changed.links is built.links
    assert differences(changed, anew(engine).pool()) == []
    snapshot = Engine(engine.store, HashEncoder(), FixedClock(AS_OF), cache=engine.cache).pool()
    assert differences(snapshot, changed) == []
    assert np.array_equal(snapshot.partly_by.values, changed.partly_by.values)
    assert snapshot.links is not None


def test_a_denial_lasts(app: App, engine: Engine, tmp_path: Path) -> None:
    """Also after the vocabulary was imported again, in another version, and in a process that begins."""
    before = scores(app)
    use(app, tmp_path / "esco")
    vocabularies.decide(app, COORDINATOR, "Wondzorg", f"{URI}care", confirmed=False)
    assert scores(app)["W-1"] == before["W-1"]
    newer = table(SKILLS, a_skill("care", "wondverzorging", "wondzorg", "zorg voor wonden", "wondjes"))
    use(app, tmp_path / "newer", skills_nl=newer)
    assert scores(app)["W-1"] == before["W-1"]
    assert scores(app_of(anew(engine)))["W-1"] == before["W-1"]
    vocabularies.decide(app, COORDINATOR, "wondzorg", f"{URI}care", confirmed=None)
    assert scores(app)["W-1"] > before["W-1"]


def test_a_person_can_say_what_no_vocabulary_says(app: App, tmp_path: Path) -> None:
    """By a name that one skill alone has; and only at the own school."""
    use(app, tmp_path / "esco")
    vocabularies.decide(app, COORDINATOR, "EHBO", "wound care", confirmed=True)
    found = label(app, "ehbo")
    assert found is not None
    assert [(one.uri, one.decided, one.counts) for one in found.meanings] == [(f"{URI}care", True, True)]
    assert skills_of(app, "W-1")["missing"] == []
    assert label(app, "ehbo", ZUID) is None


def test_labels_are_shown_with_what_they_mean(app: App, tmp_path: Path) -> None:
    assert [one.meanings for one in vocabularies.labels(app, COORDINATOR)] == [(), (), ()]
    use(app, tmp_path / "esco")
    found = {one.key: one for one in vocabularies.labels(app, COORDINATOR)}
    assert {key: (one.alumni, one.asked) for key, one in found.items()} == {
        "zorg voor wonden": (5, 0),  # five alumni: not that one of Zuid
        "wondzorg": (0, 1),  # asked, and stated by fewer than five
        "ehbo": (0, 1),
    }
    assert {key: [one.names["nl"] for one in of.meanings] for key, of in found.items()} == {
        "zorg voor wonden": ["wondverzorging"],
        "wondzorg": ["wondverzorging"],
        "ehbo": [],
    }


@pytest.mark.parametrize(
    ("word", "meaning", "code"),
    [
        ("lassen", f"{URI}weld", "unknown_label"),  # one alumnus has it, and no request
        ("nergens", f"{URI}weld", "unknown_label"),
        ("wondzorg", f"{URI}nergens", "unknown_concept"),
        ("wondzorg", f"{URI}welder", "unknown_concept"),  # an occupation
    ],
)
def test_nothing_is_decided_of_one_person_or_about_nothing(
    app: App, tmp_path: Path, word: str, meaning: str, code: str
) -> None:
    use(app, tmp_path / "esco")
    with pytest.raises(UnknownId) as caught:
        vocabularies.decide(app, COORDINATOR, word, meaning, confirmed=True)
    assert caught.value.code == code


def test_a_name_of_several_is_asked_about(app: App, tmp_path: Path) -> None:
    both = table(SKILLS, a_skill("care", "wondverzorging", "verzorgen"), a_skill("hair", "haarverzorging", "verzorgen"))
    use(app, tmp_path / "esco", skills_nl=both)
    with pytest.raises(InvalidValue) as caught:
        vocabularies.decide(app, COORDINATOR, "wondzorg", "verzorgen", confirmed=True)
    assert caught.value.code == "several_concepts"
    assert len(caught.value.values["choices"]) == 2  # type: ignore[arg-type]


def test_without_a_vocabulary_nothing_can_be_decided(app: App) -> None:
    with pytest.raises(UnknownId):
        vocabularies.decide(app, COORDINATOR, "wondzorg", "wondverzorging", confirmed=True)
    with pytest.raises(UnknownId):
        vocabularies.stop(app, COMMAND_LINE, "esco")


def test_importing_the_same_again_changes_nothing(app: App, tmp_path: Path) -> None:
    use(app, tmp_path / "esco")
    pool = app.engine.current.pool()
    since = vocabularies.in_use(app, COMMAND_LINE)[0].since
    use(app, tmp_path / "esco")
    assert vocabularies.in_use(app, COMMAND_LINE)[0].since == since
    assert app.engine.current.pool().links is pool.links


def test_only_the_operator_changes_the_vocabulary(app: App, tmp_path: Path) -> None:
    with pytest.raises(Forbidden):
        vocabularies.import_esco(app, COORDINATOR, [tmp_path])
    with pytest.raises(Forbidden):
        vocabularies.stop(app, COORDINATOR, "esco")
    with pytest.raises(UnknownId):
        vocabularies.labels(app, COORDINATOR, "Zuid")
