"""A table that somebody downloads from a page, as a workbook or as csv."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from fastapi import Form
from starlette.responses import Response

FileKind = Annotated[Literal["xlsx", "csv"], Form(alias="soort")]
_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


def download(name: str, day: date, kind: Literal["xlsx", "csv"], write: Callable[[Path], object]) -> Response:
    """The file that `write` makes, named after the day; nothing of it stays on the server."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{name}.{kind}"
        write(file)
        content = file.read_bytes()
    sent = f"{name}-{day.isoformat()}.{kind}"
    return Response(content, 200, {"Content-Disposition": f'attachment; filename="{sent}"'}, _TYPES[kind])
