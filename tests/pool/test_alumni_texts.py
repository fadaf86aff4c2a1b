"""The texts of alumni are read once, and give what reading each of them apart gives."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matcher.pool.alumni_texts import AlumniTexts
from matcher.pool.columns import CAN, SIDE_BITS, WANTS, code_of
from matcher.pool.rare_words import card_text, word_number, words_in
from matcher.pool.texts import can_text, wants_text
from tests.support.pair import alumnus
from tests.support.rare import rare_among

WORDS = st.lists(st.sampled_from(["lassen", "Lassen", "zorg", "één", "een", "MIG-lassen", "x", "4", "à"]), max_size=7)
TEXTS = st.builds(", ".join, WORDS)
PEOPLE = st.lists(st.tuples(st.sampled_from(["Noord", "Zuid"]), TEXTS, TEXTS), max_size=12)


@given(PEOPLE)
def test_what_is_read_at_once_is_what_each_text_says(stated: list[tuple[str, str, str]]) -> None:
    """Rare words, texts on cards and the words of each alumnus, in the lists of common and of rare ones."""
    people = [
        alumnus(key=number, alumnus_id=f"A-{number}", school=school, function=can or None, needs=wants or None)
        for number, (school, can, wants) in enumerate(stated, 1)
    ]
    read, rare = AlumniTexts(people), rare_among(people)
    assert read.rare() == rare
    assert read.can == list(map(can_text, people))
    assert read.wants == list(map(wants_text, people))
    can, wants = read.on_cards(rare)
    rows: dict[int, int] = {}
    many, few = read.held(lambda word: rows.setdefault(word_number(word), len(rows) + 3), rare)
    assert len(many) == len(few) == len(people)
    for place, person in enumerate(people):
        own = rare[code_of(person.school)]
        assert can[place] == card_text(can_text(person), own)
        assert wants[place] == card_text(wants_text(person), own)
        sides: dict[int, int] = {}
        for text, side in ((can_text(person), CAN), (wants_text(person), WANTS)):
            for number in map(word_number, words_in(text)):
                sides[number] = sides.get(number, 0) | side
        for lists, of_rare in ((many, False), (few, True)):
            wanted = sorted(rows[n] << SIDE_BITS | side for n, side in sides.items() if (n in own) == of_rare)
            assert np.array_equal(lists.row(place), wanted)
