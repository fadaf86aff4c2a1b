"""What charts are drawn of: numbers that can be laid beside those of another period."""

from __future__ import annotations

from datetime import date

import pytest

from api.web import charts
from matcher.domain.kinds import Area
from matcher.domain.series import Month
from matcher.locale import LANGUAGES, Language
from matcher.services.figures import Courses, Unfilled

NOTHING = {"asked": 0, "agreed": 0, "held": 0, "received": 1, "contacts": 7}


@pytest.mark.parametrize("language", LANGUAGES)
def test_aftercare_counts_its_contacts(language: Language) -> None:
    """Where nobody is asked for it; each month has a bar of them, and the table their sum."""
    months = [Month(date(2026, 8, 1)), Month(date(2026, 9, 1), received=1)]
    chart = charts.area_chart(language, Area.AFTERCARE, months, NOTHING, [5, 2])
    assert [fill for fill, _ in chart.key] == ["f1", "f3"]
    assert [counts for _, counts in chart.rows] == [["5", "0"], ["2", "1"]]
    assert (list(chart.totals), len(chart.bars)) == (["7", "1"], 3)
    asked = charts.area_chart(language, Area.AFTERCARE, months, NOTHING | {"asked": 3}, [5, 2])
    assert (asked.key, len(asked.columns)) == ([], 3)


def test_a_number_has_one_tint_and_a_place_one_column_in_every_period() -> None:
    """Whatever else is in the table: two is two, and places stand by name."""
    few = charts.heat("nl", [Unfilled("Zorg", "Zwolle", 2), Unfilled("Zorg", "Hardenberg", 1)])
    many = charts.heat("nl", [Unfilled("Zorg", "Zwolle", 2), Unfilled("Zorg", "Hardenberg", 9)])
    assert list(few.columns) == list(many.columns) == ["Hardenberg", "Zwolle"]
    assert few.rows[0][1] == [(1, 1), (2, 2)]
    assert many.rows[0][1] == [(9, 3), (2, 2)]
    assert len(few.key) == 3


def test_no_name_on_a_map_stands_over_another() -> None:
    """Neighbours with most wishes: the first have their name, all of it inside the map; the table has all of them."""
    near = (
        "Zwolle",
        "Kampen",
        "Hattem",
        "Zwartewaterland",
        "Staphorst",
        "Dalfsen",
        "Hardenberg",
        "Oldebroek",
        "Heerde",
    )
    found = charts.course_map("nl", [Courses(name, 90 - at, 0) for at, name in enumerate(near)], 5)
    assert found is not None
    assert [name for name, *_ in found.rows] == list(near)
    _, _, width, height = map(int, found.box.split())
    labels = [shape.label for shape in found.shapes if shape.label]
    assert "Zwolle" in {name for name, *_ in labels}
    assert 4 <= len(labels) <= len(near)
    for at, (name, x, y) in enumerate(labels):
        half = charts.LETTER * len(name) / 2
        assert half - 1 <= x <= width - half + 1
        assert 0 < y <= height
        for other, other_x, other_y in labels[:at]:
            apart = charts.LETTER * len(other) / 2 + half
            assert abs(x - other_x) >= apart - 1 or abs(y - other_y) >= charts.LINE - 1
