"""The versions of the tables, oldest first; `versions/` holds one Alembic migration for each."""

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007")
