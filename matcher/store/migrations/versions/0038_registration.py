"""Of a course: whether one can apply, as its provider says. Sources of courses, and how their runs went."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
COUNTS = ("created", "updated", "unchanged", "gone", "refused", "remarks")


def upgrade() -> None:
    op.add_column("offerings", sa.Column("registration", sa.Text(), nullable=True))
    op.create_table(
        "sources",
        sa.Column("key", KEY, primary_key=True, autoincrement=False),
        sa.Column("name", WORD, nullable=False),
        sa.Column("form", WORD, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_sources_name", "sources", ["name"], unique=True)
    op.create_table(
        "source_records",
        _source(primary_key=True),
        sa.Column("provider", WORD, primary_key=True),
        sa.Column("offering_id", WORD, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "source_runs",
        sa.Column("id", KEY, primary_key=True, autoincrement=True),
        _source(),
        sa.Column("ran_at", sa.DateTime(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
    )
    op.create_index("ix_source_runs_source_key", "source_runs", ["source_key"])


def _source(*, primary_key: bool = False) -> sa.Column[int]:
    to_source = sa.ForeignKey("sources.key", ondelete="CASCADE")
    return sa.Column("source_key", KEY, to_source, autoincrement=False, primary_key=primary_key, nullable=False)


def downgrade() -> None:
    for table in ("source_runs", "source_records", "sources"):
        op.drop_table(table)
    op.drop_column("offerings", "registration")
