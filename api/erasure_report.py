"""The outcome of an erasure in sentences: for the command line, programs, and the page of an alumnus."""

from __future__ import annotations

from collections.abc import Iterable

from matcher.locale import Language, say
from matcher.ports import Cleanness, Place
from matcher.repositories.values import OtherNumber
from matcher.services.erasure import Erased

_BY_HAND = {"copies_left", "mentioned", "mentioned_elsewhere"}
"""Places that no program finishes."""


def sentences(language: Language, erased: Erased) -> list[str]:
    """What was erased, where nothing was found, what is not finished and what finishes it, and what cannot be seen."""
    clean = [_place(language, place.code) for place in erased.places if place.state is Cleanness.CLEAN]
    if erased.found_in:
        first = still_found(language, erased.found_in)
    elif erased.unfinished:
        first = say(language, "erasure.said.unfinished", revision=str(erased.revision))
    else:
        places = ", ".join([_place(language, "alumni"), *clean])
        first = say(language, "erasure.said.clean", revision=str(erased.revision), places=places)
    return [
        first,
        *unfinished(language, erased.places),
        *unseen(language, erased.places),
        *same_person(language, erased.others),
    ]


def still_found(language: Language, codes: Iterable[str]) -> str:
    """That an erased alumnus was still found, and in which places."""
    return say(language, "erasure.said.found", places=", ".join(_place(language, code) for code in codes))


def in_words(language: Language, place: Place) -> str:
    """A place that is not finished, with what finishes it, or one that cannot be seen."""
    return say(language, f"erasure.{place.state}.{place.code}", **place.values)


def unfinished(language: Language, places: Iterable[Place]) -> list[str]:
    """What is not finished, and what finishes it."""
    return [in_words(language, place) for place in places if place.state is Cleanness.UNFINISHED]


def unseen(language: Language, places: Iterable[Place]) -> list[str]:
    """The places that cannot be seen: one sentence, or none."""
    hidden = [in_words(language, place) for place in places if place.state is Cleanness.UNSEEN]
    return [say(language, "erasure.said.unseen", places="; ".join(hidden))] if hidden else []


def same_person(language: Language, others: Iterable[OtherNumber]) -> list[str]:
    """That others may be the same person: one sentence, or none."""
    named = [_other(language, other) for other in others]
    return [say(language, "erasure.said.others", others="; ".join(named))] if named else []


def for_the_erased(language: Language, erased: Erased) -> list[str]:
    """The same for the page of the alumnus that was erased: no command, no name of a file."""
    state = "found" if erased.found_in else "unfinished" if erased.unfinished else "clean"
    lines = [say(language, f"erasure.page.{state}"), say(language, "erasure.page.unseen")]
    if any(place.code in _BY_HAND for place in erased.unfinished):
        lines.insert(1, say(language, "erasure.page.by_hand"))
    return [*lines, *own_others(language, "others", erased.others)]


def own_others(language: Language, key: str, others: Iterable[OtherNumber]) -> list[str]:
    """The other numbers of an alumnus with the same address: one sentence, or none."""
    named = [f"{other.alumnus_id} ({other.school})" for other in others]
    return [say(language, f"erasure.page.{key}", others="; ".join(named))] if named else []


def _place(language: Language, code: str) -> str:
    return say(language, f"erasure.places.{code}")


def _other(language: Language, other: OtherNumber) -> str:
    because = ", ".join(say(language, f"erasure.same.{name}") for name in other.because)
    return say(language, "erasure.said.other", id=other.alumnus_id, school=other.school, because=because)
