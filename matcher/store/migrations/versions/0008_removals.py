"""What erasures and corrections leave to clean, and the folders in which it may be; the last erasure so far counts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "removals",
        sa.Column("id", KEY, primary_key=True, autoincrement=False),
        sa.Column("revision", KEY, nullable=False),
        sa.Column("cause", WORD, nullable=False),
        sa.Column("removed_at", sa.DateTime(), nullable=False),
        sa.Column("in_files", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "cache_folders",
        sa.Column("folder", WORD, primary_key=True),
        sa.Column("cleaned", KEY, nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sqlite_with_rowid=False,
    )
    # an earlier version may have left something of its last erasure in files
    op.execute(
        "INSERT INTO removals (id, revision, cause, removed_at, in_files)"
        " SELECT 1, id, 'erasure', created_at, TRUE FROM revisions WHERE id ="
        " (SELECT max(id) FROM revisions WHERE cause LIKE '%erasure%')"
    )


def downgrade() -> None:
    op.drop_table("cache_folders")
    op.drop_table("removals")
