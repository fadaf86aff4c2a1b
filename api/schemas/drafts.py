"""Drafts of courses as JSON, in Dutch and English."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from matcher.exchange.drafts import Draft, document
from matcher.locale import LANGUAGES, say


class DraftOut(BaseModel):
    """A course offering of OEAPI v6 in state `concept`, with its course inside."""

    model_config = ConfigDict(extra="allow")

    courseOfferingId: str = Field(examples=["123e4567-e89b-12d3-a456-426614174000"])  # noqa: N815 - as OEAPI spells it
    name: list[dict[str, str]] = Field(examples=[[{"language": "nl", "value": "Cursus Zorg en welzijn"}]])
    state: str = Field(examples=["concept"])


class DraftsOut(BaseModel):
    """All drafts that the asker may have."""

    items: list[DraftOut]


def written(draft: Draft) -> dict[str, Any]:
    """The document of a draft."""
    values = {"subject": draft.subject, "region": draft.region, "count": draft.count, "day": draft.as_of.isoformat()}

    def in_all(key: str) -> dict[str, str]:
        return {str(language): say(language, f"wishes.draft.{key}", **values) for language in LANGUAGES}

    return document(draft, in_all("name"), in_all("description"), in_all("where"))
