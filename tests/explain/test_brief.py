"""What a row says of a match is a choice of its reasons, small enough to read at a glance."""

from __future__ import annotations

import pytest

from matcher import explain
from matcher.domain.answers import Card, Contribution, Match, Ranking
from matcher.explain import MOST_FACTS, MOST_WORDS
from matcher.locale import LANGUAGES, Language
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.services import matching
from tests.support.apps import Engine, app_of
from tests.support.region import engine_in


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return engine_in(tmp_path_factory.mktemp("brief"))


def rankings(engine: Engine) -> list[Ranking]:
    """A list of alumni as a coordinator and as a teacher sees it, and one of courses."""
    teacher, app = Asker(7, Role.TEACHER, "Noord"), app_of(engine)
    return [
        matching.match(app, COMMAND_LINE, "R-1"),
        matching.match(app, teacher, "R-1"),
        matching.recommend(app, COMMAND_LINE, "A-2", "offerings"),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_row_is_a_choice_of_the_reasons(engine: Engine, language: Language) -> None:
    """Word for word, at most three facts, one caution that none of the reasons goes before, nothing that is said."""
    for ranking in rankings(engine):
        perspective: explain.Perspective = "alumnus" if ranking.query.kind == "alumnus" else "asker"
        all_reasons = [explain.reasons(match, language, perspective) for match in ranking.matches]
        said = explain.shared_reasons(all_reasons)
        assert ranking.matches
        for match, reasons in zip(ranking.matches, all_reasons, strict=True):
            groups = explain.grouped_reasons(match, language, perspective)
            row = explain.brief(match, language, perspective, said)
            told = [*row.facts, *filter(None, (row.caution, row.distance))]
            assert set(told) <= set(reasons) - set(said)
            assert len(row.facts) <= MOST_FACTS
            assert not set(row.facts) - set(groups["plus"])
            assert sum(len(text.split()) for text in told) <= MOST_WORDS[perspective] or len(row.facts) <= 1
            strip = any(one.can is None for one in row.day_parts)
            by_signal = explain.reasons_by_signal(match, language, perspective)
            told_before = {*said, by_signal["availability"]} if strip else said
            left = {group: [text for text in groups[group] if text not in told_before] for group in explain.GROUPS}
            first = (left["caution"] or left["unknown"] or [""])[0]
            assert row.caution == first
            if row.caution:
                assert row.caution in left[row.group]


def test_a_row_has_the_same_reasons_in_both_languages(engine: Engine) -> None:
    """As many facts, from the same signals: what fits in a row does not depend on how long the words are."""
    for ranking in rankings(engine):
        perspective: explain.Perspective = "alumnus" if ranking.query.kind == "alumnus" else "asker"
        for match in ranking.matches:
            told = []
            for language in LANGUAGES:
                row = explain.brief(match, language, perspective)
                signals = explain.reasons_by_signal(match, language, perspective)
                texts = [*row.facts, row.caution, row.distance]
                told.append([[name for name, text in signals.items() if part and part in text] for part in texts])
            assert told[0] == told[1]


def test_each_sentence_is_made_once(engine: Engine) -> None:
    """What a row, the groups and the list of reasons say is one and the same text, and what each alone says."""
    for ranking in rankings(engine):
        perspective: explain.Perspective = "alumnus" if ranking.query.kind == "alumnus" else "asker"
        for match in ranking.matches:
            told = explain.Told(match, "nl", perspective)
            made = {id(one) for one in told.reasons()}
            row = told.brief()
            shown = [*row.facts, *filter(None, (row.caution, row.distance))]
            assert {id(one) for one in shown} | {id(one) for group in told.grouped().values() for one in group} == made
            assert shown
            assert told.reasons() == explain.reasons(match, "nl", perspective)
            assert row == explain.brief(match, "nl", perspective)


def test_what_two_have_in_common_goes_first() -> None:
    """Price and form, and whether somebody was asked before, tell least; that somebody was is something to mind."""
    adds = Contribution("gap", 0.2, 0.1, 0.02, known=True, evidence={"missing": ["lassen"]})
    cost = Contribution("price", 0.9, 0.2, 0.18, known=True, evidence={"price": 140.0, "max_price": 1000.0})
    row = explain.brief(match_of(cost, adds), "nl", "alumnus")
    assert row.facts == ("Nieuw voor jou: lassen.", "Kost € 140; je wilt hooguit € 1.000 betalen.")
    other = Contribution("other", 0.5, 0.22, 0.11, known=True, evidence={"distance": None, "asked_before": True})
    busy = {"known_person": True, "known_demand": True, "common": [], "missing": ["tue-morning"]}
    cannot = Contribution("availability", 0.0, 0.1, 0.0, known=True, evidence=busy)
    row = explain.brief(match_of(other, cannot, weights="guest_lesson@1"), "nl", "asker")
    assert (row.facts, row.caution) == ((), "Kan niet op dinsdagochtend.")
    alone = explain.brief(match_of(other, weights="guest_lesson@1"), "nl", "asker")
    assert (alone.facts, alone.caution) == ((), "Is al eens gevraagd.")


def match_of(*terms: Contribution, weights: str = "offering@1") -> Match:
    return Match(1, 1, "C-1", "P", "offering", 0.5, "good", terms, (), Card(None, None, None), weights)
