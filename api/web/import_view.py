"""Views of an import for its pages: columns with choices, questions, doubts by kind, and what came of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from api.error_text import kept_error_sentence
from matcher.domain.records import RecordKind
from matcher.locale import Language, lookup, say
from matcher.repositories.uploads import Upload
from matcher.services import uploads
from matcher.spreadsheets.columns import choices_of, columns_of, word_key
from matcher.spreadsheets.targets import Part

SURE = 0.9
"""From here a column is shown as certain."""
MOST_DOUBTS = 25
"""Lines of doubts on a page; the workbook with remarks has all of them."""
MOST_ROWS = 8
"""Rows named in a line."""
ACCEPTED = ("columns", "hidden_rows", "large_change", "withdrawals")
"""Questions that are answered by a cross: `accept` of the contracts."""
CONSENT, SINCE, NONE = "consent_yes_no", "consent_since", "geen"
"""The question what a yes is a consent for, the answer since when, and the answer that it is one for nothing."""
COUNTS = ("new", "changed", "same", "refused")
_WORDS = {"aanbod", "toestemming", "vraag_soorten", "beschikbaarheid", "momenten", "dagdelen"}
"""Fields whose words may each have a column."""


@dataclass(frozen=True)
class Choice:
    """An option of a list: how it is sent, and how it is read."""

    value: str
    label: str


@dataclass(frozen=True)
class ColumnView:
    """A column of the file: what it holds, and what it can be. `state`: `sure`, `look`, `unknown` or `forbidden`."""

    position: int
    header: str
    examples: Sequence[str]
    state: str
    chosen: str
    likely: Sequence[Choice]
    with_words: bool


@dataclass(frozen=True)
class QuestionView:
    """A question, or a doubt about cells that no answer settles.

    `kind`: `accept` (a cross), `hidden`, `consent` (several of `answers`), `choose` (one), `text`, or `told`.
    """

    code: str
    text: str
    kind: str
    answers: Sequence[Choice]
    given: Sequence[str]
    stops: bool


@dataclass(frozen=True)
class Group:
    """What was left out of one column: `lines` of value, rows and remedy; `more` lines are not shown."""

    title: str
    lines: Sequence[tuple[str, str, str]]
    count: int
    more: int


def label_of(language: Language, target: str) -> str:
    """What a target is called: the header of a column of ours, with its word, or a part of a field."""
    field, _, word = target.partition("=")
    name = lookup(language, f"import_page.parts.{field}") or _names(language).get(field, field).replace("_", " ")
    return say(language, "import_page.target_word", field=name, word=word) if word else name


@cache
def _names(language: Language) -> Mapping[str, str]:
    columns = [column for kind in RecordKind for column in columns_of(kind)]
    return {column.name: column.name if language == "nl" else column.english for column in columns}


@cache
def choices(language: Language, kind: RecordKind) -> Sequence[tuple[str, Sequence[Choice]]]:
    """All that a column can be, in groups with a title: fields, parts of fields, words of lists."""
    columns = columns_of(kind)
    fields = [Choice(column.name, label_of(language, column.name)) for column in columns]
    parts = [Choice(part.value, label_of(language, part.value)) for part in Part if _fits(part, kind)]
    groups = [("fields", fields), ("parts", parts)]
    return [
        (say(language, f"import_page.group_{name}"), sorted(items, key=lambda item: word_key(item.label)))
        for name, items in groups
    ]


@cache
def word_choices(language: Language, kind: RecordKind) -> Sequence[tuple[str, Sequence[Choice]]]:
    """Words of lists that may have a column of their own, by field."""
    groups = []
    for column in columns_of(kind):
        words = choices_of(column) if column.name in _WORDS else ()
        if words:
            title = say(language, "import_page.group_words", field=label_of(language, column.name))
            groups.append((title, [Choice(f"{column.name}={word}", word) for word in words]))
    return groups


def _fits(part: Part, kind: RecordKind) -> bool:
    of_requests = part.value.startswith("moment")
    if kind is RecordKind.ALUMNI:
        return not of_requests
    return kind is RecordKind.REQUESTS and (of_requests or part is Part.POSTCODE_AND_TOWN)


def columns(language: Language, upload: Upload) -> list[ColumnView]:
    """The columns of a file that was looked at, in its order."""
    return [_column(language, item) for item in upload.outcome.get("columns", ())]


def _column(language: Language, item: Mapping[str, Any]) -> ColumnView:
    target, others = item["target"], [other for other in item["others"] if other]
    likely = [
        Choice(text, label_of(language, text)) for text in dict.fromkeys([*([target] if target else []), *others])
    ]
    if item["forbidden"]:
        state = "forbidden"
    elif not target:
        state = "unknown"
    else:
        state = "sure" if item["sure"] >= SURE else "look"
    with_words = not target or "=" in target or any("=" in other for other in others)
    header = item["header"] or say(language, "import_page.no_header", number=str(item["position"] + 1))
    return ColumnView(item["position"], header, item["examples"], state, target, likely, with_words)


def questions(language: Language, upload: Upload) -> list[QuestionView]:
    """What is asked of a file, what stops the import first."""
    told = uploads.told_of(upload, language)
    accepted, given = set(upload.wishes.get("accept") or ()), upload.wishes.get("answers") or {}
    views = []
    values = {doubt["code"]: doubt["values"] for doubt in upload.outcome.get("doubts", ())}
    for item in told.get("questions", ()):
        code, answers = item["code"], item.get("answers") or []
        kind = {"hidden_rows": "hidden", CONSENT: "consent"}.get(code) or (
            "accept" if code in ACCEPTED else "choose" if answers else "text" if item.get("stops", True) else "told"
        )
        stated = ["yes"] if code in accepted else [part.strip() for part in given.get(code, "").split(";")]
        options = [Choice(str(answer), str(answer)) for answer in answers if not (code == CONSENT and answer == NONE)]
        text = _question(language, code, values.get(code, {}), item["text"])
        views.append(QuestionView(code, text, kind, options, stated, bool(item.get("stops", True))))
    return sorted(views, key=lambda view: not view.stops)


def said(language: Language, upload: Upload) -> list[str]:
    """What was answered already."""
    answers = {**(upload.wishes.get("answers") or {})}
    lines = []
    for code, text in answers.items():
        name, _, about = code.partition(":")
        known = lookup(language, f"import_page.said.{name}") is not None
        lines.append(say(language, f"import_page.said.{name if known else 'other'}", code=about or code, answer=text))
    lines += [say(language, f"import_page.said_accept.{code}") for code in upload.wishes.get("accept") or ()]
    if upload.wishes.get("sheet"):
        lines.append(say(language, "import_page.said.sheet", answer=upload.wishes["sheet"]))
    return lines


def _question(language: Language, code: str, values: Mapping[str, Any], text: str) -> str:
    """The question as the page asks it; `text`: as the command line does."""
    code = code.partition(":")[0]
    if lookup(language, f"import_page.questions.{code}") is None:
        return for_page(text)
    if code == "columns":
        because = say(language, f"importing.because.{values['because']}", **values)
        return say(language, "import_page.questions.columns", **{**values, "because": because})
    return say(language, f"import_page.questions.{code}", **values)


def for_page(text: str) -> str:
    """A text without the sentences that name a command or an option of one."""
    parts = re.split(r"(?<=[.?!])\s+", text)
    return " ".join(part for part in parts if " --" not in part and "alumnimatch " not in part) or text


def left_out(language: Language, told: Mapping[str, Any]) -> list[Group]:
    """What was left out, by column, the largest first: value, rows and remedy."""
    by_column: dict[str, list[Mapping[str, Any]]] = {}
    for item in told.get("left_out", ()):
        by_column.setdefault(item.get("column") or "", []).append(item)
    groups = [_group(language, name, items) for name, items in by_column.items()]
    return sorted(groups, key=lambda group: -group.count)


def _group(language: Language, name: str, items: Sequence[Mapping[str, Any]]) -> Group:
    ordered = sorted(items, key=lambda item: -int(item.get("count") or 1))
    lines = [
        (str(item.get("value") or ""), rows_in_words(language, item.get("rows") or ()), item.get("remedy") or "")
        for item in ordered[:MOST_DOUBTS]
    ]
    count = sum(int(item.get("count") or 1) for item in items)
    return Group(name, lines, count, len(ordered) - len(lines))


def is_whole(language: Language, upload: Upload) -> bool:
    """Whether every column and every cell was read, and nothing is to be said of any of them."""
    told = uploads.told_of(upload, language)
    columns_ = upload.outcome.get("columns", ())
    unread = [item for item in columns_ if item["forbidden"] or not item["target"]]
    return not (unread or told.get("left_out") or told.get("rows_refused") or told.get("warnings"))


def rows_in_words(language: Language, rows: Sequence[int]) -> str:
    """`rij 4`, or `rij 4, 19, 20 en nog 12`."""
    if not rows:
        return ""
    shown = ", ".join(str(row) for row in rows[:MOST_ROWS])
    if len(rows) > MOST_ROWS:
        return say(language, "import_page.rows_more", rows=shown, more=len(rows) - MOST_ROWS)
    return say(language, "import_page.rows" if len(rows) > 1 else "import_page.row", rows=shown)


def sentences(language: Language, told: Mapping[str, Any]) -> dict[str, list[str]]:
    """What else is to be said, by kind: refused rows, rows that are no record, withdrawals, duplicates and so on."""
    from matcher.spreadsheets.annotate import duplicate_in_words

    def at(row: object, text: str) -> str:
        return say(language, "import_page.at_row", row=str(row), text=text) if row else text

    return {
        "refused": [at(item.get("row"), item.get("remedy") or "") for item in told.get("rows_refused", ())],
        "not_records": _not_records(language, told.get("not_records", ())),
        "withdrawals": [
            at(item["row"], say(language, "import_page.remarks.withdrawal", purposes=item.get("purposes", ())))
            for item in told.get("withdrawals", ())
        ],
        "duplicates": [
            at(item["row"], duplicate_in_words(item, language)) for item in told.get("possible_duplicates", ())
        ],
        "cleared": [
            say(
                language,
                "import_page.cleared_line",
                column=item.get("column") or item.get("field"),
                count=item["count"],
            )
            for item in told.get("cleared", ())
        ],
        "notes": _grouped(language, told.get("warnings", ())),
    }


def _not_records(language: Language, items: Iterable[Mapping[str, Any]]) -> list[str]:
    rows: dict[str, list[int]] = {}
    for item in items:
        rows.setdefault(str(item.get("because") or "other"), []).append(item["row"])
    lines = []
    for code, found in rows.items():
        known = lookup(language, f"import_page.because.{code}") is not None
        because = say(language, f"import_page.because.{code if known else 'other'}")
        lines.append(say(language, "import_page.no_record_line", rows=rows_in_words(language, found), because=because))
    return lines


def _grouped(language: Language, items: Iterable[Mapping[str, Any]]) -> list[str]:
    """Remarks with the same text once, with their rows."""
    rows: dict[str, list[int]] = {}
    for item in items:
        found = rows.setdefault(for_page(item.get("text") or ""), [])
        if item.get("row"):
            found.append(item["row"])
    return [
        say(language, "import_page.at_rows", rows=rows_in_words(language, found), text=text) if found else text
        for text, found in rows.items()
    ]


def counts(language: Language, told: Mapping[str, Any]) -> list[tuple[str, int, str]]:
    """How many are new, changed, the same and refused, with their words."""
    return [(name, int(told.get(name) or 0), say(language, f"import_page.count_{name}")) for name in COUNTS]


def problem(language: Language, upload: Upload) -> str | None:
    """Why a file could not be read or imported, with what to do; None where it could."""
    return kept_error_sentence(language, upload.outcome.get("error"))


def people(language: Language, upload: Upload) -> tuple[list[Choice], list[list[str]]]:
    """The first records as they would be: the fields that any of them has, and a line for each."""
    records = upload.outcome.get(uploads.PREVIEW, ())
    names = list(dict.fromkeys(name for record in records for name, value in record.items() if value))
    heads = [
        Choice(name, say(language, "import_page.row_head") if name == "row" else label_of(language, name))
        for name in names
    ]
    return heads, [[_readable(name, str(record.get(name) or "")) for name in names] for record in records]


def _readable(name: str, text: str) -> str:
    """A value as a person reads it: of qualifications the parts that are filled in."""
    if name != "opleidingen":
        return text
    several = (", ".join(filter(None, one.strip().split("|"))) for one in text.split(";"))
    return "; ".join(filter(None, several))
