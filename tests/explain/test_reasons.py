"""What is said of a match: facts in words, nothing twice, and once what is true of all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from matcher import explain
from matcher.disclosure.answers import contributions
from matcher.domain.answers import Contribution, Match, RuleOutcome
from matcher.explain.words import whole_days
from matcher.locale import LANGUAGES
from tests.support.region import TUESDAY

KNOWN = {"known_person": True, "known_demand": True}


def term(signal: str, evidence: dict[str, Any], value: float = 0.8, *, known: bool = True) -> Contribution:
    return Contribution(signal, value, 0.2, value * 0.2, known, evidence)


def match(*terms: Contribution, weights: str = "guest_lesson@1") -> Match:
    return Match(1, 1, "A-1", "Noord", "guest_lesson", 0.5, "good", terms, (), None, weights, None)  # type: ignore[arg-type]


def said(*terms: Contribution, of: str = "asker", weights: str = "guest_lesson@1") -> list[str]:
    return explain.reasons(match(*terms, weights=weights), "nl", of)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("evidence", "value", "sentences"),
    [
        ({"terms": []}, 0.96, []),
        ({"terms": []}, 0.97, ["Werk en ervaring gaan over hetzelfde als de aanvraag."]),
        ({"terms": [{"query": "stage", "candidate": "podium", "cosine": 0.2}]}, 0.5, []),
        (
            {"terms": [{"query": "AI", "candidate": "verzorgende", "link": "same", "common": "ai", "cosine": 0.2}]},
            0.5,
            [],
        ),
        (
            {
                "terms": [
                    {"query": "thuiszorg", "candidate": "thuiszorg", "link": "same", "common": "thuiszorg"},
                    {"query": "lassen", "candidate": "lasser", "link": "form", "common": "lassen"},
                ]
            },
            0.5,
            ["Noemt ook: thuiszorg en lasser."],
        ),
    ],
)
def test_words_are_named_with_their_link_alone(evidence: dict[str, Any], value: float, sentences: list[str]) -> None:
    """Vectors that are near name nothing; where no word is linked, one sentence from 0.97 on, and else none."""
    assert said(term("similarity", {"side": "can", **evidence}, value)) == sentences


def test_what_the_question_does_not_say_is_said_once() -> None:
    """Above the list, in one order, and on no card; an alumnus hears it of each course."""
    terms = (
        term("availability", {"known_person": False, "known_demand": False}, known=False),
        term("qualification", {"asked": False, "asked_level": None}, known=False),
        term("travel", {"distance_km": None, "online": False, "asked": False}, known=False),
        term("similarity", {"side": "can", "asked": False}, known=False),
    )
    assert said(*terms) == []
    for language in LANGUAGES:
        assert len(explain.open_questions([explain.Told(match(*terms), language, "asker")] * 3, language)) == 4
    assert (
        explain.open_questions([explain.Told(match(*terms), "nl", "asker")], "nl")[0]
        == "We herkennen geen woord van de vraag. Waar gaat het over?"
    )
    assert "Onbekend: wanneer het is." in said(*terms, of="alumnus")


def test_a_distance_says_from_where_and_a_level_of_what() -> None:
    """Who asked for two places sees which it is; the level of another field is not told of a role."""
    near = {"distance_km": 16.2, "online": False, "asked": True}
    assert said(term("travel", near)) == ["Woont op 16 km."]
    assert said(term("travel", {**near, "place": "Ommen"})) == ["Woont op 16 km van Ommen."]
    assert said(term("travel", {**near, "place": "Ommen"}, 0.1)) == ["Woont ver weg: 16 km van Ommen."]
    level = {"asked": True, "asked_level": 4, "level": 4}
    assert said(term("qualification", {**level, "relation": "domain"}))[1:] == ["Heeft het gevraagde niveau: 4."]
    assert said(term("qualification", {**level, "relation": "unknown"})) == []
    assert len(said(term("qualification", {**level, "relation": "other"}))) == 1


def test_a_card_says_from_where_too() -> None:
    """In a band, of the place that was asked first; and who lives there lives in it or near."""
    near = {"distance": "within_25", "asked": True, "place": "Ommen"}
    assert said(term("other", near)) == ["Woont binnen 25 km van Ommen."]
    assert said(term("other", {**near, "distance": "beyond_50"})) == ["Woont meer dan 50 km van Ommen."]
    assert said(term("other", {"distance": "within_25", "asked": True})) == ["Woont binnen 25 km."]
    here = {"distance_km": 0.4, "online": False, "asked": True}
    assert said(term("travel", {**here, "place": "Ommen"})) == ["Woont in of vlak bij Ommen."]
    assert said(term("travel", here)) == ["Woont in dezelfde plaats."]


def test_how_long_ago_is_told_of_the_field() -> None:
    """With its year, which is then not told once more; as something to mind the year of the last one stays."""
    field = {"asked": True, "asked_level": None, "relation": "same", "level": None}
    dated, bare = term("qualification", {**field, "year": 2015, "years": 12}), term("qualification", field)
    last, role = term("recency", {"year": 2015}), "mentor@3"
    assert said(dated, last, weights=role) == ["Deed dezelfde opleiding, 12 jaar geleden (2015)."]
    assert said(bare, last, weights=role) == ["Deed dezelfde opleiding.", "Was in 2015 klaar met de laatste opleiding."]
    assert (
        said(dated, term("recency", {"year": 2020}), weights=role)[1] == "Was in 2020 klaar met de laatste opleiding."
    )
    old = term("qualification", {**field, "relation": "domain", "year": 1999, "years": 28})
    assert said(old, term("recency", {"year": 1999}, 0.0), weights=role) == [
        "Deed 28 jaar geleden (1999) een opleiding in hetzelfde vakgebied.",
        "Was in 1999 klaar met de laatste opleiding.",
    ]
    one = explain.reasons(match(term("qualification", {**field, "year": 2026, "years": 1})), "en", "alumnus")
    assert one == ["You did the same qualification, last year (2026)."]


def test_what_is_offered_is_a_fact_of_its_own() -> None:
    """Whatever is known of wishes; and nothing where it is not offered."""
    nothing: dict[str, Any] = {"served": [], "other": [], "online": None, "nothing": False}
    assert said(term("preference", {**nothing, "offers": "mentor"}, known=False)) == ["Biedt aan: mentor."]
    assert said(term("preference", {**nothing, "served": ["work"], "offers": "mentor"})) == [
        "Biedt aan: mentor.",
        "Wil graag werk vinden.",
    ]
    assert said(term("preference", {**nothing, "offers": None}, known=False)) == []


def test_what_is_too_general_is_no_reason() -> None:
    """Neither by the word, nor by the likeness of texts that have no other word in common; with another it is named."""
    general = {"query": "zorg", "candidate": "zorg", "link": "same", "common": "zorg", "general": True}
    narrow = {"query": "thuiszorg", "candidate": "thuiszorg", "link": "same", "common": "thuiszorg"}
    assert said(term("similarity", {"side": "can", "terms": [general]}, 0.98)) == []
    assert said(term("similarity", {"side": "can", "terms": [narrow]}, 0.98)) == ["Noemt ook: thuiszorg."]
    skill = {"matched": ["zorg"], "missing": ["acute zorg"], "general": ["zorg"]}
    assert said(term("skills", skill)) == ["Niet bekend: acute zorg."]


def test_a_wish_to_meet_people_is_a_reason_where_one_meets_them() -> None:
    """At an open day, not for a mentor or a lesson; another wish is told of any role, and an alumnus hears both."""
    meeting, work = ({"served": [need], "other": [], "online": None} for need in ("network", "work"))
    assert said(term("preference", meeting), weights="ambassador@2") == ["Wil graag mensen ontmoeten."]
    assert said(term("preference", meeting), weights="mentor@2") == said(term("preference", meeting)) == []
    assert said(term("preference", work), weights="hybrid_teacher@2") == ["Wil graag werk vinden."]
    assert said(term("preference", meeting), of="alumnus") == ["Je wilt graag mensen ontmoeten."]


def test_when_somebody_left_school_is_told_where_that_counts() -> None:
    """For a role about school, not for one about a trade or a company; an alumnus hears it of any."""
    left = term("recency", {"year": 2015})
    told = ["Was in 2015 klaar met de laatste opleiding."]
    for kind in ("mentor", "network_event", "ambassador", "feedback"):
        assert said(left, weights=f"{kind}@3") == told
    for kind in ("guest_lesson", "hybrid_teacher", "bpv_place", "regional_insight"):
        assert said(left, weights=f"{kind}@3") == []
        assert said(left, of="alumnus", weights=f"{kind}@3")


def test_that_nobody_asked_yet_is_told_of_who_fits() -> None:
    """Of somebody about something else it is of no use; that it was shortly before stays something to mind."""
    never, lately = term("rest", {"days": None}, 1.0), term("rest", {"days": 20}, 0.05)
    for band, count in (("strong", 1), ("good", 1), ("possible", 0), (None, 0)):
        for one in (never, term("other", {"distance": None, "asked_before": False})):
            assert len(explain.reasons(replace(match(one), band=band), "nl", "asker")) == count
        assert len(explain.reasons(replace(match(lately), band=band), "nl", "asker")) == 1


def test_what_the_own_text_names_is_not_unknown() -> None:
    """A skill that is missing from the list of skills, and that the alumnus tells of."""
    evidence = {"matched": [], "missing": ["webshop", "frezen"], "said": ["webshop"]}
    assert said(term("skills", evidence)) == ["Niet bekend: frezen."]
    assert said(term("skills", evidence, known=False)) == ["Niet bekend: frezen."], "who states no skills at all"
    assert said(term("skills", {**evidence, "missing": ["webshop"]}, known=False)) == []
    new = {"missing": ["webshop", "frezen"], "said": ["webshop"]}
    assert said(term("gap", new), of="alumnus", weights="offering@1") == ["Nieuw voor jou: frezen."]
    assert said(term("gap", {**new, "missing": ["webshop"]}), of="alumnus", weights="offering@1") == []
    assert said(term("recency", {"year": None, "left": 2019}, known=False), of="alumnus") == []


def test_a_reason_that_all_have_is_said_once() -> None:
    """Of three matches or more; what one of them lacks is told of each of the others, and an account tells all."""
    never, asked = term("rest", {"days": None}, 1.0), term("rest", {"days": 400}, 1.0)
    near, far = (term("travel", {"distance_km": km, "online": False}) for km in (3.0, 4.0))
    three = [match(never, near), match(never, far), match(never, near)]

    def shared(*matches: Match) -> list[str]:
        return explain.shared_reasons([explain.reasons(one, "nl", "asker") for one in matches])

    assert shared(*three) == ["Is via alumnimatch nog niet gevraagd."]
    assert shared(*three, match(asked, near)) == []
    assert shared(*three[:2]) == []
    assert shared() == []


def test_an_unknown_alumnus_is_no_open_question() -> None:
    """What is not known of one alumnus is said there."""
    terms = (
        term("availability", {"known_person": False, "known_demand": True}, known=False),
        term("travel", {"distance_km": None, "online": False, "asked": True}, known=False),
    )
    assert explain.open_questions([explain.Told(match(*terms), "nl", "asker")], "nl") == []
    assert said(*terms) == ["Onbekend: wanneer deze alumnus kan.", "Onbekend: hoe ver het reizen is."]


def test_online_is_said_once() -> None:
    """No travelling, and not twice more that online suits."""
    terms = (
        term("travel", {"distance_km": None, "online": True}),
        term("preference", {"served": [], "other": [], "online": True}),
        term("form", {"form": "online"}, 1.0),
    )
    assert said(*terms, of="alumnus", weights="offering@1") == ["Online: geen reistijd."]


def test_whole_days_are_said_as_days() -> None:
    """Three parts of a day are the day; two are two."""
    day = ["fri-morning", "fri-afternoon", "fri-evening"]
    assert whole_days(["tue-morning", *day]) == ["tue-morning", "fri"]
    assert whole_days(day[:2]) == day[:2]
    assert said(term("availability", KNOWN | {"common": day, "missing": []})) == ["Kan op vrijdag."]
    assert TUESDAY.bit_count() == 3, "a day has three parts"


def test_a_long_list_of_what_does_not_suit_is_one_sentence() -> None:
    """Two day parts are named, more are not."""
    missing = ["tue-morning", "wed-morning", "fri-evening"]
    assert said(term("availability", KNOWN | {"common": [], "missing": missing})) == [
        "Kan op geen van de gevraagde dagdelen."
    ]
    assert said(term("availability", KNOWN | {"common": [], "missing": missing[:1]})) == ["Kan niet op dinsdagochtend."]


def test_what_an_asker_can_do_nothing_with_is_not_said() -> None:
    """What an alumnus looks for is not needed to ask for a lesson; the alumnus is told that it is not known."""
    unknown = term("preference", {"served": [], "other": [], "online": None}, known=False)
    assert said(unknown) == []
    assert said(unknown, of="alumnus") == ["Onbekend: wat je zoekt."]
    had, gave = ({"given": 0, "received": 1}, {"given": 1, "received": 0})
    assert said(term("balance", had)) == []
    assert said(term("balance", had), of="alumnus") != []
    assert said(term("balance", gave)) == ["Gaf 1 keer iets en kreeg 0 keer iets terug."]


def test_rules_that_ask_nothing_do_not_apply() -> None:
    """A page leaves out a rule about fixed moments where there are none."""
    moments = RuleOutcome("no_common_slot", True, True, {"moments": 2, "fit": 1})
    assert explain.applies(moments)
    assert not explain.applies(replace(moments, evidence={"moments": 0, "fit": None}))


def test_never_asked_is_said_in_words() -> None:
    """Nobody is asked nought times."""
    outcome = RuleOutcome("budget_spent", True, True, {"asks": 0, "budget": 6})
    assert explain.rule_sentence(outcome, "nl") == "Is het afgelopen jaar nog niet gevraagd; mag 6 keer."


def test_what_means_the_same_is_said_with_both_names() -> None:
    """As a fact of its own; what covers a part is neither missing nor new, and a card names only what is asked."""
    same = {"asked": "wondzorg", "own": "zorg voor wonden", "link": "concept", "concept": "x"}
    part = {"asked": "lassen", "own": "metaal verbinden", "link": "broader", "concept": "y"}
    lists = {"matched": ["wondzorg"], "missing": ["EHBO", "lassen"], "linked": [same], "partly": [part]}
    assert said(term("skills", lists)) == [
        "Kan: wondzorg.",
        "Heet in de gegevens anders: wondzorg (zorg voor wonden).",
        "Kan voor een deel: lassen (metaal verbinden).",
        "Niet bekend: EHBO.",
    ]
    assert said(term("gap", lists)) == ["Nieuw: EHBO.", "Leert meer van: lassen."]
    needed = lists | {"missing": ["EHBO", "TIG", "lassen"], "essential": ["EHBO", "lassen", "wondzorg"]}
    assert said(term("skills", needed))[3:] == ["Nodig voor dit beroep, niet bekend: EHBO.", "Niet bekend: TIG."]
    assert said(term("gap", needed))[:2] == ["Nieuw, en nodig voor dit beroep: EHBO.", "Nieuw: TIG."]
    assert said(term("skills", needed | {"said": ["EHBO"]}))[3:] == ["Niet bekend: TIG."]
    (card,) = contributions([term("skills", needed)])
    assert said(card)[2:] == ["Nodig voor dit beroep, niet bekend: EHBO.", "Niet bekend: TIG."]
    (card,) = contributions([term("skills", lists)])
    assert said(card) == ["Kan: wondzorg.", "Kan voor een deel: lassen.", "Niet bekend: EHBO."]
    assert "wonden" not in str(card.evidence)
