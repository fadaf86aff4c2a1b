"""The registration for the Algoritmeregister: its fields from the running configuration, and what the school adds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from matcher.domain.kinds import Risk
from matcher.law import decision_tree
from matcher.law.register import standard
from matcher.locale import Language, area, say

if TYPE_CHECKING:
    from matcher.services.reports import Configuration

CATEGORIES = {Risk.HIGH: "Hoog-risico AI-systeem", Risk.LIMITED: "Impactvolle algoritmes"}
"""The publication category; it ranks people, so that it is never one of the others."""
THEMES = ["Onderwijs en wetenschap", "Werk"]


def registration(language: Language, configuration: Configuration, log_months: int, today: date) -> dict[str, object]:
    """Every field of the standard, None where only the school knows; and by name what it fills in and checks."""
    published = standard()
    written = _written(language, configuration, log_months)
    fields = {name: written.get(name) for name in published.fields}
    sentences = area(language, "report")["register"]
    return {
        "standard": published.name,
        "source": {name: str(getattr(published, name)) for name in ("repository", "file", "commit", "published")},
        "made_on": today.isoformat(),
        "fields": fields,
        "school_fills_in": [
            {"field": name, "required": field.required, "what": _what(language, name)}
            for name, field in published.fields.items()
            if fields[name] is None
        ],
        "school_checks": [{"field": name, "what": what} for name, what in sentences["check"].items()],
        "configuration": {
            "encoder": configuration.encoder,
            "rules": configuration.rules,
            "weights": list(configuration.weights),
            "kinds": {
                str(kind): {"risk": way.risk.value, "conclusion": way.conclusion}
                for kind, way in configuration.outcomes.items()
            },
            "consent_months": {purpose.value: months for purpose, months in configuration.months.items()},
            "log_months": log_months,
        },
    }


def _what(language: Language, name: str) -> str:
    return say(language, "report.register.lang" if name == "lang" else f"report.register.fill_in.{name}")


def _written(language: Language, configuration: Configuration, log_months: int) -> dict[str, object]:
    """The fields that follow from the program and its settings."""

    def t(key: str, **values: object) -> str:
        return say(language, f"report.register.{key}", **values)

    high = [kind for kind, way in configuration.outcomes.items() if way.risk is Risk.HIGH]
    plain = ("name", "description_short", "goal", "lawful_basis", "source_data", "tags")
    return {
        **{name: t(name) for name in plain},
        "category": THEMES,
        "publication_category": CATEGORIES[Risk.HIGH if high else Risk.LIMITED],
        "human_intervention": t("human_intervention", high=", ".join(_kind(language, kind) for kind in high)),
        "risks": t("risks", **_risks(language, configuration), log_months=log_months),
        "methods_and_models": t(
            "methods_and_models",
            rules=str(configuration.rules),
            count=len(configuration.signals),
            signals=", ".join(_signal(language, code) for code in configuration.signals),
            weights=", ".join(configuration.weights),
            encoder=configuration.encoder,
        ),
        "lang": "nld" if language == "nl" else None,
        "standard_version": "1.0",
    }


def _kind(language: Language, code: str) -> str:
    return say(language, f"words.kind.{code}")


def _signal(language: Language, code: str) -> str:
    return say(language, f"reasons.signals.{code}.label").lower()


def _risks(language: Language, configuration: Configuration) -> Mapping[str, object]:
    tree = decision_tree.answered()
    kinds = [
        say(
            language,
            "report.register.risk_kind",
            kind=_kind(language, kind),
            risk=say(language, f"report.register.risk_{way.risk.value}"),
            conclusion=way.conclusion,
        )
        for kind, way in configuration.outcomes.items()
    ]
    months = sorted(set(configuration.months.values()))
    terms = [
        say(language, "report.register.term", purpose=say(language, f"words.purpose.{purpose.value}"), months=str(term))
        for purpose, term in configuration.months.items()
    ]
    return {
        "release": tree.release,
        "answers": str(tree.version),
        "kinds": "; ".join(kinds),
        "months": "–".join(str(term) for term in dict.fromkeys((months[0], months[-1]))),
        "terms": ", ".join(terms) if len(months) > 1 else say(language, "report.register.terms_equal"),
    }
