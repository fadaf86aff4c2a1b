"""What was found out about the installation, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from api.error_text import kept_error_sentence
from matcher.locale import Language, say

if TYPE_CHECKING:
    from matcher.services.health import Finding


def in_words(language: Language, finding: Finding) -> tuple[str, str]:
    """A sentence for what is, and one for what to do; the latter is empty where all is well."""
    values = dict(finding.values)
    if "place" in values:
        values["place"] = say(language, f"operations.places.{values['place']}")
    if "problem" in values:
        values["problem"] = kept_error_sentence(language, cast("Mapping[str, Any]", values["problem"]))
    if "read" in values:
        read = values["read"]
        code = "read" if read else "never"
        values["read"] = say(language, f"operations.sources.{code}", moment=read)
    text = say(language, f"operations.findings.{finding.code}", **values)
    is_well = finding.state.value == "well"
    return text, "" if is_well else say(language, f"operations.remedies.{finding.code}", **values)
