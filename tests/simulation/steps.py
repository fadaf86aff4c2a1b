"""The steps of a history, and the seeded schedule that they come from.

Step `n` of a seed depends on those two numbers alone, not on the steps before it: so a history from which steps were
left out is a history too, and the shortest one that fails is a list of numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from matcher.domain.kinds import Purpose
from tests.simulation.region import KINDS_HERE, MADE, NUMBERS, PEOPLE, PROCESSES, REQUESTS, SCHOOLS, UNNUMBERED

ANSWERS = ("taken", "taken", "taken", "later", "refused", "unreachable", "unsure_taken", "unsure_lost")
"""What the mail server does with a message."""
FIELDS = ("paused_until", "max_asks_per_year", "offers", "email", "function", "needs", "need_kinds")
"""What an alumnus corrects."""
SETUP = 6
"""The first steps of every history fill the region."""


@dataclass(frozen=True)
class Step:
    """One thing that somebody does.

    `number` seeds its random keys; `process` does it, `later` seconds after the step before. `stop`: at which of the
    points that it passes the process stops, 0 for none. `meanwhile`: what another process does before write `at` of it.
    """

    verb: str
    number: int = 0
    process: int = 0
    later: float = 0
    stop: int = 0
    at: int = 0
    meanwhile: Step | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        """As it is written in a test: `do("invite", 12, process=1, request=3)`."""
        parts = [repr(self.verb), repr(self.number)]
        for name in ("process", "later", "stop", "at", "meanwhile"):
            value = getattr(self, name)
            parts += [f"{name}={value!r}"] if value else []
        parts += [f"{name}={value!r}" for name, value in self.values.items()]
        return f"do({', '.join(parts)})"


def do(verb: str, number: int = 0, **named: Any) -> Step:
    """A step by the names of its parts; any other name is one of its values."""
    parts = {name: named.pop(name) for name in ("process", "later", "stop", "at", "meanwhile") if name in named}
    return Step(verb, number, **parts, values=named)


# ---- what each verb needs to know, drawn at random


def _who(dice: Random) -> dict[str, Any]:
    return {"school": dice.randrange(len(SCHOOLS)), "person": dice.randrange(NUMBERS), "pick": dice.random() < 0.85}


def _by(dice: Random) -> dict[str, Any]:
    return {**_who(dice), "by": dice.choice(("alumnus", "alumnus", "coordinator", "operator"))}


def _number(dice: Random) -> int:
    """Of a request: from a list, or made here."""
    return int(dice.choice((*range(REQUESTS), *MADE)))


def _request(dice: Random) -> dict[str, Any]:
    return {"request": _number(dice), "top": dice.choice((1, 2, 5, 10, 200))}


def _rows(dice: Random) -> list[tuple[int, int]]:
    """Which people of a school are in a file, each with the version of what it says."""
    many = dice.choice((1, 2, 3, 5, 12))
    return [(number, dice.randrange(1, 9)) for number in sorted(dice.sample(range(NUMBERS), many))]


def _import(dice: Random) -> dict[str, Any]:
    return {
        "school": dice.randrange(len(SCHOOLS)),
        "rows": _rows(dice),
        "days": dice.choice((0, 0, 1, 10, 100, 300, None)),
        "twice": dice.random() < 0.3,
    }


def _listed(dice: Random, *, numbered: bool) -> dict[str, Any]:
    """One row of a school's own list."""
    cells = ("email", "functie", "vraag", "pauze_tot", "max_vragen_per_jaar", "aanbod", "toestemming")
    without = not numbered or dice.random() < 0.1
    return {
        "version": dice.randrange(1, 9),
        "without_number": without,
        "known": dice.random() < (0.75 if without else 0.4),
        "qualified": dice.random() < 0.4,
        "cells": {name: dice.randrange(3) for name in cells if dice.random() < 0.08},
        "left": dice.choice((None, None, None, -300, -40, -1, 20, 90)),
        "twice": dice.random() < 0.05,
        "damaged": dice.random() < 0.04,
    }


def _list(dice: Random) -> dict[str, Any]:
    """A school's own list: its columns, its rows, and what whoever imports accepts."""
    numbered = dice.random() < 0.7
    people = [*range(NUMBERS), *([] if numbered else UNNUMBERED)]
    chosen = sorted(dice.sample(people, dice.choice((1, 2, 3, 5, 8, 12, 30))))
    return {
        "school": dice.randrange(len(SCHOOLS)),
        "rows": [{"number": number, **_listed(dice, numbered=numbered)} for number in chosen],
        "words": dice.randrange(3),
        "without": [name for name in ("functie", "email", "vraag", "pauze_tot", "toestemming") if dice.random() < 0.1],
        "consent": dice.choice(("words", "words", "words", "empty", "nothing")),
        "days": dice.choice((0, 0, 1, 10, 100, None)),
        "accept": dice.choice(((), ("large_change",), ("large_change", "withdrawals"), ("withdrawals",))),
        "twice": dice.random() < 0.2,
        "by": dice.choice(("operator", "coordinator")),
        "at_once": dice.choice((2, 3, 1000)),
    }


def _send(dice: Random) -> dict[str, Any]:
    return {**_list(dice), "now": dice.random() < 0.4}


def _answer(dice: Random) -> dict[str, Any]:
    accepted = dice.choice((("large_change", "withdrawals"), ("large_change", "withdrawals"), (), ("withdrawals",)))
    more = {"write": dice.random() < 0.8, "stranger": dice.random() < 0.06, "accept": accepted}
    return {"nth": dice.choice((0, 0, 0, 1, 2, 5)), **more}


def _work(dice: Random) -> dict[str, Any]:
    return {"ends": dice.random() < 0.1}


def _old(dice: Random) -> dict[str, Any]:
    return {"nth": dice.randrange(3), "accept": dice.choice(((), ("large_change",), ("large_change", "withdrawals")))}


def _undo(dice: Random) -> dict[str, Any]:
    return {"nth": dice.choice((0, 0, 0, 1, 2, 5, 9)), "by": dice.choice(("operator", "coordinator", "stranger"))}


def _pair_of(dice: Random) -> dict[str, Any]:
    """Two people of a school."""
    return {
        "school": dice.randrange(len(SCHOOLS)),
        "first": dice.randrange(200),
        "second": dice.randrange(200),
        "alike": dice.random() < 0.6,
        "turn": dice.random() < 0.5,
        "by": dice.choice(("operator", "coordinator")),
    }


def _merge(dice: Random) -> dict[str, Any]:
    fields = ("last_name", "email", "function", "needs", "experience", "skills", "offers", "paused_until")
    chosen = {name: dice.choice(("kept", "gone")) for name in fields if dice.random() < 0.2}
    return {**_pair_of(dice), "chosen": chosen}


def _undo_merge(dice: Random) -> dict[str, Any]:
    return {"nth": dice.choice((0, 0, 0, 1, 2, 5)), "by": dice.choice(("operator", "coordinator", "stranger"))}


def _give(dice: Random) -> dict[str, Any]:
    more = (Purpose.LLO_ADVICE, Purpose.SHARE_SCHOOLS, Purpose.SHOW_FUNCTION)
    purpose = dice.choice((*(KINDS_HERE[kind].purpose for kind in KINDS_HERE), *more))
    return {**_by(dice), "purpose": purpose.value, "given": dice.random() < 0.6}


def _correct(dice: Random) -> dict[str, Any]:
    return {**_by(dice), "field": dice.choice(FIELDS), "choice": dice.randrange(6)}


def _invite(dice: Random) -> dict[str, Any]:
    more = {"reason": dice.random() < 0.6, "by": dice.choice(("teacher", "coordinator"))}
    return {**_who(dice), "request": _number(dice), "nth": dice.randrange(200), **more}


def _nth(dice: Random) -> dict[str, Any]:
    return {"nth": dice.randrange(200)}


def _reply(dice: Random) -> dict[str, Any]:
    more = ("", "", "", "", "", "later", "other_day", "question", "pause", "never_this", "not_now")
    chooses = dice.choice(("", "one", "one", "one", "wrong"))
    return {**_nth(dice), "accepts": dice.random() < 0.6, "more": dice.choice(more), "chooses": chooses}


def _deliver(dice: Random) -> dict[str, Any]:
    healthy = dice.random() < 0.4
    return {"answers": ["taken"] * 8 if healthy else [dice.choice(ANSWERS) for _ in range(dice.randrange(1, 9))]}


def _pair(dice: Random) -> dict[str, Any]:
    return {**_who(dice), "request": _number(dice), "declared": dice.random() < 0.6}


def _wish(dice: Random) -> dict[str, Any]:
    return {"school": dice.randrange(len(SCHOOLS)), "kind": dice.choice([kind.value for kind in KINDS_HERE])}


def _recommend(dice: Random) -> dict[str, Any]:
    return {**_who(dice), "target": dice.choice(("offerings", "requests")), "by": dice.choice(("alumnus", "adviser"))}


def _many(dice: Random) -> dict[str, Any]:
    return {**_invite(dice), "count": dice.choice((0, 1, 2, 3, 5))}


def _approve(dice: Random) -> dict[str, Any]:
    return {**_nth(dice), "by": dice.choice(("teacher", "coordinator", "coordinator"))}


def _make(dice: Random) -> dict[str, Any]:
    more = {"people": dice.choice((1, 1, 2, 3)), "days": dice.choice((None, None, 3, 12, 60))}
    moments = dice.choice(((), (), (4,), (10,), (3, 9), (9, 9, 20), (30, 31)))
    if moments:
        more["days"] = None
    return {**_nth(dice), "kind": dice.randrange(50), "copies": dice.random() < 0.25, **more, "moments": moments}


def _stop(dice: Random) -> dict[str, Any]:
    return {**_nth(dice), "how": dice.choice(("withdrawn", "held", "held", "not_held")), "absent": dice.random() < 0.4}


def _stop_mail(dice: Random) -> dict[str, Any]:
    level = dice.choice((None, "request", "request", "kind", "everything"))
    return {**_nth(dice), "level": level, "weekly": dice.choice((None, None, None, True, False))}


def _mail_in(dice: Random) -> dict[str, Any]:
    answer = dice.choice(("yes", "yes", "yes", "no", "no", "later", "stop", "doubt"))
    return {**_nth(dice), "answer": answer, "again": dice.random() < 0.3}


def _message(dice: Random) -> dict[str, Any]:
    purpose = dice.choice([line.purpose.value for line in KINDS_HERE.values()])
    function = dice.choice(("", "", "", "lasser", "kok"))
    return {**_school(dice), "purpose": purpose, "function": function, "questions": dice.random() < 0.5}


def _feedback(dice: Random) -> dict[str, Any]:
    return {"many": dice.choice((1, 4, 9)), "yes": dice.choice(("yes", "no")), "scale": str(dice.randrange(1, 6))}


def _queue(dice: Random) -> dict[str, Any]:
    by = dice.choice(("teacher", "coordinator", "coordinator"))
    return {**_invite(dice), "request": dice.choice((0, 1, 4, *MADE)), "pick": True, "by": by}


def _first(dice: Random) -> dict[str, Any]:
    said = {"wants": dice.randrange(16), "gives": dice.choice((0, 1, 3, 5, 511)), "asks": dice.choice((None, 0, 1, 3))}
    return {**_nth(dice), **said, "shown": dice.random() < 0.5, "objects": dice.random() < 0.15}


def _door(dice: Random) -> dict[str, Any]:
    more = {"of_class": dice.random() < 0.4, "closes": dice.random() < 0.25, "stranger": dice.random() < 0.1}
    return {**_school(dice), **more}


def _knock(dice: Random) -> dict[str, Any]:
    """Whether somebody of a list enters, with which address and number, and what else is said."""
    address = dice.choice(("own", "own", "own", "new", "new", "shared", "former", "erased"))
    said = {"of_list": dice.random() < 0.6, "numbered": dice.random() < 0.5, "own_number": dice.random() < 0.7}
    said |= {"student": dice.random() < 0.5, "young": dice.random() < 0.1}
    return {**_who(dice), **_nth(dice), "address": address, **said}


def _code(dice: Random) -> dict[str, Any]:
    """A wrong code at times comes in a row, so that it is one too many."""
    return {**_school(dice), **_nth(dice), "wrong": dice.random() < 0.35, "elsewhere": dice.random() < 0.15}


def _show_code(dice: Random) -> dict[str, Any]:
    """Mostly an adviser types it at once."""
    return {**_who(dice), "ends": dice.random() < 0.2, "typed": _code(dice) if dice.random() < 0.7 else None}


def _appointment(dice: Random) -> dict[str, Any]:
    more = {"hours": dice.choice((-1, 0, 1, 30, 300, 9000)), "off": dice.random() < 0.3}
    return {**_who(dice), **_nth(dice), **more, "talking": dice.random() < 0.6}


def _choose(dice: Random) -> dict[str, Any]:
    more = {"keeps": dice.random() < 0.75, "mails": dice.random() < 0.15, "note": dice.choice(("", "", "Past goed."))}
    return {**_who(dice), "course": dice.randrange(7), **more, "talking": dice.random() < 0.6}


def _not_for_me(dice: Random) -> dict[str, Any]:
    course = dice.choice((None, None, 0, 1, 2, 3, 6))
    return {**_who(dice), **_nth(dice), "course": course, "back": dice.random() < 0.3}


def _ask_about(dice: Random) -> dict[str, Any]:
    more = {"withdraws": dice.random() < 0.25, "looks": dice.random() < 0.5}
    return {**_who(dice), **_nth(dice), "request": _number(dice), **more}


def _answer_about(dice: Random) -> dict[str, Any]:
    return {**_nth(dice), "stranger": dice.random() < 0.15, "reads": dice.random() < 0.5}


def _areas(dice: Random) -> dict[str, Any]:
    """Which areas are closed: mostly none, so that they open again."""
    closes = dice.choice(("", "", "", "A", "B", "C", "D", "E", "F", "AD", "ABCDEF"))
    return {**_school(dice), "closes": closes}


def _rhythm(dice: Random) -> dict[str, Any]:
    """How often a school asks, and how its mail goes, for alumni who did not say."""
    return {**_school(dice), "asks": dice.choice(("1", "2", "4", "6")), "letter": dice.choice(("once", "weekly"))}


def _contact_of(dice: Random) -> dict[str, Any]:
    outcome = dice.choice(("work", "study", "none", "no_contact"))
    return {**_who(dice), **_nth(dice), "ago": dice.choice((0, 0, 3, 40, -2)), "outcome": outcome}


def _plan(dice: Random) -> dict[str, Any]:
    more = {"fairness": dice.choice((0.0, 0.5, 1.0)), "again": dice.random() < 0.5, "bans": dice.random() < 0.5}
    return {**_school(dice), **_nth(dice), **more}


def _approve_plan(dice: Random) -> dict[str, Any]:
    return {**_school(dice), "part": dice.choice((1, 2, 5)), "stranger": dice.random() < 0.1}


def _offer(dice: Random) -> dict[str, Any]:
    more = {"changes": dice.random() < 0.5, "empty": dice.random() < 0.1, "strange": dice.random() < 0.1}
    return {**_nth(dice), **more}


def _demand(dice: Random) -> dict[str, Any]:
    return {"request": dice.randrange(REQUESTS), "version": dice.randrange(1, 6)}


def _login(dice: Random) -> dict[str, Any]:
    return {"school": dice.randrange(len(SCHOOLS)), "staff": dice.randrange(3), "former": dice.random() < 0.3}


def _card(dice: Random) -> dict[str, Any]:
    """By which name a card is opened: mostly handles, of this request or another, of people who are here or were."""
    by = dice.choice(("handle", "handle", "handle", "any", "any", "gone", "number", "key", "changed"))
    use = dice.choice(("why", "why", "why", "invite", "conflict"))
    return {**_invite(dice), "named": by, "use": use, "by": dice.choice(("teacher", "teacher", "teacher", "stranger"))}


def _advise(dice: Random) -> dict[str, Any]:
    return {**_who(dice), "course": dice.randrange(6)}


def _school(dice: Random) -> dict[str, Any]:
    return {"school": dice.randrange(len(SCHOOLS))}


def _feed(dice: Random) -> dict[str, Any]:
    return {**_who(dice), **_nth(dice), "what": dice.choice(("new", "new", "end", "read", "read"))}


def _past(dice: Random) -> dict[str, Any]:
    """Rows of a list of the past: a number, what happened, how many days before the begin, and hours."""
    rows = [
        (
            dice.randrange(NUMBERS),
            dice.choice(("contributed", "benefited")),
            dice.randrange(1, 90),
            dice.randrange(1, 3),
        )
        for _ in range(dice.choice((1, 2, 4, 12)))
    ]
    return {**_school(dice), "rows": rows, "grows": dice.random() < 0.6, "twice": dice.random() < 0.3}


def _retain(dice: Random) -> dict[str, Any]:
    return {"even_so": dice.random() < 0.5}


def _server(dice: Random) -> dict[str, Any]:
    """What a server of courses has: some of twenty, each in a version, at times nearly nothing; or no answer."""
    most = dice.choice((0, 1, 1, 1, 12, 14, 16))
    rows = [(number, dice.randrange(1, 3)) for number in sorted(dice.sample(range(20), most))]
    more = {"fails": dice.random() < 0.15, "claims": dice.random() < 0.3, "house": dice.randrange(2)}
    return {"nth": dice.randrange(2), "rows": rows, **more}


def _kept_source(dice: Random) -> dict[str, Any]:
    return {"nth": dice.randrange(2), "bound": dice.choice((0, 0, 1, 2)), "stranger": dice.random() < 0.1}


def _source(name: str, share: float) -> Callable[[Random], dict[str, Any]]:
    return lambda dice: {"nth": dice.randrange(2), name: dice.random() < share}


def _vocabulary(dice: Random) -> dict[str, Any]:
    return {"version": dice.choice(("1.1", "1.1", "1.2", "1.2", None)), "stranger": dice.random() < 0.1}


def _label(dice: Random) -> dict[str, Any]:
    """A word of this region, a skill, and whether it means that: yes, no, or as if nothing was said."""
    says = dice.choice((True, True, False, False, False, None))
    return {"word": dice.randrange(5), "skill": dice.randrange(6), "says": says}


def _decision(dice: Random) -> dict[str, Any]:
    return {**_school(dice), **_label(dice)}


def _own_word(dice: Random) -> dict[str, Any]:
    own = {"own": dice.random() < 0.85, "fits": dice.random() < 0.85}
    return {**_who(dice), **_nth(dice), **_label(dice), **own}


def _students(dice: Random) -> dict[str, Any]:
    return {**_school(dice), "rows": _rows(dice), "twice": dice.random() < 0.3}


def _recognised(dice: Random) -> dict[str, Any]:
    """Which company, for which programme, yes or no, how many days ago that was asked, and how long it lasts."""
    rows = [
        (
            dice.randrange(3),
            dice.randrange(2),
            dice.random() < 0.6,
            dice.choice((0, 0, 5, 40)),
            dice.choice((None, None, -1, 90)),
        )
        for _ in range(dice.choice((1, 1, 2, 4)))
    ]
    return {"rows": rows}


VERBS: Mapping[str, tuple[int, bool, Callable[[Random], dict[str, Any]]]] = {
    # readings
    "look_in_session": (30, False, _nth),
    "use_token": (20, False, _nth),
    "see_questions": (60, False, _who),
    "see_states": (50, False, _request),
    "see_mail": (40, False, _nth),
    "see_log": (10, False, _school),
    "see_requests": (12, False, _school),
    "see_figures": (5, False, _school),
    "see_stay": (15, False, _who),
    "open_card": (30, True, _card),
    "advise_why": (8, True, _advise),
    "list_advised": (6, True, _school),
    # rankings
    "match": (18, True, _request),
    "match_unsaved": (4, True, _wish),
    "recommend": (6, True, _recommend),
    "audience": (4, True, _wish),
    "why": (5, True, _invite),
    # writes
    "give": (34, True, _give),
    "object": (12, True, lambda dice: {**_by(dice), "objects": dice.random() < 0.5}),
    "correct": (22, True, _correct),
    "keep": (6, True, _by),
    "read_person": (4, True, _by),
    "invite": (20, True, _invite),
    "queue": (26, True, _queue),
    "take_back": (10, True, _nth),
    "approve": (10, True, _approve),
    "invite_many": (3, True, _many),
    "write_to_all": (3, True, _request),
    "move_request": (8, True, lambda dice: {"request": _number(dice), "days": dice.choice((-1, 1, 5, 12, 40))}),
    "remind_by_hand": (8, True, _nth),
    "make_request": (12, True, _make),
    "stop_request": (5, True, _stop),
    "reply": (34, True, _reply),
    "reply_by_link": (10, True, _reply),
    "weekly": (10, True, lambda dice: {**_who(dice), "weekly": dice.random() < 0.7}),
    "stop_mail": (6, True, _stop_mail),
    "resume_mail": (5, True, _who),
    "add_calendar": (3, True, lambda dice: {**_who(dice), "days": dice.choice((1, 10, 40))}),
    "subscribe_calendar": (3, True, lambda dice: {**_who(dice), "nth": dice.randrange(3)}),
    "feed": (5, True, _feed),
    "remove_calendar": (3, True, _nth),
    "refresh_calendars": (3, True, _retain),
    "object_aftercare": (8, True, lambda dice: {**_by(dice), "objects": dice.random() < 0.7}),
    "decide_aftercare": (4, True, lambda dice: {**_nth(dice), "upheld": dice.random() < 0.5}),
    "write_message": (4, True, _message),
    "approve_message": (6, True, lambda dice: {**_nth(dice), "second": dice.random() < 0.6}),
    "undo_message": (2, True, _nth),
    "answer_feedback": (8, True, _feedback),
    "see_feedback": (5, False, _school),
    "mail_in": (22, True, _mail_in),
    "bounce": (5, True, lambda dice: {**_nth(dice), "for_good": dice.random() < 0.8, "right": dice.random() < 0.6}),
    "read_replies": (10, True, lambda dice: {**_mail_in(dice), **_school(dice)}),
    "campaign": (5, True, lambda dice: {**_school(dice), "wrong": dice.choice((0, 0, 0, 0, 1))}),
    "answer_first": (12, True, _first),
    "open_door": (6, True, _door),
    "knock": (14, True, _knock),
    "confirm_door": (20, True, _nth),
    "show_code": (14, True, _show_code),
    "type_code": (12, True, _code),
    "make_appointment": (6, True, _appointment),
    "choose_course": (8, True, _choose),
    "not_for_me": (6, True, _not_for_me),
    "ask_about_list": (8, True, _ask_about),
    "answer_about_list": (6, True, _answer_about),
    "choose_areas": (6, True, _areas),
    "choose_rhythm": (4, True, _rhythm),
    "say_meaning": (10, True, _own_word),
    "decide_label": (6, True, _decision),
    "note_contact": (10, True, _contact_of),
    "correct_contact": (4, True, _nth),
    "see_register": (4, True, _school),
    "make_plan": (4, True, _plan),
    "approve_plan": (6, True, _approve_plan),
    "save_offer": (4, True, _offer),
    "count_reach": (3, True, _nth),
    "conflict": (8, True, _pair),
    "contact": (8, True, _request),
    "list_alumni": (4, True, _school),
    "ask_link": (14, True, _who),
    "enter_by_link": (10, True, _nth),
    "log_in": (8, True, _login),
    "log_out": (5, True, _nth),
    "new_token": (3, True, _school),
    "revoke_token": (2, True, _nth),
    # jobs and the operator
    "deliver": (40, True, _deliver),
    "advance": (26, True, lambda _: {}),
    "retry_mail": (4, True, _nth),
    "drop_mail": (4, True, _nth),
    "retain": (7, True, _retain),
    "erase": (3, True, _by),
    "import_alumni": (6, True, _import),
    "import_list": (6, True, _list),
    "import_old": (2, True, _old),
    "undo_import": (6, True, _undo),
    "send_list": (7, True, _send),
    "answer_list": (10, True, _answer),
    "work_list": (22, True, _work),
    "discard_list": (1, True, _undo),
    "undo_list": (6, True, _undo),
    "see_possible": (8, True, _pair_of),
    "differ": (2, True, _pair_of),
    "merge": (9, True, _merge),
    "undo_merge": (7, True, _undo_merge),
    "take_vocabulary": (4, True, _vocabulary),
    "sync_students": (4, True, _students),
    "recognise": (3, True, _recognised),
    "import_request": (3, True, _demand),
    "import_course": (2, True, lambda dice: {"course": dice.randrange(6), "version": dice.randrange(1, 6)}),
    "change_server": (12, False, _server),
    "keep_source": (6, True, _kept_source),
    "switch_source": (5, True, _source("on", 0.8)),
    "remove_source": (1, True, _source("close", 0.5)),
    "ask_source": (10, True, _source("trial", 0.2)),
    "agree_source": (8, True, _source("wrong", 0.1)),
    "read_sources": (26, True, lambda _: {}),
    "sync_source": (4, True, _source("agreed", 0.3)),
    "export": (2, True, _school),
    "import_past": (4, True, _past),
    "correct_past": (4, True, _nth),
    "save_firsts": (4, True, lambda _: {}),
    "recommend_all": (1, True, lambda _: {}),
    "replay": (3, False, _nth),
    "simulate": (2, False, lambda _: {}),
    "rotate_keys": (1, True, lambda _: {}),
    "restart": (3, False, lambda _: {}),
    "backup": (3, True, lambda _: {}),
    "rehearse": (1, True, _nth),
    "restore": (2, True, _nth),
}
"""Every verb: how often it comes, whether it writes (and so may stop halfway or be interleaved), and what it draws."""

_SHARES = (2, 2, 6)
"""How much of all work each process does: most by the one that keeps no snapshots, so that the others fall behind."""
_NAMES = list(VERBS)
_WEIGHTS = [VERBS[name][0] for name in _NAMES]
_BETWEEN = (
    *("give", "give", "object", "correct", "erase", "invite", "invite", "reply", "deliver", "import_alumni"),
    *("queue", "take_back", "approve", "advance", "reply", "weekly", "stop_mail", "answer_first", "mail_in", "bounce"),
    *("approve_message", "choose_areas", "choose_rhythm", "confirm_door", "move_request", "approve_plan", "show_code"),
    *("conflict", "drop_mail", "retain", "keep", "keep", "import_list", "undo_import"),
    *("merge", "merge", "undo_merge", "answer_list", "work_list", "discard_list"),
    *("switch_source", "keep_source", "remove_source", "read_sources", "sync_source"),
    *("take_vocabulary", "decide_label", "say_meaning", "sync_students"),
)
"""What another process may do between two writes of a step: what the step may rest on, mostly about the same person."""
_RESTS = frozenset({"invite", "reply", "reply_by_link", "deliver", "retain", "erase", "contact"})
_RESTS |= {"approve_message", "mail_in", "campaign", "answer_first", "queue", "take_back", "approve", "advance"}
_RESTS |= {"confirm_door", "show_code", "choose_course", "make_appointment", "make_plan", "approve_plan"}
_RESTS |= {
    "move_request",
    "remind_by_hand",
    "note_contact",
    "stop_request",
    "import_list",
    "undo_import",
    "merge",
    "undo_merge",
    "work_list",
    "read_sources",
    "sync_source",
    "decide_label",
    "say_meaning",
    "sync_students",
}
"""The verbs whose write rests on what was read before it: others come in between more often."""
_ROUND_MAIL = (2, 3, 4, 5, 5, 6, 6, 7, 7, 8)
"""Where the sender of mail stops: mostly between the mail server and the note of what it answered."""
_HALFWAY = frozenset({"deliver", "import_list", "work_list", "read_sources"})
"""The verbs that stop halfway more often."""
_WRITES = {
    "work_list": (2, 2, 3),
    "read_sources": (2, 3, 3, 4),
    **dict.fromkeys(("retain", "deliver", "import_list"), (1, 1, 2, 3, 4)),
}
"""The verbs of many writes, and before which others come in: a list is taken with one and read after that."""


def step_of(seed: int, number: int) -> Step:
    """Step `number` of a seed."""
    if number < SETUP:
        return _setup(number)
    dice = Random(f"{seed} {number}")
    verb = dice.choices(_NAMES, _WEIGHTS)[0]
    later = _later(dice)
    process = dice.choices(range(PROCESSES), _SHARES)[0]
    _, writes, draw = VERBS[verb]
    values = draw(dice)
    chance = dice.random() if writes else 1.0
    if chance < (0.12 if verb in _HALFWAY else 0.03):
        stop = dice.choice(_ROUND_MAIL) if verb == "deliver" else dice.randrange(1, 9)
        return Step(verb, number, process, later, stop=stop, values=values)
    if chance < (0.25 if verb in _RESTS else 0.07):
        other = dice.choice(_BETWEEN)
        about = {**VERBS[other][2](dice), "same": dice.random() < 0.8}
        between = Step(other, number, (process + 1) % PROCESSES, values=about)
        return Step(
            verb,
            number,
            process,
            later,
            at=dice.choice(_WRITES.get(verb, (1, 1, 1, 2))),
            meanwhile=between,
            values=values,
        )
    return Step(verb, number, process, later, values=values)


def _later(dice: Random) -> float:
    """Seconds until a step: mostly moments, at times hours, now and then days."""
    chance = dice.random()
    if chance < 0.6:
        return round(dice.uniform(0, 60), 3)
    if chance < 0.87:
        return round(dice.uniform(60, 7200), 3)
    return round(dice.uniform(7200, 86_400 if chance < 0.975 else 5 * 86_400), 3)


def _setup(number: int) -> Step:
    """The region as it begins: three schools with their alumni, what they ask, and courses."""
    if number < len(SCHOOLS):
        rows = [(person, 0) for person in range(PEOPLE)]
        return do("import_alumni", number, school=number, rows=rows, days=30, twice=False)
    if number == 3:
        return do("import_request", number, request=None, version=0)
    if number == 4:
        return do("import_course", number, course=None, version=0)
    return do("log_in", number, school=0, staff=0, former=False)
