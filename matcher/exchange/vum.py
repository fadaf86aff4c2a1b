"""What is kept of one person as a VUM profile (werkzoekendeProfiel 3.1, UWV and municipalities), for that person.

Facts as they are kept, and nothing that was made of them. What VUM asks as a code that we do not have (jobs and skills
of CompetentNL, names of courses of SUWI, how well a language is spoken) is left out, and so is the day of a
diploma, of which we know the year. Empty values are absent, as the rules of VUM ask.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

from matcher.exchange.document import without_gaps

_SPACE = UUID("6f0d8a3e-4c19-5f7a-8f5e-1b0f8f4f7a10")
_POSTCODE = re.compile(r"[1-9][0-9]{3}(?!SA|SD|SS)[A-Z]{2}")
_LONGEST_TEXT, _LONGEST_NAME, _MOST_KM = 2000, 120, 999
_MBO, _MBO_THINKING = 4, 4
_LANGUAGES = {"nl": "nld", "en": "eng", "de": "deu", "fr": "fra", "es": "spa", "pl": "pol", "tr": "tur", "ar": "ara"}
_WANTED = {"work": "01"}
"""Kinds of agreement by what somebody looks for: 01 is a job."""


def profile(known: Mapping[str, Any]) -> dict[str, Any]:
    """The profile from what `privacy.known` tells: `id`, `school`, `record` (field and value) and `contact`."""
    facts = {one["field"]: one["value"] for one in known["record"]}
    contact: Mapping[str, str] = known["contact"]
    needs = facts.get("need_kinds") or ()
    emails, phones = _listed(contact.get("email")), _listed(contact.get("phone"))
    return without_gaps(
        {
            "idWerkzoekende": str(uuid5(_SPACE, f"{known['school']}\x1f{known['id']}")),
            "indicatieBeschikbaarheidContactgegevens": 1 if emails or phones else 2,
            "persoonlijkePresentatie": _cut(facts.get("experience"), _LONGEST_TEXT),
            "emailadres": emails,
            "telefoonnummer": phones,
            "contractvorm": [{"codeTypeOvereenkomst": code} for need, code in _WANTED.items() if need in needs],
            "mobiliteit": _mobility(contact.get("postcode"), facts.get("max_distance_km")),
            "arbeidsmarktkwalificatie": without_gaps(
                {
                    "codeWerkEnDenkniveauWerkzoekende": _thinking(facts.get("qualifications") or ()),
                    "taalbeheersing": [
                        {"codeTaal": _LANGUAGES[one]} for one in facts.get("languages") or () if one in _LANGUAGES
                    ],
                    "opleiding": [
                        _course(one, known["school"], facts.get("diploma")) for one in facts.get("qualifications") or ()
                    ],
                    "werkervaring": _work(facts.get("function"), facts.get("employer")),
                }
            ),
        }
    )


def _mobility(postcode: str | None, distance: float | None) -> dict[str, Any] | None:
    """From where, and how far; None without a whole postcode, which VUM requires here."""
    plain = re.sub(r"\s", "", postcode or "").upper()
    if not _POSTCODE.fullmatch(plain):
        return None
    far = None if distance is None else min(int(distance), _MOST_KM)
    return without_gaps({"bemiddelingspostcode": plain, "maximaleReisafstand": far})


def _thinking(qualifications: Sequence[Mapping[str, Any]]) -> int | None:
    """Code 4 (mbo, havo, vwo) from level 2; an entry course is not said to be of that."""
    levels = [one.get("level") or 0 for one in qualifications]
    return _MBO_THINKING if levels and max(levels) > 1 else None


def _course(one: Mapping[str, Any], school: str, diploma: bool | None) -> dict[str, Any]:
    return without_gaps(
        {
            "codeNiveauOpleiding": _MBO,
            "indicatieDiploma": None if diploma is None else int(diploma),
            "naamOpleidingsinstituut": _cut(school, _LONGEST_NAME),
            "toelichtingOpleiding": _cut(one.get("name"), _LONGEST_TEXT),
        }
    )


def _work(function: str | None, employer: str | None) -> list[dict[str, Any]]:
    work = {
        "naamOrganisatie": _cut(employer, _LONGEST_NAME), "toelichtingWerkervaring": _cut(function, _LONGEST_TEXT)
    }  # fmt: skip
    return [without_gaps(work)] if function or employer else []


def _listed(text: str | None) -> list[str]:
    return [text] if text else []


def _cut(text: str | None, longest: int) -> str | None:
    return text.strip()[:longest] if text else None
