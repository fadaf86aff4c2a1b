"""What SBB answered about training companies, by a digest of the number of each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "recognitions",
        sa.Column("company", WORD, primary_key=True),
        sa.Column("crebo", WORD, primary_key=True),
        sa.Column("recognised", sa.Boolean(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date()),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("recognitions")
