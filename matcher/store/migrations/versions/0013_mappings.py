"""What the columns of a school's files are, by shape of file."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "mappings",
        sa.Column("school", WORD, nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("shape", WORD, nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("kept_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("school", "kind", "shape", name="pk_mappings"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("mappings")
