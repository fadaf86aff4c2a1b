"""The table of kinds: complete, with numbers that stay as databases and snapshots hold them."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from matcher.domain.kinds import (
    HIGH_RISK,
    KIND_CODES,
    KINDS,
    NEEDS,
    OFFERED,
    OFFERING,
    PURPOSES,
    NeedKind,
    Purpose,
    RequestKind,
    check,
    mask_of,
    members_of,
    number_of,
)
from matcher.errors import ConfigurationError
from matcher.locale import LANGUAGES, Language, lookup
from matcher.matching import weights
from matcher.pool.columns import OFFERING_KIND

KIND_NUMBERS = {
    "guest_lesson": 0, "hybrid_teacher": 1, "mentor": 2, "network_event": 3, "bpv_place": 4, "regional_insight": 5,
    "ambassador": 6, "feedback": 7, "aftercare": 8, "offering": 9,
}  # fmt: skip
PURPOSE_NUMBERS = {
    "guest_lesson": 0, "hybrid_teacher": 1, "mentor": 2, "network_event": 3, "bpv_place": 4, "regional_insight": 5,
    "ambassador": 6, "feedback": 7, "aftercare": 8, "llo_advice": 9, "share_schools": 10, "share_employers": 11,
    "show_function": 12, "show_years": 13, "show_text": 14,
}  # fmt: skip
NEED_NUMBERS = {"course": 0, "coaching": 1, "work": 2, "further_study": 3, "network": 4, "none": 5}
AREAS = {
    "guest_lesson": "A", "hybrid_teacher": "A", "mentor": "A", "network_event": "A", "bpv_place": "B",
    "regional_insight": "B", "offering": "C", "ambassador": "D", "feedback": "E", "aftercare": "F",
}  # fmt: skip
WEIGHTS = Path(weights.__file__).parent / "weights.toml"


def test_numbers_are_those_that_databases_and_snapshots_hold() -> None:
    """No number of a kind, purpose or need that is in use has changed; a new one is added here too."""
    assert {code: kind.number for code, kind in KINDS.items()} == KIND_NUMBERS
    assert {purpose.value: line.number for purpose, line in PURPOSES.items()} == PURPOSE_NUMBERS
    assert {need.value: line.number for need, line in NEEDS.items()} == NEED_NUMBERS


def test_numbers_are_unique_and_those_of_offerings_collide_with_none() -> None:
    """Each number stands for one kind, and an offering has a number that no request kind has."""
    for numbers in (KIND_NUMBERS, PURPOSE_NUMBERS, NEED_NUMBERS):
        assert len(set(numbers.values())) == len(numbers)
    assert number_of(RequestKind.AFTERCARE) == 8
    assert OFFERING_KIND == KINDS[OFFERING].number == 9
    assert OFFERING_KIND not in {number_of(kind) for kind in RequestKind}
    assert [KINDS[code].number for code in KIND_CODES] == list(range(len(KINDS)))


def test_masks_fit_in_the_columns_of_the_pool() -> None:
    """Masks of consents and offers fit in 16 bits with a sign, those of needs in 8."""
    assert mask_of(frozenset(Purpose)) < 1 << 15
    assert mask_of(frozenset(RequestKind)) < 1 << 15
    assert mask_of(frozenset(NeedKind)) < 1 << 7


@pytest.mark.parametrize("members", [RequestKind, Purpose, NeedKind])
def test_a_mask_gives_back_its_members(members: type[RequestKind | Purpose | NeedKind]) -> None:
    """The mask of one member has the bit of its number, and `members_of` finds it again."""
    for member in members:
        assert mask_of(frozenset({member})) == 1 << number_of(member)
        assert members_of(members, 1 << number_of(member)) == (member,)
    assert members_of(members, mask_of(frozenset(members))) == tuple(members)


@pytest.mark.parametrize("code", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_has_what_depends_on_it(code: str, language: Language) -> None:
    """Each kind has weights, a purpose with words, words of its own in both languages, and a policy area."""
    assert code in tomllib.loads(WEIGHTS.read_text("utf-8"))["kinds"]
    assert weights.shipped().names[KINDS[code].number].split("@")[0] == code
    assert lookup(language, f"words.kind.{code}")
    assert lookup(language, f"words.purpose.{KINDS[code].purpose.value}")
    assert KINDS[code].area.value == AREAS[code]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_purpose_and_need_has_its_words(language: Language) -> None:
    """Each purpose and each need has its word on screen in both languages."""
    assert all(lookup(language, f"words.purpose.{purpose.value}") for purpose in Purpose)
    assert all(lookup(language, f"words.need.{need.value}") for need in NeedKind)


def test_every_request_kind_has_a_purpose_of_its_own() -> None:
    """Consent for one kind is never consent for another, nor for advice on courses."""
    purposes = [kind.purpose for kind in KINDS.values()]
    assert len(set(purposes)) == len(purposes)
    assert all(KINDS[kind].purpose.value == kind.value for kind in RequestKind)
    assert KINDS[OFFERING].purpose is Purpose.LLO_ADVICE


def test_risk_and_direction() -> None:
    """High risk: hybrid teachers, BPV places and aftercare. All request kinds but aftercare ask an alumnus to give."""
    assert {RequestKind.HYBRID_TEACHER, RequestKind.BPV_PLACE, RequestKind.AFTERCARE} == HIGH_RISK
    assert set(OFFERED) == set(RequestKind) - {RequestKind.AFTERCARE}


def test_a_tenth_kind_without_a_line_is_an_error_at_once() -> None:
    """A member that lacks a line, a line without a member, and a number that is used twice or skipped are refused."""
    with pytest.raises(ValueError, match="excursion"):
        check([*RequestKind, OFFERING, "excursion"], KIND_NUMBERS)
    following = len(KIND_NUMBERS)
    with pytest.raises(ValueError, match="excursion"):
        check([*RequestKind, OFFERING], KIND_NUMBERS | {"excursion": following})
    for number in (following - 1, following + 1):
        with pytest.raises(ValueError, match="each once"):
            check([*RequestKind, OFFERING, "excursion"], KIND_NUMBERS | {"excursion": number})
    check([*RequestKind, OFFERING, "excursion"], KIND_NUMBERS | {"excursion": following})


@pytest.mark.parametrize("code", KINDS)
def test_a_kind_without_weights_is_refused(code: str, tmp_path: Path) -> None:
    """Weights in which the part of a kind is absent cannot be read."""
    text = WEIGHTS.read_text("utf-8").replace(f"[kinds.{code}]", "[kinds.other]")
    path = tmp_path / "weights.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigurationError, match="weights_missing"):
        weights.read(path)
