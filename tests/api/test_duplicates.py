"""Possible duplicates in pages and commands: a person compares, merges, undoes, or says that they are two people."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from matcher.domain.own_fields import OwnKind, OwnSpec
from matcher.domain.records import Alumnus, RecordKind
from matcher.policy import COMMAND_LINE, Role
from matcher.repositories.values import Upsert
from matcher.services import duplicates, imports
from tests.api.conftest import app_in, runner
from tests.api.test_importing import browser_of, plain
from tests.support import stores
from tests.support.region import engine_in
from tests.support.stores import reading, upsert, writing

PAIR = {"een": "D-1", "twee": "D-2", "school": "Noord"}
ALUMNI = RecordKind.ALUMNI
ROWS = [
    Upsert(2, "D-1", "Noord", {"first_name": "Noor", "email": "noor@x.example", "town": "Zwolle"}),
    Upsert(3, "D-2", "Noord", {"first_name": "Noor", "email": "NOOR@x.example", "town": "Kampen", "sector": "zorg"}),
]


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    made = app_in(tmp_path, login="demo")
    browser_of(made)
    upsert(made.state.held.store, ALUMNI, ROWS)
    yield made
    made.state.held.store.close()


def submit(browser: TestClient, page: str, action: str, **fields: str) -> Any:
    """Posts the form of a page with this action: what it holds, and these fields."""
    (form,) = [one for one in re.findall(r"<form.*?</form>", page, re.DOTALL) if f'action="{action}"' in one][:1]
    inputs = re.findall(r"<input[^>]*>", form)
    values = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', " ".join(one for one in inputs if "hidden" in one)))
    ticked = [one for one in inputs if " checked" in one]
    values |= dict(re.findall(r'name="([^"]+)" value="([^"]*)"', " ".join(ticked)))
    return browser.post(action, data={**{name: html.unescape(value) for name, value in values.items()}, **fields})


def alumnus(app: FastAPI, number: str) -> Alumnus:
    store = app.state.held.store
    (record,) = reading(store).records.find(ALUMNI, number, "Noord")
    assert isinstance(record, Alumnus)
    return record


def test_two_are_merged_and_are_two_again(app: FastAPI) -> None:
    """From the home page to the pair, row by row, to one alumnus, and back with one button."""
    browser = browser_of(app)
    assert 'href="/dubbelen"' in browser.get("/").text
    listed = browser.get("/dubbelen").text
    assert "D-1 en D-2" in listed
    assert "hetzelfde e-mailadres" in listed
    page = browser.get("/dubbelen/vergelijk", params=PAIR).text
    assert "noor@x.example" in page
    assert "<script" not in page.partition("<main")[2].partition("</main>")[0]
    refused = submit(browser, page, "/dubbelen/voeg-samen")
    assert refused.status_code == 422
    assert "Er is niets samengevoegd" in plain(refused.text)
    done = submit(browser, page, "/dubbelen/voeg-samen", zeker="ja", **{"veld.town": "twee"})
    assert "Samengevoegd." in done.text
    assert (alumnus(app, "D-1").town, alumnus(app, "D-1").sector) == ("Kampen", "zorg")
    undone = submit(browser, done.text, "/dubbelen/ongedaan")
    assert "precies zoals ze waren" in undone.text
    assert (alumnus(app, "D-1").town, alumnus(app, "D-2").town) == ("Zwolle", "Kampen")


def test_what_the_school_keeps_itself_stands_beside_each_other(app: FastAPI) -> None:
    """Own fields of both, also personal ones, and which goes first; nothing where neither has any."""
    browser, store = browser_of(app), app.state.held.store
    assert "wat je school zelf bijhoudt" not in plain(browser.get("/dubbelen/vergelijk", params=PAIR).text).lower()
    for name in ("Kleur", "Club"):
        writing(store).own_fields.add("Noord", OwnSpec(name, OwnKind.TEXT))
    own = [{"own:Kleur": "paarsgroen"}, {"own:Kleur": "geelwit", "own:Club": "Zwaluw"}]
    upsert(store, ALUMNI, [replace(row, values=values) for row, values in zip(ROWS, own, strict=True)])
    page = plain(browser.get("/dubbelen/vergelijk", params=PAIR).text)
    assert re.search(r"Kleur\s+paarsgroen\s+geelwit", page)
    assert re.search(r"Club\s+leeg\s+Zwaluw", page)
    assert "wat het nummer heeft dat blijft, gaat voor" in page


def test_the_other_number_may_stay(app: FastAPI) -> None:
    """Whoever chooses the second number keeps it, with the sides as they were on the page."""
    browser = browser_of(app)
    page = browser.get("/dubbelen/vergelijk", params=PAIR).text
    submit(browser, page, "/dubbelen/voeg-samen", zeker="ja", blijft="twee")
    assert alumnus(app, "D-2").town == "Zwolle"
    assert reading(app.state.held.store).records.find(ALUMNI, "D-1", "Noord") == []


def test_two_people_are_not_shown_again(app: FastAPI) -> None:
    """The button says so, and the pair is gone from list and home page."""
    browser = browser_of(app)
    page = browser.get("/dubbelen/vergelijk", params=PAIR).text
    assert "dit zijn twee mensen" in submit(browser, page, "/dubbelen/verschillend").text
    assert "D-1 en D-2" not in browser.get("/dubbelen").text


def test_only_the_coordinator_of_the_school_sees_them(app: FastAPI) -> None:
    """A teacher may not; to another school they do not exist."""
    assert browser_of(app, Role.TEACHER).get("/dubbelen").status_code == 403
    elsewhere = browser_of(app, school="Zuid")
    assert "D-1" not in elsewhere.get("/dubbelen").text
    assert elsewhere.get("/dubbelen/vergelijk", params={**PAIR, "school": ""}).status_code == 404


def test_the_commands_do_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """list, merge and undo; what was changed since is exit code 1 and named."""
    engine = engine_in(tmp_path, cache=tmp_path / "cache")
    store, run = engine.store, runner(engine, capsys)
    upsert(store, ALUMNI, ROWS)
    code, out, _ = run("duplicates", "list", "--school", "Noord", "--format", "json")
    found = {"school": "Noord", "first": "D-1", "second": "D-2", "because": ["email"]}
    assert (code, found in json.loads(out)["pairs"]) == (0, True)
    code, out, _ = run("duplicates", "merge", "D-1", "D-2", "--school", "Noord", "--format", "json")
    merge_id = json.loads(out)["merge_id"]
    stores.write(store, lambda tx: tx.people.correct(stores.key_of(store, ALUMNI, "D-1", "Noord"), "town", "Ommen"))
    code, out, _ = run("duplicates", "undo", merge_id)
    assert (code, "town" in out) == (1, True)
    code, _, problem = run("duplicates", "undo", merge_id)
    assert (code, merge_id in problem) == (2, True)


def test_the_same_list_twice_makes_no_second_person(app: FastAPI, tmp_path: Path) -> None:
    """After a merge the school sends its list again, unchanged: nobody is new, and the choices stay."""
    store = app.state.held.store
    path = tmp_path / "list.csv"
    path.write_text(
        "alumnus_id;voornaam;email;plaats\nD-1;Noor;noor@x.example;Zwolle\nD-2;Noor;noor@x.example;Kampen\n"
    )
    held = app.state.held.app
    duplicates.merge(held, COMMAND_LINE, "D-1", "D-2", school="Noord")
    for _ in range(2):
        report = imports.import_records(held, COMMAND_LINE, path, ALUMNI, school="Noord")
        assert (report.created, alumnus(app, "D-1").town) == (0, "Zwolle")
    assert reading(store).records.find(ALUMNI, "D-2", "Noord") == []


def test_many_pairs_are_read_by_page(app: FastAPI) -> None:
    """Fifty to a page, each pair once, and nothing beyond the last."""
    rows = [
        Upsert(2 * number + side, f"M-{number}-{side}", "Noord", {"first_name": "Noor", "email": f"{number}@m.example"})
        for number in range(60)
        for side in (0, 1)
    ]
    upsert(app.state.held.store, ALUMNI, rows)
    browser = browser_of(app)
    pages = [browser.get("/dubbelen", params={"bladzijde": number}) for number in (1, 2, 3)]
    links = [re.findall(r'href="(/dubbelen/vergelijk[^"]*)"', page.text) for page in pages]
    assert [len(found) for found in links] == [50, 11, 0]
    assert len({*links[0], *links[1]}) == 61
    assert pages[2].status_code == 404
