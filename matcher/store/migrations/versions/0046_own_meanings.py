"""What alumni said that own words mean."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    belongs = sa.ForeignKey("alumni.key", ondelete="CASCADE", name="fk_own_meanings_alumnus_key")
    op.create_table(
        "own_meanings",
        sa.Column("key", key, primary_key=True, autoincrement=False),
        sa.Column("alumnus_key", key, belongs, nullable=False),
        sa.Column("label", word, nullable=False),
        sa.Column("uri", word, nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_own_meanings_alumnus_key", "own_meanings", ["alumnus_key"])


def downgrade() -> None:
    op.drop_table("own_meanings")
