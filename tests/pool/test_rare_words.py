"""A word that fewer than five alumni of a school hold moves no one in a ranking for an asker limited to cards."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.scale.pools import TODAY, sample_store
from matcher.domain.answers import Match
from matcher.domain.kinds import RequestKind
from matcher.domain.records import Alumnus, RecordKind, Request
from matcher.engine import open_engine
from matcher.matching.question import Question
from matcher.matching.ranking import rank
from matcher.matching.thresholds import Limits
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.pool.build import build_pool
from matcher.pool.cards import cards_of
from matcher.pool.columns import TEXT_COLUMNS, code_of
from matcher.pool.compare import differences
from matcher.pool.rare_words import FEWEST, card_text, numbers_of, numbers_of_row, word_number
from matcher.pool.texts import can_text, demand_text, wants_text
from matcher.services import matching
from matcher.services.app import App
from matcher.services.matching import PairOfIds
from models.encoder import opened
from models.words import words
from tests.support import stores
from tests.support.apps import Engine
from tests.support.fakes import FixedClock
from tests.support.rare import rare_among
from tests.support.region import alumnus, engine_in
from tests.support.stores import upsert, writing
from tests.support.worlds import alumni

SCHOOL = "ROC Vechtdal"
TEACHER = Asker(61, Role.TEACHER, SCHOOL)
OF_NOORD = Asker(62, Role.TEACHER, "Noord")
PLANTED = (
    *("epilepsie", "narcolepsie", "hemofilie", "sarcoidose", "fibromyalgie", "klaustrofobie", "schizofrenie"),
    *("burnout", "anorexia", "diabetes", "Zwiebelberger", "Ouwerschans", "Kwintessens", "Papadimitriou", "Fictiva"),
    *("Nepstein", "Zeppelinvlucht", "kasteeltorenrestauratie", "bijenlinguistiek", "onderwaterhockey"),
)
"""Twenty words that no alumnus of the sample has: illnesses, names, hobbies."""


def without_ids(matches: Sequence[Match]) -> list[object]:
    return [(match.key, match.score, match.contributions, match.band) for match in matches]


# ---- which words are rare


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 10_000).flatmap(alumni), max_size=12, unique_by=lambda one: one.key))
def test_rare_is_what_fewer_than_five_of_the_school_hold(people: list[Alumnus]) -> None:
    """Counted once per alumnus and per school, over both texts; a card text is the other words, in order."""
    holders: dict[str, Counter[int]] = defaultdict(Counter)
    for person in people:
        holders[person.school].update({word_number(word) for word in words(f"{can_text(person)} {wants_text(person)}")})
    rare = rare_among(people)
    for person in people:
        counts, few = holders[person.school], rare[code_of(person.school)]
        for text in (can_text(person), wants_text(person)):
            expected = [word for word in words(text) if counts[word_number(word)] >= FEWEST]
            assert words(card_text(text, few)) == expected


def test_a_word_of_an_encoder_is_never_left_in_part() -> None:
    """Marks, accents, plus signs and tags: what is left out is a whole word of the encoder."""
    text = "C++ en <b>Épilepsie</b>, h.b.o.; 3D-printen vmbo-t zzp'er naïef"
    numbers = {word_number(word) for word in words(text)}
    assert card_text(text, numbers | {word_number("b")}) == ""
    for word in words(text):
        left = words(card_text(text, {word_number(word)}))
        assert word not in left
        assert set(words(text)) - {word} <= set(left)


# ---- the pool follows


WORDS = ("lassen", "zorg", "koken", "netwerk", "hout", "verf")


@settings(
    deadline=None, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    steps=st.lists(
        st.lists(
            st.tuples(st.integers(0, 6), st.sampled_from(["Noord", "Zuid"]), st.sets(st.sampled_from(WORDS))),
            min_size=1,
            max_size=4,
        ),
        min_size=1,
        max_size=6,
    )
)
def test_a_word_that_crosses_the_limit_changes_the_others_too(
    tmp_path_factory: pytest.TempPathFactory, steps: list[list[tuple[int, str, set[str]]]]
) -> None:
    """After any changes the updated pool equals one built anew, the texts without rare words of all alumni included."""
    engine = engine_in(tmp_path_factory.mktemp("rare"))
    held = [alumnus(20 + row, f"H-{row}", function="lassen zorg") for row in range(4)]
    upsert(engine.store, RecordKind.ALUMNI, held)
    pool = engine.pool()
    for step in steps:
        rows = [
            alumnus(40 + row, f"V-{number}", school, experience=" ".join(sorted(chosen)), skills=tuple(sorted(chosen)))
            for row, (number, school, chosen) in enumerate({(one[0], one[1]): one for one in step}.values())
        ]
        upsert(engine.store, RecordKind.ALUMNI, rows)
        updated = engine.parts.current.updated(pool)
        assert updated is not None, "it is merged, not built anew"
        pool = updated
        fresh = build_pool(engine.parts.current._sources(None))
        assert differences(pool, fresh) == []
        rare = rare_among(stores.alumni(engine.store))
        for person in stores.alumni(engine.store):
            row = pool.person_row[person.key]
            few = set(numbers_of_row(pool.people.rare_words, pool.words, row))
            assert few == numbers_of(person) & set(rare[int(pool.people.school[row])])
            expected = engine.encoder.encode([card_text(can_text(person), few)])[0]
            assert np.array_equal(pool.people.card_can[row], expected)


def test_the_fifth_holder_makes_a_word_count(tmp_path: Path) -> None:
    """Held by four a skill is unknown to a teacher, with the fifth it counts for all; the command line always does."""
    engine = engine_in(tmp_path)
    wish = Request(request_id="", kind=RequestKind.GUEST_LESSON, title="x", school="Noord", skills=("sterrenkunde",))

    def skilled(asker: Asker) -> set[str]:
        matches = matching.match_unsaved(engine.app, asker, wish, top=50).matches
        ids = {person.key: person.alumnus_id for person in stores.alumni(engine.store)}
        return {ids[match.key] for match in matches if match.contributions[2].evidence["matched"]}

    for count in range(1, 7):
        row = alumnus(30 + count, f"S-{count}", skills=("sterrenkunde",), function="kok")
        upsert(engine.store, RecordKind.ALUMNI, [row])
        holders = {f"S-{number}" for number in range(1, count + 1)}
        assert skilled(COMMAND_LINE) == holders
        assert len(skilled(OF_NOORD)) == (count if count >= FEWEST else 0)  # by handles, which differ from ids


def test_of_a_rare_skill_its_common_words_remain(tmp_path: Path) -> None:
    """`complexe wondzorg` of one alumnus counts as `wondzorg`, which many of the school hold, and not as itself."""
    engine = engine_in(tmp_path)
    upsert(engine.store, RecordKind.ALUMNI, [alumnus(30, "S-1", skills=("complexe wondzorg",), function="kok")])
    key = stores.key_of(engine.store, RecordKind.ALUMNI, "S-1", "Noord")

    def matched(skill: str, asker: Asker) -> bool:
        wish = Request(request_id="", kind=RequestKind.GUEST_LESSON, title="x", school="Noord", skills=(skill,))
        matches = matching.match_unsaved(engine.app, asker, wish, top=50).matches
        (one,) = [match for match in matches if match.key == key]
        return bool(one.contributions[2].evidence["matched"])

    assert matched("wondzorg", OF_NOORD)
    assert matched("complexe wondzorg", COMMAND_LINE)
    assert not matched("complexe wondzorg", OF_NOORD)


def test_the_vectors_of_a_word_that_crossed_are_gone(tmp_path: Path) -> None:
    """Nothing is kept under a text that no alumnus has any more, on cards either."""
    engine = engine_in(tmp_path)
    for count in range(1, 7):
        upsert(engine.store, RecordKind.ALUMNI, [alumnus(30 + count, f"S-{count}", experience="vissen en varen")])
        pool = engine.pool()
    people = pool.people
    texts = {number for column in TEXT_COLUMNS for number in people.texts.number[getattr(people, column)].tolist()}
    assert texts | {0} == set(people.texts.number.tolist())
    assert engine.parts.current.rebuild().people.card_can.shape == people.card_can.shape
    erased = engine.parts.current
    used = erased._texts_in(erased.pool())
    assert texts - {0} <= used


# ---- twenty planted words, with the encoder that is shipped


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> App:
    folder = tmp_path_factory.mktemp("sample")
    store, encoder = sample_store(folder), opened(cache=folder / "cache")
    return App(store, open_engine(store, encoder), FixedClock(TODAY))


def wishes() -> list[Request]:
    """Questions with a planted word: as the text, among other words, and as a skill."""
    return [
        Request(request_id="", kind=kind, title=title, school=SCHOOL, skills=skills)
        for word in PLANTED
        for kind, title, skills in (
            (RequestKind.GUEST_LESSON, word, ()),
            (RequestKind.GUEST_LESSON, f"Gastles over zorg en {word} in de praktijk", (word,)),
        )
    ]


def ranked(app: App, wish: Request, *, cards: bool) -> dict[int, float]:
    """The score of every alumnus in the list of a question, the best first."""
    pool = app.engine.current.pool()
    vectors = app.engine.vectors
    question = Question(wish, TODAY, vector=vectors.of_query(demand_text(wish)), of_words=vectors.of_words)
    best = rank(cards_of(pool) if cards else pool, question, app.weights, k=len(pool.people)).best
    return dict(zip(pool.people.key[best.rows].tolist(), best.scores.tolist(), strict=True))


def test_twenty_planted_words_find_no_one(sample: App) -> None:
    """No question with such a word changes its ranking by it: order, scores, contributions, reasons.

    Askers who may list alumni do find them: each rises, but for a question of one word that the encoder does not know.
    """
    planted = list(ranked(sample, wishes()[0], cards=True))[-len(PLANTED) :]
    before = [ranked(sample, wish, cards=True) for wish in wishes()]
    exact = [ranked(sample, wish, cards=False) for wish in wishes()]
    told = [matching.match_unsaved(sample, TEACHER, wish, top=5).matches for wish in wishes()]
    people = {person.key: person for person in stores.alumni(sample.store)}
    for key, word in zip(planted, PLANTED, strict=True):
        writing(sample.store).people.correct(key, "experience", f"{people[key].experience or ''} {word}")
        writing(sample.store).people.correct(key, "skills", (*people[key].skills, word))
    raised = 0
    for position, wish in enumerate(wishes()):
        after = ranked(sample, wish, cards=True)
        assert list(after.items()) == list(before[position].items())
        key = planted[position // 2]
        raised += ranked(sample, wish, cards=False)[key] > exact[position][key]
    assert [matching.match_unsaved(sample, TEACHER, wish, top=5).matches for wish in wishes()] == told
    assert raised >= 3 * len(PLANTED) / 2


def test_a_rare_word_is_never_named(sample: App) -> None:
    """In no list of a teacher is a word of an alumnus named that fewer than five of that school hold."""
    pool, named = sample.engine.current.pool(), 0
    for request in stores.requests(sample.store)[:20]:
        asker = Asker(63, Role.TEACHER, request.school)
        for match in matching.match(sample, asker, request.request_id, top=20).matches:
            few = set(numbers_of_row(pool.people.rare_words, pool.words, pool.person_row[match.key]))
            terms = match.contributions[0].evidence.get("terms", [])
            assert not few & {word_number(word) for term in terms for word in term["candidate"].split()}  # type: ignore[index, union-attr]
            named += len(terms)  # type: ignore[arg-type]
    assert named > 30


def test_why_and_the_list_agree_for_a_teacher(sample: App) -> None:
    """One alumnus has one score and one rank, in the list and in the account."""
    own = sorted(one.request_id for one in stores.requests(sample.store) if one.school == SCHOOL)
    lists = ((id_, matching.match(sample, TEACHER, id_).matches) for id_ in own)
    of_school = ((id_, [match for match in matches if match.owner == SCHOOL]) for id_, matches in lists)
    request_id, matches = next((id_, matches) for id_, matches in of_school if matches)
    for match in matches:
        account = matching.why(sample, TEACHER, PairOfIds(request_id, match.candidate_id))
        assert account.match is not None
        assert (account.rank, account.match.score) == (match.rank, match.score)
        assert account.match.contributions == match.contributions


def test_cards_are_made_once_for_a_pool(sample: App) -> None:
    """And share with it whatever is not about words."""
    pool = sample.engine.current.pool()
    assert cards_of(pool) is cards_of(pool)
    assert cards_of(pool).people.consents is pool.people.consents


def test_an_index_gives_the_same_ranking(sample: App) -> None:
    """With an index of the texts without rare words, and without one."""
    limits = Limits(score_all_below=0, score_all_share=0.0)
    indexed = App(sample.store, sample.engine, sample.clock, limits=limits)
    for wish in wishes()[:4]:
        one, other = (matching.match_unsaved(app, TEACHER, wish) for app in (sample, indexed))
        assert without_ids(one.matches) == without_ids(other.matches)


def test_engines_agree(tmp_path: Path) -> None:
    """A pool that was saved and loaded ranks alike on cards."""
    engine = engine_in(tmp_path, cache=tmp_path / "cache")
    wish = Request(request_id="", kind=RequestKind.GUEST_LESSON, title="wondzorg", school="Noord")
    first = matching.match_unsaved(engine.app, OF_NOORD, wish)
    again = Engine(engine.store, engine.encoder, engine.clock, cache=tmp_path / "cache")
    assert without_ids(matching.match_unsaved(again.app, OF_NOORD, wish).matches) == without_ids(first.matches)
