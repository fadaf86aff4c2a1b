"""Every code of the store has its sentence in both languages, with only placeholders that the code fills."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

import matcher.store
from matcher.locale import LANGUAGES, Language, area, say

VALUES: dict[str, dict[str, object]] = {
    "database_failed": {"database": "x.db", "problem": "DataError"},
    "database_url_invalid": {},
    "database_in_memory": {},
    "database_url_unsupported": {"scheme": "mysql"},
    "store_newer": {"version": "0002", "known": "0001"},
    "owner_as_known": {"owner": "ROC Noord"},
    "kept_stated": {"field": "telefoon"},
    "own_field_unknown": {"name": "Hobby"},
    "merged_person_twice": {"id": "A-1", "other": 3},
    "zeros_differ": {"id": "0012", "known": "12"},
    "consent_stays_withdrawn": {"purpose": "mentor", "withdrawn_on": date(2027, 3, 1)},
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_sentence(language: Language) -> None:
    """The codes in the source of the store are the keys of `store.toml`, and each sentence can be filled in."""
    source = "".join(path.read_text() for path in Path(matcher.store.__file__).parent.glob("*.py"))
    warnings = "kept_stated|erased_before|asker_erased_before|same_person_twice|owner_as_known|consent_stays_withdrawn"
    warnings += "|own_field_unknown|zeros_differ|merged_person_twice"
    codes = set(re.findall(rf'"((?:database|store)_[a-z_]+|{warnings})"', source))
    keys = {f"{group}.{code}" for group, sentences in area(language, "store").items() for code in sentences}
    assert {key.split(".")[1] for key in keys} == codes
    for key in keys:
        sentence = say(language, f"store.{key}", **VALUES.get(key.split(".")[1], {"database": "x.db"}))
        assert sentence.endswith(".")
        assert "{" not in sentence
