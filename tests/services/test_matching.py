"""The use cases on a real database."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
import pytest

from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.records import RecordKind, Request
from matcher.errors import AmbiguousId, InvalidValue, Overloaded, UnknownId
from matcher.matching import ranking
from matcher.matching.question import Question
from matcher.matching.signals import SIGNALS
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.pool.build import texts_of
from matcher.pool.snapshot import folder_of
from matcher.ports import Int8Matrix, Progress, Store
from matcher.repositories import Records, Transaction
from matcher.repositories.values import Upsert
from matcher.services import erasure, indexes, invitations, matching
from matcher.services.matching import PairOfIds
from tests.support import stores
from tests.support.apps import Engine, app_of, terminal
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.region import ALL, alumnus, engine_in, store_in
from tests.support.stores import find, reading, upsert
from tests.support.worlds import AS_OF

T = TypeVar("T")


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return engine_in(tmp_path)


def ids(ranking) -> list[str]:  # type: ignore[no-untyped-def]
    return [match.candidate_id for match in ranking.matches]


class Slow(HashEncoder):
    """Encodes when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.let = threading.Event(), threading.Event()

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Int8Matrix:
        """Waits until it is let."""
        self.asked.set()
        assert self.let.wait(60)
        return super().encode(texts, progress=progress)


def test_nobody_waits_for_ever_for_another_who_builds(tmp_path: Path) -> None:
    """Who comes while the pool is built is told to come back; who builds goes on, and then it is there for all."""
    encoder = Slow()
    engine = Engine(store_in(tmp_path), encoder, FixedClock(AS_OF), patience=0.01)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(engine.pool)
        assert encoder.asked.wait(60)
        with pytest.raises(Overloaded, match="being_built"):
            engine.pool()
        encoder.let.set()
        assert first.result(60) is engine.pool()


def test_match_ranks_and_counts(engine: Engine) -> None:
    """Who fits best is first; everybody else is counted under the first rule that excluded them."""
    found = terminal(engine).match("R-1")
    assert ids(found)[0] == "A-1"
    assert dict(found.excluded) == {"no_consent": 1, "paused": 1, "too_far": 1, "no_common_slot": 1}
    assert found.eligible + sum(found.excluded.values()) == 9, "the alumnus of Zuid does not share"
    assert found.basis.as_of == AS_OF
    assert found.basis.weights == "guest_lesson@4"
    assert [match.rank for match in found.matches] == list(range(1, len(found.matches) + 1))


def test_the_same_question_gives_the_same_answer(engine: Engine) -> None:
    """Also from another engine, built anew from the database."""
    other = Engine(engine.store, HashEncoder(), FixedClock(AS_OF), index="exact")
    assert terminal(engine).match("R-1") == terminal(engine).match("R-1") == terminal(other).match("R-1")


def test_an_unsaved_request_ranks_as_the_saved_one(engine: Engine) -> None:
    """Typing a request gives the ranking that saving it would give."""
    (saved,) = reading(engine.store).records.find(RecordKind.REQUESTS, "R-1")
    assert isinstance(saved, Request)
    typed = terminal(engine).match_unsaved(replace(saved, key=0))
    assert typed.matches == terminal(engine).match("R-1").matches


def test_a_query_without_text_is_answered(engine: Engine) -> None:
    """Nothing typed: similarity is unknown for all, everything else still counts."""
    found = terminal(engine).match_unsaved(
        Request(request_id="", kind=RequestKind.GUEST_LESSON, title="", school="Noord")
    )
    assert found.matches
    assert not any(match.contributions[0].known for match in found.matches)


def test_an_unsaved_request_may_ask_new_skills_and_places(engine: Engine) -> None:
    """Words and towns that the pool does not know yet are handled, and leave the pool as it was."""
    before = engine.pool().vocabulary
    request = Request(
        request_id="",
        kind=RequestKind.GUEST_LESSON,
        title="Iets nieuws",
        school="Noord",
        skills=("onderwaterlassen", "wondzorg"),
        town="Maastricht",
        languages=("xx",),
    )
    found = terminal(engine).match_unsaved(request)
    assert engine.pool().vocabulary == before
    assert dict(found.excluded)["no_common_language"] > 0
    skills = {match.candidate_id: match.contributions[2] for match in found.matches}
    assert skills == {} or all("onderwaterlassen" in item.evidence["missing"] for item in skills.values())


def test_skills_are_named_by_alphabet(engine: Engine) -> None:
    """The order in which skills are asked, or kept in the database, does not change what is shown."""
    asked = ("zwachtelen", "wondzorg", "ademhaling", "rapporteren")
    for skills in (asked, asked[::-1]):
        request = Request(
            request_id="", kind=RequestKind.GUEST_LESSON, title="Zorg", school="Noord", skills=skills, town="Zwolle"
        )
        found = terminal(engine).match_unsaved(request)
        assert found.matches
        for match in found.matches:
            evidence = match.contributions[2].evidence
            assert evidence["matched"] == sorted(evidence["matched"])
            assert evidence["missing"] == sorted(evidence["missing"])
            assert sorted([*evidence["matched"], *evidence["missing"]]) == sorted(asked)


def test_recommend_and_audience(engine: Engine) -> None:
    """Who wants to learn about wounds is told about that course, and the course finds that person."""
    assert ids(terminal(engine).recommend("A-9", "offerings"))[0] == "C-1"
    assert "A-9" in ids(terminal(engine).audience("C-1"))[:2]
    assert set(ids(terminal(engine).recommend("A-2", "requests"))) == {"R-1", "R-2"}


def test_audience_of_one_school(engine: Engine) -> None:
    """`school` narrows to the alumni of one school."""
    owners = {match.owner for match in terminal(engine).audience("C-1", school="Zuid").matches}
    assert owners == {"Zuid"}


def test_a_pair_scores_the_same_from_both_sides(engine: Engine) -> None:
    """Match, recommend and why agree about one pair, to the last bit."""
    forward = {match.candidate_id: match for match in terminal(engine).match("R-1").matches}
    for alumnus_id in ("A-2", "A-7"):
        back = {match.candidate_id: match for match in terminal(engine).recommend(alumnus_id, "requests").matches}
        account = terminal(engine).why("R-1", alumnus_id)
        assert back["R-1"].score == forward[alumnus_id].score == account.match.score
        assert back["R-1"].contributions == forward[alumnus_id].contributions == account.match.contributions
        assert account.rank == forward[alumnus_id].rank


def test_what_ifs_are_true(engine: Engine) -> None:
    """Making the change that a what-if names gives exactly the rank and the score that it promised."""
    found = {match.candidate_id: match for match in terminal(engine).match("R-1").matches}
    (what_if,) = found["A-2"].what_if
    assert (what_if.change, what_if.values) == ("day_part", {"day_part": "tue-afternoon"})
    day_parts = {"day_parts": 0b111 << 9 | 1 << 4}
    upsert(engine.store, RecordKind.ALUMNI, [alumnus(2, "A-2", **_kept(engine, "A-2"), **day_parts)])
    again = {match.candidate_id: match for match in terminal(engine).match("R-1").matches}
    assert (again["A-2"].rank, again["A-2"].score) == (what_if.rank, what_if.score)


def _kept(engine: Engine, id_: str) -> dict[str, object]:
    (person,) = reading(engine.store).records.find(RecordKind.ALUMNI, id_, "Noord")
    return {"function": person.function, "skills": person.skills, "needs": person.needs}  # type: ignore[union-attr]


def test_why_not(engine: Engine) -> None:
    """Somebody who is excluded: the rules that failed, what would change it, and the score it would be."""
    account = terminal(engine).why("R-1", "A-3")
    assert account.rank is None
    failed = [rule.code for rule in account.rules if not rule.passed]
    assert failed == ["too_far"]
    assert [(item.change, item.values["more"]) for item in account.what_if] == [("distance", 10)]
    assert len(account.rules) == 14


def test_why_of_an_alumnus_as_query(engine: Engine) -> None:
    """The same command the other way round: a course for an alumnus."""
    account = terminal(engine).why("A-9", "C-1", kind="alumnus")
    assert account.rank == 1
    assert account.query.kind == "alumnus"
    assert account.candidate.kind == "offering"


def test_why_between_schools(engine: Engine) -> None:
    """A school's own candidate comes first; one of another school is named by `candidate_school`, or found alone."""
    own = terminal(engine).why("R-1", "A-1", school="Noord")
    other = terminal(engine).why("R-1", "A-1", school="Noord", candidate_school="Zuid")
    assert (own.candidate.school, other.candidate.school) == ("Noord", "Zuid")
    assert (own.query.school, other.query.school) == ("Noord", "Noord")
    with pytest.raises(UnknownId):
        terminal(engine).why("R-1", "A-1", school="Noord", candidate_school="West")


def test_an_employer_sees_who_shares_with_employers(engine: Engine) -> None:
    """Consent to sharing with schools is none to sharing with employers, and the other way round."""
    schools, employers = Purpose.SHARE_SCHOOLS, Purpose.SHARE_EMPLOYERS
    rest = ALL - {schools, employers}
    people = [
        alumnus(2, "Z-1", "Zuid", function="wondzorg", consents=rest | {schools}),
        alumnus(3, "Z-2", "Zuid", function="wondzorg", consents=rest | {employers}),
        alumnus(4, "Z-3", "Zuid", function="wondzorg", consents=rest),
    ]
    upsert(engine.store, RecordKind.ALUMNI, people)
    values = {"kind": RequestKind.GUEST_LESSON, "title": "Gastles wondzorg"}
    asked = [Upsert(2, "W-1", "Zorggroep", values), Upsert(3, "W-2", "Noord", values), Upsert(4, "W-3", "", values)]
    upsert(engine.store, RecordKind.REQUESTS, asked)
    seen = {id_: {one for one in ids(terminal(engine).match(id_, top=50)) if one[0] == "Z"} for id_ in ("W-1", "W-2")}
    assert seen == {"W-1": {"Z-2"}, "W-2": {"Z-1"}}
    assert {one for one in ids(terminal(engine).match("W-3", top=50)) if one[0] == "Z"} == {"Z-1"}
    roles = terminal(engine).recommend("Z-2", "requests", top=50)
    assert "W-1" in ids(roles)
    assert "W-2" not in ids(roles)


def test_wrong_ids(engine: Engine) -> None:
    """Unknown is said so; ambiguous is refused with the choices."""
    with pytest.raises(UnknownId):
        terminal(engine).match("R-99")
    with pytest.raises(AmbiguousId) as caught:
        terminal(engine).recommend("A-1", "offerings")
    assert caught.value.values["choices"] == ["Noord", "Zuid"]
    with pytest.raises(UnknownId):
        terminal(engine).why("R-1", "A-99")
    with pytest.raises(AmbiguousId):
        terminal(engine).why("C-1", "A-1")
    with pytest.raises(InvalidValue):
        terminal(engine).match("R-1", top=0)


def test_a_write_is_in_the_next_ranking(engine: Engine) -> None:
    """Consent withdrawn is gone, a new alumnus is there, and only new texts are encoded."""
    before = terminal(engine).match("R-1")
    encoder = engine.encoder
    assert isinstance(encoder, HashEncoder)
    encoder.texts_encoded.clear()
    upsert(
        engine.store,
        RecordKind.ALUMNI,
        [
            replace(alumnus(2, "A-1", consents=ALL - {Purpose.GUEST_LESSON}), may_withdraw=True),
            alumnus(3, "A-77", function="wondzorg nieuw"),
        ],
    )
    after = terminal(engine).match("R-1")
    assert after.basis.revision == before.basis.revision + 1
    assert "A-1" not in ids(after)
    assert "A-77" in ids(after)
    assert encoder.texts_encoded == ["wondzorg nieuw"]


def test_a_pause_ends_by_itself(engine: Engine) -> None:
    """The day of the ranking decides, not the day of the pool."""
    assert "A-6" not in ids(terminal(engine).match("R-1"))
    assert "A-6" in ids(terminal(engine).match_unsaved(_wish(), as_of=date(2027, 6, 1)))


def _wish() -> Request:
    return Request(request_id="", kind=RequestKind.GUEST_LESSON, title="wondzorg", school="Noord")


def test_a_damaged_snapshot_is_rebuilt_with_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The answer is the same; the log says what happened, without a name."""
    first = engine_in(tmp_path, cache=tmp_path / "cache")
    expected = terminal(first).match("R-1")
    folder = folder_of(tmp_path / "cache", first.store.origin(), first.encoder.id)
    (folder / "people.texts.vectors.npy").write_bytes(b"half")
    second = Engine(first.store, HashEncoder(), FixedClock(AS_OF), cache=tmp_path / "cache")
    assert terminal(second).match("R-1") == expected
    assert "snapshot_damaged" in caplog.text
    caplog.clear()
    third = Engine(first.store, HashEncoder(), FixedClock(AS_OF), cache=tmp_path / "cache")
    assert terminal(third).match("R-1") == expected
    assert caplog.text == ""


def test_index_verify(engine: Engine) -> None:
    """Derived state equals the database."""
    assert terminal(engine).verify() == []


def test_index_verify_tells_and_repairs_nothing(tmp_path: Path) -> None:
    """A damaged snapshot is told each time, until it is built again."""
    first = engine_in(tmp_path, cache=tmp_path / "cache")
    first.pool()
    folder = folder_of(tmp_path / "cache", first.store.origin(), first.encoder.id)
    (folder / "people.texts.vectors.npy").write_bytes(b"half")

    def another() -> Engine:
        return Engine(first.store, HashEncoder(), FixedClock(AS_OF), cache=tmp_path / "cache")

    assert terminal(another()).verify() == terminal(another()).verify() == ["snapshot people.texts.vectors.npy"]
    indexes.build(app_of(another()), COMMAND_LINE)
    assert terminal(another()).verify() == []


def test_index_verify_finds_wrong_vectors(engine: Engine) -> None:
    """A stored vector that is not that of its text is found, and made again where that is asked."""
    texts = len(engine.store.vectors.load(engine.encoder.id, _hashes(engine)))
    engine.store.vectors.prune(engine.encoder.id, ())
    wrong = {hash_: np.zeros(engine.encoder.scale.dimension, np.int8) for hash_ in _hashes(engine)}
    engine.store.vectors.save(engine.encoder.id, wrong)
    indexes.build(app_of(engine), COMMAND_LINE)
    assert terminal(engine).verify() == [f"vectors {texts}/{texts}"]
    indexes.build(app_of(engine), COMMAND_LINE, encode_again=True)
    assert terminal(engine).verify() == []


def _hashes(engine: Engine) -> list[str]:
    store = engine.store
    engine.pool()
    return list(texts_of(stores.alumni(store), [*stores.requests(store), *stores.offerings(store)]))


def test_a_school_that_is_not_known(engine: Engine) -> None:
    """Not blamed on the id, and not answered with an empty list."""
    with pytest.raises(UnknownId) as caught:
        terminal(engine).match("R-1", school="Nergens")
    assert caught.value.code == "unknown_at_owner"
    assert caught.value.values["choices"] == ["Noord"]
    with pytest.raises(UnknownId, match="unknown_school"):
        terminal(engine).audience("C-1", school="Nergens")


@pytest.mark.parametrize("pair", [("A-2", "A-7"), ("R-1", "C-1"), ("C-1", "R-1"), ("R-1", "R-1")])
def test_what_cannot_be_compared_is_said(engine: Engine, pair: tuple[str, str]) -> None:
    """Records that exist are not called unknown."""
    with pytest.raises(UnknownId, match="pair_impossible"):
        terminal(engine).why(*pair)


def test_spaces_around_an_id_do_not_matter(engine: Engine) -> None:
    """As when it was copied from a spreadsheet."""
    assert terminal(engine).match(" R-1 ") == terminal(engine).match("R-1")
    assert terminal(engine).why(" R-1", "A-2 ") == terminal(engine).why("R-1", "A-2")


def test_many_threads_ask_at_once(engine: Engine) -> None:
    """One builds, the others wait; all get the same answer."""
    expected = terminal(Engine(engine.store, HashEncoder(), FixedClock(AS_OF))).match("R-1")
    answers: list[object] = []
    threads = [threading.Thread(target=lambda: answers.append(terminal(engine).match("R-1"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [expected] * 8


def test_a_snapshot_of_another_database_is_not_used(tmp_path: Path) -> None:
    """Two databases at the same revision that share a cache folder each get their own answers."""
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    one = engine_in(tmp_path / "one", cache=tmp_path / "cache")
    expected = terminal(one).match("R-1")
    two = engine_in(tmp_path / "two", cache=tmp_path / "cache", copied=False)  # with keys of its own
    assert stores.revision(two.store) == stores.revision(one.store)
    assert [match.key for match in terminal(two).match("R-1").matches] != [match.key for match in expected.matches]


class Counting:
    """A store that counts its readings and writes."""

    def __init__(self, store: Store) -> None:
        self._store, self.calls = store, list[str]()

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def read(self) -> AbstractContextManager[Records]:
        """Counted."""
        self.calls.append("read")
        return self._store.read()

    def write(self, work: Callable[[Transaction], T], *, by: Asker) -> T:
        """Counted."""
        self.calls.append("write")
        return self._store.write(work, by=by)

    def note(self, action: str, details: Mapping[str, object], *, by: Asker) -> None:
        """Counted."""
        self.calls.append("note")
        self._store.note(action, details, by=by)


def test_a_ranking_reads_twice_and_writes_its_note(engine: Engine) -> None:
    """The record with the state of the data, then the cards, then the line in the log: nothing else."""
    engine.pool()
    store = Counting(engine.store)
    app = replace(engine.app, store=cast("Store", store))
    for question in (
        lambda: matching.match(app, COMMAND_LINE, "R-1"),
        lambda: matching.audience(app, COMMAND_LINE, "C-1"),
        lambda: matching.recommend(app, COMMAND_LINE, "A-9", "offerings"),
        lambda: matching.why(app, COMMAND_LINE, PairOfIds("R-1", "A-2")),
    ):
        store.calls.clear()
        question()
        assert store.calls == ["read", "read", "note"]


def test_a_pool_is_ranked_with_weights_of_ones_own(engine: Engine) -> None:
    """Without store or engine: all weight on one signal orders by that signal."""
    (request,) = find(engine.store, RecordKind.REQUESTS, "R-1")
    shipped = engine.weights
    table = np.zeros_like(shipped.table)
    table[:, [signal.CODE for signal in SIGNALS].index("travel")] = 1.0
    question = Question(request, AS_OF)
    own = ranking.rank(engine.pool(), question, replace(shipped, table=table), k=50).best
    usual = ranking.rank(engine.pool(), question, shipped, k=50).best
    assert set(own.rows.tolist()) == set(usual.rows.tolist())
    assert own.scores.tolist() == sorted(own.scores.tolist(), reverse=True)
    assert own.scores.tolist() != usual.scores.tolist()


class ErasesBefore:
    """A store on which somebody is erased by another process just before `origin` is asked for."""

    def __init__(self, store: Store, erase: Callable[[], object]) -> None:
        self._store, self._erase = store, erase

    def origin(self) -> str:
        self._erase()
        return self._store.origin()

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)


class ErasesWhileEncoding(HashEncoder):
    """An encoder that is busy while somebody is erased by another process."""

    erase: Callable[[], object]

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Int8Matrix:
        self.erase()
        return super().encode(texts, progress=progress)


@pytest.mark.parametrize("asker", [COMMAND_LINE, Asker(7, Role.TEACHER, "Noord")])
@pytest.mark.parametrize("when", ["before the pool is read", "while it is built"])
def test_who_is_erased_meanwhile_is_unknown(tmp_path: Path, asker: Asker, when: str) -> None:
    """An account of, and an invitation to, somebody whom another process erases in between is refused as for nobody."""
    clock = FixedClock(AS_OF)
    store = store_in(tmp_path, clock)
    other = Engine(store, HashEncoder(), clock)

    def erase() -> None:
        if find(store, RecordKind.ALUMNI, "A-2", "Noord"):
            erasure.erase(app_of(other), COMMAND_LINE, "A-2", school="Noord")

    encoder = ErasesWhileEncoding()
    encoder.erase = erase if when == "while it is built" else lambda: None
    used: Any = store if when == "while it is built" else ErasesBefore(store, erase)
    app = app_of(Engine(used, encoder, clock))
    pair = PairOfIds("R-1", "A-2", "request", "Noord")
    account = partial(matching.why, app, asker, pair)
    invitation = partial(invitations.invite, app, asker, "R-1", "A-2")
    with pytest.raises(UnknownId):
        (account if asker is COMMAND_LINE else invitation)()
    assert not reading(store).outbox.page()
