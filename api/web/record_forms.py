"""The form of a record: its fields as a list has them, each with its label and hint."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import cast

from starlette.datastructures import FormData

from api.web import wording
from matcher.domain.records import Record, RecordKind
from matcher.errors import InvalidValue
from matcher.locale import Language, say
from matcher.spreadsheets import forms

_LONGEST = 20_000
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})?")
"""What a field for a day can show; any other text is shown as it was typed."""
_PROBLEMS = frozenset({"field_wrong", "field_needed"})


@dataclass(frozen=True)
class RecordForm:
    """The form of a kind of record; `names`: its fields in their order, `area`: the file of its labels and hints.

    `first`: the fields that most need; the others stand folded. `long`: those of several lines. `needed`: those that
    cannot be empty.
    """

    kind: RecordKind
    area: str
    names: tuple[str, ...]
    first: Collection[str]
    long: Collection[str]
    needed: tuple[str, ...]

    def empty(self) -> dict[str, str]:
        """The texts of an empty form, by field."""
        return dict.fromkeys(self.names, "")

    def texts(self, language: Language, record: Record) -> dict[str, str]:
        """The texts of a form that is filled in with a record; day parts in words."""
        texts = {name: forms.text_in(self.kind, name, getattr(record, name)) for name in self.names}
        return texts | {"day_parts": "; ".join(wording.day_parts(language, getattr(record, "day_parts", None) or 0))}

    def sent(self, sent: FormData) -> dict[str, str]:
        """The texts of a form that was sent."""
        return {name: str(sent.get(name, ""))[:_LONGEST] for name in self.names}

    def values(self, texts: Mapping[str, str]) -> dict[str, object]:
        """What these texts say, without what is empty. Raises InvalidValue with the name of the field."""
        values: dict[str, object] = {}
        for name, text in texts.items():
            try:
                value = forms.value_in(self.kind, name, text)
            except InvalidValue as problem:
                raise InvalidValue("field_wrong", field=name) from problem
            if value is not None:
                values[name] = value
        for needed in self.needed:
            if needed not in values:
                raise InvalidValue("field_needed", field=needed)
        return values

    def labels(self, language: Language) -> dict[str, str]:
        """The label of each field."""
        return {name: say(language, f"{self.area}.form.{name}") for name in self.names}

    def _choices(self, language: Language, name: str) -> list[tuple[str, str]]:
        """What a field may hold, each with its word in this language."""
        groups = {"kind": "words.kind", "form": "words.form", "online": "pages.online"}
        found = []
        for text in forms.choices_in(self.kind, name):
            value = forms.value_in(self.kind, name, text)
            yes_no = f"pages.me.{'yes' if value else 'no'}"
            key = f"{groups[name]}.{getattr(value, 'value', '')}" if name in groups else yes_no
            found.append((text, say(language, key)))
        return found

    def view(
        self, language: Language, texts: Mapping[str, str], labels: Mapping[str, str], changed: str = ""
    ) -> list[dict[str, object]]:
        """The fields for `form_fields.html`; `changed`: the field that was filled in anew, which is not folded."""
        return [
            {
                "name": name,
                "label": labels[name],
                "text": texts[name],
                "long": name in self.long,
                "first": name in self.first or name == changed,
                "changed": name == changed,
                "is_day": forms.is_day(self.kind, name) and bool(_DAY.fullmatch(texts[name])),
                "needed": name in self.needed,
                "choices": self._choices(language, name),
                "hint": say(language, f"{self.area}.hints.{name}"),
            }
            for name in self.names
        ]


def told(language: Language, problem: InvalidValue | None, labels: Mapping[str, str]) -> str | None:
    """What is wrong in a form, in words; None for nothing."""
    if problem is None:
        return None
    values = dict(problem.values)
    if "field" in values:
        values = {"field": labels[cast("str", values["field"])]}
    area = "demands.problems" if problem.code in _PROBLEMS else "errors.errors"
    return say(language, f"{area}.{problem.code}", **values)
