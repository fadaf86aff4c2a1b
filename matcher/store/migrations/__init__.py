"""The versions of the tables, oldest first; `versions/` holds one Alembic migration for each."""

from __future__ import annotations

from pathlib import Path

REVISIONS = tuple(sorted(path.name[:4] for path in (Path(__file__).parent / "versions").glob("[0-9]*.py")))
"""Read off the names of the files, `NNNN_name.py`, so that Alembic is loaded only where there is something to do."""
