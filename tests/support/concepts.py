"""A small vocabulary of our own, in which the skills of `worlds` have concepts."""

from __future__ import annotations

from datetime import UTC, datetime

from matcher.concepts import Concept, Decision, Kind, Labels, Links, OwnMeaning, Scheme

BASE = "http://data.voorbeeld.example/esco/"
CARE, METAL, TALK, SALE, PLC = (f"{BASE}skill/{name}" for name in ("care", "metal", "talk", "sale", "plc"))
COOK, WELDER = (f"{BASE}occupation/{name}" for name in ("cook", "welder"))


def skill(uri: str, name: str, *other: str, broader: tuple[str, ...] = (), kind: Kind = Kind.SKILL) -> Concept:
    """A skill with Dutch labels."""
    return Concept(uri, kind, {"nl": (name,)}, {"nl": other}, broader)


def occupation(uri: str, name: str, *essential: str, optional: tuple[str, ...] = ()) -> Concept:
    """An occupation that asks these skills."""
    return Concept(uri, Kind.OCCUPATION, {"nl": (name,)}, essential=essential, optional=optional)


SCHEME = Scheme.of(
    "esco",
    "1.2",
    "https://esco.voorbeeld.example/",
    "CC BY 4.0",
    [
        skill(CARE, "wondverzorging", "wondzorg", "EHBO"),
        skill(METAL, "metaal verbinden", "lassen", broader=(CARE,)),
        skill(TALK, "gesprekken voeren", "klantgesprekken", broader=(METAL,)),
        skill(SALE, "verkopen", "klantgesprekken", "plc programeren", kind=Kind.KNOWLEDGE),
        skill(PLC, "plc's programmeren", "plc programmeren", broader=(SALE,)),
        occupation(COOK, "Kok", TALK),
        occupation(WELDER, "lasser", SALE, METAL, optional=(CARE,)),
    ],
)
LABELS = Labels([SCHEME])
LINKS = Links(LABELS, ["one"])
DECIDED = Links(
    LABELS,
    ["one"],
    [
        Decision("Noord", "lassen", METAL, confirmed=False),
        Decision("Noord", "klantgesprekken", SALE, confirmed=True),
        Decision("Zuid", "wondzorg", PLC, confirmed=True),
    ],
)
EVERY = (None, LINKS, DECIDED)
_THEN = datetime(2027, 1, 1, tzinfo=UTC)
OWN = (
    (OwnMeaning("lassen", METAL, confirmed=False, since=_THEN),),
    (OwnMeaning("lassen", METAL, confirmed=True, since=_THEN), OwnMeaning("klantgesprekken", SALE, False, _THEN)),
)
"""What alumni may have said of own words."""
