"""An import as JSON: the object of `alumnimatch import --format json`, with how far it is."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field

from api.http.failures import Problem
from api.schemas.rankings import Model
from matcher.locale import Language
from matcher.repositories.uploads import Upload
from matcher.services import uploads

Rows = list[dict[str, Any]]


class ImportOut(Model):
    """What came of a list, or would: counts are of records, `left_out` and all below it of what did not come in."""

    model_config = ConfigDict(extra="allow")

    id: str = Field(description="For `GET /v1/imports/{id}`.", examples=["5zvIRBjBHwImuxV598D8Wg"])
    state: str = Field(
        description="`looking`, `writing`: at work; `asked`: an answer is needed, or it was a dry run; `done`, "
        "`failed`, `undone`.",
        examples=["done"],
    )
    rows_done: int = Field(description="Rows that were written so far.", examples=[300])
    rows_total: int = Field(description="Rows to write; 0 while that is not known.", examples=[300])
    import_id: str | None = Field(default=None, description="For `alumnimatch import undo`.", examples=["7Qm2"])
    file: str = Field(examples=["alumni.xlsx"])
    sheet: str | None = Field(default=None, examples=["Blad1"])
    kind: str = Field(examples=["alumni"])
    read: int = Field(default=0, description="new + changed + same + refused", examples=[300])
    new: int = Field(default=0, examples=[282])
    changed: int = Field(default=0, examples=[12])
    same: int = Field(default=0, examples=[5])
    refused: int = Field(default=0, examples=[1])
    written: bool = Field(default=False, description="False in a dry run, and where an answer is needed first.")
    columns: Rows = Field(default_factory=list, examples=[[{"header": "Roepnaam", "field": "voornaam", "sure": 0.97}]])
    left_out: Rows = Field(default_factory=list, examples=[[{"column": "Mobiel", "value": "geen", "rows": [4, 19]}]])
    not_records: Rows = Field(default_factory=list, examples=[[{"row": 301, "because": "total"}]])
    rows_refused: Rows = Field(default_factory=list)
    withdrawals: Rows = Field(default_factory=list, examples=[[{"row": 7, "purposes": ["gastles"]}]])
    possible_duplicates: Rows = Field(default_factory=list)
    cleared: Rows = Field(default_factory=list, examples=[[{"column": "Functie", "field": "functie", "count": 3}]])
    warnings: Rows = Field(default_factory=list)
    hidden_rows: list[int] = Field(default_factory=list, examples=[[3]])
    hidden_rows_at: Rows = Field(default_factory=list, examples=[[{"row": 3, "sheet": "Blad2"}]])
    questions: Rows = Field(default_factory=list, examples=[[{"code": "consent_yes_no", "stops": True}]])
    error: dict[str, Any] | None = Field(default=None, description="Where it failed: why, and what to do.")
    undone: dict[str, Any] | None = Field(default=None, description="What was taken back, and what was left.")


class AnswerNeeded(Problem):
    """An answer is needed first: nothing was written."""

    model_config = ConfigDict(populate_by_name=True)

    about: ImportOut = Field(alias="import", description="The same object as of an import, with its `questions`.")


def import_out(language: Language, upload: Upload, problem: str | None) -> ImportOut:
    """An import as JSON; `problem`: the sentence of why it failed."""
    told = dict(uploads.told_of(upload, language))
    error = upload.outcome.get("error")
    told |= {"file": upload.file, "kind": upload.kind}
    return ImportOut(
        **told,
        id=upload.id,
        state=upload.state,
        rows_done=upload.rows,
        rows_total=upload.rows_total,
        error={"code": error["code"], "text": problem} if error else None,
        undone=upload.outcome.get("undone"),
    )
