"""The page of figures per area, for the coordinator."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from api import figure_words
from api.error_text import error_sentence
from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login.access import may_rank
from api.web import charts
from api.web.render import address, render
from matcher.disclosure.profiles import LEAST
from matcher.domain.kinds import Area
from matcher.domain.series import COUNTED
from matcher.errors import InvalidValue
from matcher.locale import Language, say
from matcher.policy import Action, Asker
from matcher.services.figures import Dashboard, dashboard

router = APIRouter(include_in_schema=False)
Reader = Annotated[Asker, may_rank(Action.FIGURES_READ)]
AUGUST = 8


@router.get("/cijfers")
def figures(
    request: Request,
    language: PageLanguage,
    asker: Reader,
    first: Annotated[str, Query(alias="van", max_length=10)] = "",
    last: Annotated[str, Query(alias="tot", max_length=10)] = "",
) -> HTMLResponse:
    """A table for each area; without a period that of this school year."""
    state, problem, told = state_of(request), "", None
    today = state.app.clock.today()
    begin, end = _school_year(today)
    try:
        begin, end = _day(first) or begin, _day(last) or end
        told = dashboard(state.app, asker, begin, end) if state.warm else None
    except InvalidValue as error:
        problem = error_sentence(language, error)
    if not state.warm:
        state.start_warming()
    values = {"warm": state.warm, "problem": problem, "first": begin, "last": end, "told": told and told.report}
    values["periods"] = [
        (name, address("cijfers", van=one, tot=two), (one, two) == (begin, end)) for name, one, two in _periods(today)
    ]
    values |= _words(language, told) if told else {}
    return render(request, language, "figures.html", values, 422 if problem else 200, area="figures")


def _words(language: Language, found: Dashboard) -> dict[str, object]:
    told = found.report
    period = told.now.period
    charts_ = [
        charts.area_chart(
            language,
            area,
            [one for one in months if one.first <= told.today] or months[:1],
            {name: getattr(told.now.areas[area], name) for name in COUNTED} | {"contacts": told.contacts[0]},
            found.contacts,
        )
        for area, months in found.months.items()
    ]
    wished = figure_words.wishes(language, told.wishes)
    times = charts.histogram(language, found.times)
    of_all = told.now.everything
    closed = frozenset(Area) - told.areas
    return {
        "charts": [one for one in charts_ if one.code not in closed],
        "closed_charts": [one for one in charts_ if one.code in closed],
        "contacts": figure_words.count_in_words(language, told.contacts[0]),
        "helped": figure_words.count_in_words(language, told.now.areas[Area.AFTERCARE].received),
        "asked_care": told.now.areas[Area.AFTERCARE].asked != 0,
        "gone": (of_all.people or 0) - (of_all.reached or 0) if None not in {of_all.people, of_all.reached} else 0,
        "times": times,
        "times_label": ", ".join(say(language, "figures.chart.times", name=one.name, count=one.count) for one in times),
        "heat": charts.heat(language, found.unfilled) if found.unfilled else None,
        "drawn": charts.course_map(language, found.courses, LEAST),
        "areas": [one for one in figure_words.areas(language, told) if one.code not in closed],
        "wishes": [row for row, one in zip(wished, told.wishes, strict=True) if one.count is not None],
        "wishes_few": [row for row, one in zip(wished, told.wishes, strict=True) if one.count is None],
        "least": LEAST,
        "firsts": figure_words.first_places(language, told.first_places),
        "not_over": period.last >= told.today,
        "data": address("v1", "figures", **{"from": period.first.isoformat(), "to": period.last.isoformat()}),
    }


def _day(text: str) -> date | None:
    """A day of the form; None for nothing. Raises InvalidValue."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidValue("not_a_date", value=text) from None


def _periods(today: date) -> list[tuple[str, date, date]]:
    """Periods to choose from, by name."""
    begin, end = _school_year(today)
    last_year = _school_year(begin - timedelta(days=1))
    return [("this_year", begin, end), ("last_year", *last_year), ("last_months", today - timedelta(days=90), today)]


def _school_year(today: date) -> tuple[date, date]:
    """The first and last day of the school year of a day."""
    year = today.year if today.month >= AUGUST else today.year - 1
    return date(year, AUGUST, 1), date(year + 1, AUGUST - 1, 31)
