"""A VUM profile of one person: valid, and with nothing that is not kept."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from matcher.exchange.vum import profile

TEXT = {"type": "string", "minLength": 1, "maxLength": 2000}
NAME = {"type": "string", "minLength": 1, "maxLength": 120}


def only(required: tuple[str, ...] = (), **properties: object) -> dict[str, object]:
    """An object of these properties and no other, none of them empty."""
    return {
        "type": "object", "additionalProperties": False, "minProperties": 1, "required": list(required),
        "properties": properties,
    }  # fmt: skip


def some(item: object) -> dict[str, object]:
    """A list that is not empty."""
    return {"type": "array", "minItems": 1, "items": item}


SCHEMA = only(
    ("idWerkzoekende", "indicatieBeschikbaarheidContactgegevens"),
    idWerkzoekende={"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"},
    indicatieBeschikbaarheidContactgegevens={"enum": [1, 2]},
    persoonlijkePresentatie=TEXT,
    emailadres=some({"type": "string", "pattern": "@"}),
    telefoonnummer=some({"type": "string", "minLength": 1}),
    contractvorm=some(only(codeTypeOvereenkomst={"enum": ["01", "02", "03", "04"]})),
    mobiliteit=only(
        ("bemiddelingspostcode",),
        bemiddelingspostcode={"type": "string", "pattern": "^[1-9][0-9]{3}(?!SA|SD|SS)[A-Z]{2}$"},
        maximaleReisafstand={"type": "integer", "minimum": 0, "maximum": 999},
    ),
    arbeidsmarktkwalificatie=only(
        codeWerkEnDenkniveauWerkzoekende={"type": "integer", "minimum": 0, "maximum": 7},
        taalbeheersing=some(only(codeTaal={"type": "string", "pattern": "^[a-z]{3}$"})),
        opleiding=some(
            only(
                codeNiveauOpleiding={"enum": [1, 2, 3, 4, 5, 6, 9]},
                indicatieDiploma={"enum": [0, 1, 2, 8]},
                naamOpleidingsinstituut=NAME,
                toelichtingOpleiding=TEXT,
            )
        ),
        werkervaring=some(only(naamOrganisatie=NAME, toelichtingWerkervaring=TEXT)),
    ),
)
WORDS = st.text("abc XYZé", min_size=1, max_size=200).filter(str.strip)
FACTS = st.fixed_dictionaries(
    {},
    optional={
        "experience": WORDS,
        "function": WORDS,
        "employer": WORDS,
        "max_distance_km": st.floats(0, 500),
        "languages": st.lists(st.sampled_from(["nl", "en", "fy", "de"]), max_size=3),
        "need_kinds": st.lists(st.sampled_from(["work", "course"]), unique=True),
        "diploma": st.booleans(),
        "qualifications": st.lists(
            st.fixed_dictionaries({"name": st.none() | WORDS, "level": st.none() | st.integers(1, 4)}),
            max_size=2,
        ),
        "skills": st.lists(WORDS, max_size=2),
        "aftercare": st.just("geheim"),
        "card_text": st.just("geheim"),
    },
)
CONTACT = st.fixed_dictionaries(
    {},
    optional={
        "email": st.just("noor@voorbeeld.example"),
        "phone": st.just("0600000001"),
        "postcode": st.sampled_from(["8011 AB", "8011", "1234SA", "8011ab"]),
        "last_name": st.just("Geheimnaam"),
    },
)


def known(facts: dict[str, Any], contact: dict[str, str]) -> dict[str, Any]:
    """What is known of somebody, as far as the profile reads it."""
    record = [{"field": name, "value": value, "source": "person"} for name, value in facts.items()]
    return {"id": "A-1", "school": "Noord", "record": record, "contact": contact}


@given(FACTS, CONTACT)
def test_every_profile_is_valid_and_says_no_more(facts: dict[str, Any], contact: dict[str, str]) -> None:
    """Whatever is kept: no empty value, no other field, and no name, skill or note of the school."""
    written = profile(known(facts, contact))
    assert [one.message for one in Draft202012Validator(SCHEMA).iter_errors(written)] == []
    assert "geheim" not in str(written).casefold()
    assert (written["indicatieBeschikbaarheidContactgegevens"] == 1) == bool({"email", "phone"} & set(contact))
    assert ("mobiliteit" in written) == (contact.get("postcode") in {"8011 AB", "8011ab"})


def test_a_whole_profile() -> None:
    """Each fact is where VUM has it."""
    facts = {
        "function": "verzorgende", "employer": "Zorggroep", "need_kinds": ["work"], "max_distance_km": 25.9,
        "languages": ["nl"], "diploma": True, "qualifications": [{"name": "Verzorgende-IG", "level": 3, "year": 2019}],
    }  # fmt: skip
    written = profile(known(facts, {"email": "noor@voorbeeld.example", "postcode": "8011 ab"}))
    del written["idWerkzoekende"]
    assert written == {
        "indicatieBeschikbaarheidContactgegevens": 1,
        "emailadres": ["noor@voorbeeld.example"],
        "contractvorm": [{"codeTypeOvereenkomst": "01"}],
        "mobiliteit": {"bemiddelingspostcode": "8011AB", "maximaleReisafstand": 25},
        "arbeidsmarktkwalificatie": {
            "codeWerkEnDenkniveauWerkzoekende": 4,
            "taalbeheersing": [{"codeTaal": "nld"}],
            "opleiding": [
                {
                    "codeNiveauOpleiding": 4,
                    "indicatieDiploma": 1,
                    "naamOpleidingsinstituut": "Noord",
                    "toelichtingOpleiding": "Verzorgende-IG",
                }
            ],
            "werkervaring": [{"naamOrganisatie": "Zorggroep", "toelichtingWerkervaring": "verzorgende"}],
        },
    }
