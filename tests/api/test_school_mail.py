"""The weekly letter and the contact of a school, end to end: by SMTP, in both languages of the pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from fastapi import FastAPI

from matcher.policy import Asker, Role
from matcher.services import school_settings, subscriptions
from tests.api.conftest import browser_of, plain, sent
from tests.api.test_digest import ask, at, states
from tests.api.test_inbox import House, alumnus_of, body, open_house

COORDINATOR, OTHER = Asker(9, Role.COORDINATOR, "Noord"), Asker(10, Role.COORDINATOR, "Zuid")
WEDNESDAY, MONDAY = datetime(2027, 3, 3), datetime(2027, 3, 8, 8)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """The region on a Wednesday; nobody chose how mail goes."""
    with open_house(tmp_path) as house:
        at(house, WEDNESDAY)
        yield house


def choose(house: House, step: str, asker: Asker = COORDINATOR, **values: str) -> None:
    school_settings.choose(house.app, asker, step, {name: [value] for name, value in values.items()})


def test_who_did_not_choose_gets_the_letter_on_the_day_of_the_school(house: House) -> None:
    """Not a day before; once the school takes it back, the next question goes by itself."""
    choose(house, "rhythm", letter="weekly", letter_day="thu")
    ask(house, "R-8")
    ask(house, "R-9")
    assert house.deliver() == []
    at(house, datetime(2027, 3, 4, 8))
    (letter,) = house.deliver()
    assert letter["Subject"] == "Je mail van deze week"
    rhythm = subscriptions.rhythm(house.app, alumnus_of(house))
    assert (rhythm.weekly, rhythm.own, rhythm.when.weekday) == (True, False, 3)
    choose(house, "rhythm", letter="once")
    ask(house, "R-10")
    assert len(house.deliver()) == 1


def test_the_own_word_wins_from_either_side(house: House) -> None:
    """Who wants each by itself gets it so, also where the school chose later; and the other way round."""
    me = alumnus_of(house)
    assert subscriptions.choose_weekly(house.app, me, weekly=True)
    assert subscriptions.choose_weekly(house.app, me, weekly=False)
    choose(house, "rhythm", letter="weekly")
    assert not subscriptions.rhythm(house.app, me).weekly
    ask(house, "R-8")
    assert len(house.deliver()) == 1
    assert subscriptions.choose_weekly(house.app, me, weekly=True)
    choose(house, "rhythm", letter="once", letter_day="mon")
    ask(house, "R-9")
    assert house.deliver() == []
    assert states(house)["digest"] == ["waiting"]
    at(house, MONDAY)
    assert len(house.deliver()) == 1


def test_another_school_changes_nothing(house: House) -> None:
    """What Zuid chooses is for alumni of Zuid."""
    choose(house, "rhythm", OTHER, letter="weekly")
    choose(house, "privacy", OTHER, contact_mail="fg@zuid.example")
    ask(house, "R-8")
    (mail,) = house.deliver()
    assert "fg@zuid.example" not in body(mail)


def test_every_mail_says_whom_to_ask(house: House) -> None:
    """A question by itself and a letter of the week, in text and in HTML, once; none where the school does not say."""
    ask(house, "R-7")
    (mail,) = house.deliver()
    assert "Vraag over je gegevens" not in body(mail)
    choose(house, "privacy", contact="de FG", contact_mail="fg@noord.example")
    ask(house, "R-8")
    (mail,) = house.deliver()
    told = "Vraag over je gegevens? Mail de FG: fg@noord.example."
    assert body(mail).count(told) == 1
    parts = [cast("bytes", part.get_payload(decode=True)) for part in mail.walk() if not part.is_multipart()]
    assert [told in part.decode() for part in parts] == [True, True], "in text and HTML"
    choose(house, "rhythm", letter="weekly")
    house.clock.advance(timedelta(minutes=1))
    ask(house, "R-9")
    ask(house, "R-10")
    assert house.deliver() == []
    at(house, MONDAY)
    (letter,) = house.deliver()
    assert body(letter).count("fg@noord.example") == 1


IN_BOTH = {
    "nl": ("Vraag over je gegevens? Mail fg@noord.example.", "Zo heeft je school het gekozen", "op woensdag"),
    "en": ("A question about your data? Mail fg@noord.example.", "Your school chose this", "on Wednesday"),
}


def test_pages_of_an_alumnus_say_it(web: FastAPI) -> None:
    """In both languages: whom to ask, and how mail goes by the school until they choose otherwise."""
    coordinator = browser_of(web)
    me = browser_of(web, Role.ALUMNUS, alumnus="A-2")
    assert "Vraag over je gegevens" not in plain(me.get("/mij/gegevens").text)
    sent(coordinator, "/inrichten/privacy", contact_mail="fg@noord.example", basis="interest", keep="12")
    sent(coordinator, "/inrichten/rhythm", asks="6", letter="weekly", letter_day="wed")
    assert 'name="keer" value="6" checked' in me.get("/mij").text, "the number of the school, until they say another"
    for language, (asked, own, day) in IN_BOTH.items():
        assert asked in plain(me.get(f"/mij/gegevens?lang={language}").text)
        page = plain(me.get(f"/mij/toestemming?lang={language}").text)
        assert own in page
        assert day in page
    sent(me, "/mij/ritme", week="false")
    for language, (_, own, _) in IN_BOTH.items():
        assert own not in plain(me.get(f"/mij/toestemming?lang={language}").text)
    assert me.get("/mij/gegevens.json").json()["mail_each"] is not None
