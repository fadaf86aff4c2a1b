"""Whatever a server answers, it is read or refused in one sentence; and questions stop."""

from __future__ import annotations

from datetime import date
from itertools import count, islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.errors import InvalidValue
from matcher.sources import FORMS, read
from matcher.sources.documents import Remark
from matcher.sources.feed import Feed, pc4_ranges
from matcher.sources.servers import MOST_PAGES, PLAIN, documents
from tests.sources.documents import course_6, offering_6, program

TODAY = date(2027, 3, 1)
NAMES = (
    "items", "hasNextPage", "totalPages", "courseId", "programs", "status", "supplierId", "programId", "clientId",
    "lastChange", "data", "error", "courseOfferingId", "name",
)  # fmt: skip
ROOT = "https://bron.example/organizations/x/staticcatalogs/y"
SIGNS = st.sampled_from(["active", "inactive", "2027-01-01", "A", ""])
ANSWERS = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | SIGNS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=15,
)


@given(st.sampled_from(FORMS), st.lists(ANSWERS, min_size=1, max_size=4), st.booleans(), st.none() | st.just(TODAY))
def test_any_answer_is_read_or_refused(form: str, answers: list[Any], whole: bool, since: date | None) -> None:
    """Answers of any shape, over and over."""
    number = count()

    def ask(_: str, *, accept: str = PLAIN, body: object = None) -> object:
        return answers[next(number) % len(answers)]

    given_ = documents(form, ask, ROOT, since=since, today=TODAY, whole=whole)
    try:
        feed = read(form, islice(given_, 500), TODAY, provider="Noord")
    except InvalidValue as refused:
        assert refused.code in {"source_catalogue", "source_no_page", "source_endless"}  # noqa: PT017
    else:
        assert {(one.id, one.owner) for one in feed.upserts} <= feed.ids
    assert next(number) <= 5 * MOST_PAGES


@pytest.mark.parametrize("refused", [401, 403, 404, 406, 418, 503])
@pytest.mark.parametrize("form", FORMS)
def test_a_refusal_of_the_first_question_is_passed_on(form: str, refused: int) -> None:
    """None of them is taken for a source without courses."""

    def ask(_: str, *, accept: str = PLAIN, body: object = None) -> object:
        raise InvalidValue("source_not_there" if refused == 404 else "source_answer", status=refused)

    with pytest.raises(InvalidValue) as caught:
        list(documents(form, ask, ROOT, since=None, today=TODAY))
    assert caught.value.values["status"] == refused


def test_from_a_server_and_from_a_file_are_the_same() -> None:
    """What a server gives in pages is what its records give in one document."""
    course = course_6()
    pages: dict[str, object] = {
        "courses": {"items": [course], "hasNextPage": False},
        f"courses/{course['courseId']}/course-offerings": {"items": [offering_6()], "hasNextPage": False},
    }

    def ask(url: str, *, accept: str = PLAIN, body: object = None) -> object:
        path = url.removeprefix("https://bron.example/").partition("?")[0]
        if path not in pages:
            raise InvalidValue("source_not_there", status=404)
        return pages[path]

    asked = documents("oeapi", ask, "https://bron.example/", since=None, today=TODAY)
    server, file = read("oeapi", asked, TODAY), read("oeapi", [[course, offering_6()]], TODAY)
    assert (server.upserts, server.ids, server.remarks) == (file.upserts, file.ids, file.remarks)
    assert (server.lists, set(server.parts.values())) == ({"courses"}, {f"courses/{course['courseId']}"})


def test_edudex_from_a_server_and_from_a_file_are_the_same() -> None:
    entry = {"status": "active", "supplierId": "vechtdal", "programId": "WZ-1", "clientId": None, "lastChange": "2027"}
    answer = {"programs": [{"orgUnitId": "vechtdal", "programId": "WZ-1", "clientId": "public", "data": program()}]}

    def ask(_: str, *, accept: str = PLAIN, body: object = None) -> object:
        return answer if body else [entry]

    asked = read("edudex", documents("edudex", ask, ROOT, since=None, today=TODAY), TODAY)
    assert asked.upserts == read("edudex", [answer], TODAY).upserts


@pytest.mark.parametrize(
    ("region", "kept"),
    [("", "ABCD"), ("7400-8299", "AD"), ("7400-8299, 3512", "ABD"), ("3512", "BD"), ("9999", "D")],
)
def test_a_region_leaves_out_what_is_elsewhere(region: str, kept: str) -> None:
    """By postcode; what has none stays. What is left out is not of the source, and one remark counts it."""
    feed = Feed()
    for id_, pc4 in (("A", "8000"), ("B", "3512"), ("C", "1000"), ("D", None)):
        feed.add(id_, "x", {"title": id_, "pc4": pc4}, [Remark("no_day", "", id=id_)])
    feed.within(region)
    assert "".join(one.id for one in feed.upserts) == kept
    assert [one.row for one in feed.upserts] == list(range(1, len(kept) + 1))
    assert {id_ for id_, _ in feed.ids} == set(kept)
    counted = [one.values["count"] for one in feed.remarks if one.code == "outside"]
    assert counted == ([4 - len(kept)] if len(kept) < 4 else [])
    assert sum(one.code == "no_day" for one in feed.remarks) == len(kept)


@pytest.mark.parametrize("region", ["Zwolle", "8000-7000", "80000", "0800", "8000;9000", "8000-"])
def test_a_region_that_is_none(region: str) -> None:
    with pytest.raises(ValueError, match=region.strip()):
        pc4_ranges(region)
