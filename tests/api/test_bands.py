"""Bands, groups and more choice, as pages and the command line show them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from rich.console import Console

from api.commands.tables import show_ranking
from api.schemas.rankings import from_ranking
from api.web.cards import ranking_view
from api.web.missing import missing_view
from matcher.domain.answers import Basis, Card, Contribution, Match, More, QueryInfo, Ranking
from matcher.locale import LANGUAGES, Language
from matcher.services.missed import Missed
from tests.support.worlds import AS_OF

BASIS = Basis(AS_OF, 1, "1 here", "fake", "guest_lesson@1", 1)
TERM = Contribution("rest", 1.0, 0.06, 0.06, known=True, evidence={"days": None})
BANDS = ((1, "strong", None, 1), (2, "good", None, 2), (3, "good", None, 2), (4, None, "topic", 3))


def ranking(*more: More) -> Ranking:
    """Four alumni: one strong, two as good as equal, and one below the last band."""
    matches = tuple(
        Match(
            rank, rank, f"A-{rank}", "Noord", "guest_lesson", 0.8, band, (TERM,), (), Card(None, None, None),
            "guest_lesson@1", capped_by=cap, group=group,
        )
        for rank, band, cap, group in BANDS
    )  # fmt: skip
    query = QueryInfo("R-1", "guest_lesson", "Gastles", "Noord", 9)
    return Ranking(query, BASIS, 4, {}, matches, more=more)


def test_whoever_is_below_the_last_band_is_folded() -> None:
    """All places are there: who fits less stands behind a line that says so, unless they were asked."""
    view = ranking_view("nl", ranking(), "Noord")
    groups = [([card.rank for card in group.rows], group.title, group.is_open) for group in view["groups"]]
    equal, less = ([2, 3], "Deze 2 passen even goed", True), ([4], "Nummer 4 past minder goed", False)
    assert groups == [([1], "", False), equal, less]
    view = ranking_view("nl", ranking(), "Noord", keep={4})
    groups = [([card.rank for card in group.rows], group.title, group.is_open) for group in view["groups"]]
    assert groups == [([1], "", False), equal, ([4], "", False)]
    assert [card.band for card in view["cards"]] == ["strong", "good", "good", "none"]


def test_json_has_all_that_were_asked_for() -> None:
    """Below the last band `band` is null, and the cap is named."""
    answer = from_ranking(ranking(), "nl")
    told = [(match.band, match.band_capped_by, match.group) for match in answer.matches]
    assert told == [(band, cap, group) for _, band, cap, group in BANDS]


@pytest.mark.parametrize(
    ("more", "text", "told"),
    [
        (
            More("day_part", {"day_part": "wed-afternoon"}, 6),
            "Ook woensdagmiddag",
            "Ook woensdagmiddag: 6 erbij die goed passen",
        ),
        (More("online", {}, None), "Ook online", "Ook online: een paar erbij die goed passen"),
        (More("certificate", {}, 5), "Ook zonder VOG", "Ook zonder VOG: 5 erbij die goed passen"),
        (
            More("language", {"asked": ["en"]}, 5),
            "Ook zonder deze taal: Engels",
            "Ook zonder deze taal: Engels: 5 erbij die goed passen",
        ),
        (More("hours", {"hours": 6}, 7), "Hooguit 6 uur per week", "Hooguit 6 uur per week: 7 erbij die goed passen"),
    ],
)
def test_more_choice_is_told_with_its_count(more: More, text: str, told: str) -> None:
    """In JSON, on pages and on the command line; a few where no number may be told."""
    (out,) = from_ranking(ranking(more), "nl").more
    assert (out.text, out.change, out.adds) == (text, {"code": more.change, **more.values}, more.adds)
    (shown,) = ranking_view("nl", ranking(more), "Noord")["more"]
    assert f"{shown.text}: {shown.adds} die goed passen" == told
    assert shown.link is None
    assert told in printed("nl", ranking(more))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_command_line_names_groups_and_shows_all(language: Language) -> None:
    """One line above those who fit equally well, and below the last band no word of a band."""
    text = printed(language, ranking())
    assert ("Plaats 2 tot en met 3 passen even goed:" in text) is (language == "nl")
    assert [f"A-{rank}" in text for rank in range(1, 5)] == [True] * 4


def printed(language: Language, answer: Ranking) -> str:
    console = Console(width=200)
    with console.capture() as capture:
        show_ranking(console, from_ranking(answer, language), language)
    return capture.get()


def placement(key: int, card: Card) -> Match:
    return Match(
        key, key, f"c{key}", "", "bpv_place", 0.8, "strong", (TERM,), (), card, "bpv_place@1", group=key
    )  # fmt: skip


def test_cards_of_one_company_say_the_same_of_it() -> None:
    """What is known of a company on one card stands on the others, and they say how many work there."""
    day = date(2025, 3, 1)
    companies = (
        Card("Zorggroep Vecht", None, None, recognised=False),
        Card("zorggroep vecht", None, "Ommen", recognised=True, recognised_on=day, places=3),
        Card("Bakkerij Brug", None, "Kampen", recognised=False),
        Card(None, None, None, recognised=False),
    )
    answer = replace(ranking(), matches=tuple(placement(key, card) for key, card in enumerate(companies, 1)))
    rows = ranking_view("nl", answer, "Noord", town="Zwolle")["cards"]
    unknown = "Hoe ver het bedrijf is, weten we niet."
    far = ["Bedrijf op 22 km van Zwolle.", "Bedrijf op 22 km van Zwolle.", "Bedrijf op 13 km van Zwolle.", unknown]
    assert [row.brief.distance for row in rows] == far
    told = ["Ommen", "Erkend leerbedrijf sinds 1 maart 2025", "Leerplaatsen: 3"]
    assert [row.about for row in rows[:2]] == [told, told]
    assert [row.together for row in rows] == [2, 2, 1, 0]
    assert "Erkend" not in str(rows[2].about)


def test_rows_of_one_company_stand_under_it() -> None:
    """At the place of its best, each with its own place; per band, and as many rows as without."""
    names = ["Zorggroep Vecht", "Bakkerij Brug", "zorggroep vecht", "Smederij", "Zorggroep Vecht", "Smederij"]
    bands = ["strong", "strong", "strong", "strong", "good", None]
    matches = tuple(
        replace(placement(key, Card(name, None, "Ommen", recognised=True, places=3)), band=band, group=group)
        for key, (name, band, group) in enumerate(zip(names, bands, [1, 2, 2, 2, 3, 4], strict=True), 1)
    )
    view = ranking_view("nl", replace(ranking(), matches=matches), "Noord", town="Zwolle")
    units = [[[row.rank for row in unit.rows] for unit in group.units] for group in view["groups"]]
    assert units == [[[1, 3]], [[2], [4]], [[5]], [[6]]]
    assert [group.title for group in view["groups"]] == ["", "Deze 2 passen even goed", "", view["groups"][3].title]
    (vecht,) = view["groups"][0].units
    assert vecht.company == [
        "2 alumni werken hier",
        "Ommen",
        "Erkend leerbedrijf",
        "Leerplaatsen: 3",
        "Bedrijf op 22 km van Zwolle.",
    ]
    assert [row.company for row in vecht.rows] == [True, True]
    assert sorted(row.rank for group in view["groups"] for row in group.rows) == [1, 2, 3, 4, 5, 6]
    assert not any(row.company for group in view["groups"][1:] for row in group.rows)


def test_a_lower_band_above_a_higher_one_says_why() -> None:
    """The order is that of the score: a cap is told where a row further down has a higher band."""
    one, two, *_ = ranking().matches
    capped = replace(one, band="good", capped_by="availability")
    view = ranking_view("nl", replace(ranking(), matches=(capped, replace(two, band="strong"))), "Noord")
    assert [row.capped for row in view["cards"]] == ["Niet hoger: kan niet wanneer het nodig is.", ""]
    assert view["mixed"]
    view = ranking_view("nl", replace(ranking(), matches=(capped, two)), "Noord")
    assert [row.capped for row in view["cards"]] == ["", ""]
    assert not view["mixed"]


@pytest.mark.parametrize(
    ("word", "missed", "told"),
    [
        ("mondzorg", Missed(18, {}), ["18 alumni die je kunt vragen", "Groepen van"]),
        (
            "Deventer",
            Missed(6, {"too_far": 6}),
            ["6 alumni die je kunt vragen", "niet in de lijst", "6 keer: te", "Groepen"],
        ),
        (
            "verpleegkundige uit Deventer",
            Missed(0, {}),
            ["minder dan vijf alumni die je zou kunnen vragen", "Typ één woord", "Groepen van"],
        ),
    ],
)
def test_who_was_missed_is_told_in_full(word: str, missed: Missed, told: list[str]) -> None:
    """Those who stand further down, then those who are not in the list and why; for several words, what to type."""
    sentences = missing_view("nl", "/zoeken", [], word, missed).told
    assert len(sentences) == len(told)
    assert all(part in sentence for part, sentence in zip(told, sentences, strict=True))
