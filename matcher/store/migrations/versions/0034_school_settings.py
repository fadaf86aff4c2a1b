"""What schools chose when they set up, and questions that they parked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "school_settings",
        sa.Column("school", WORD, primary_key=True),
        sa.Column("name", WORD, primary_key=True),
        sa.Column("since", sa.DateTime(), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("actor", KEY),
    )
    op.create_table(
        "parked_questions",
        sa.Column("key", KEY, primary_key=True, autoincrement=False),
        sa.Column("school", WORD, nullable=False),
        sa.Column("step", WORD, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("until", sa.Date()),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("done_at", sa.DateTime()),
    )
    op.create_index("ix_parked_questions_school", "parked_questions", ["school"])


def downgrade() -> None:
    op.drop_table("parked_questions")
    op.drop_table("school_settings")
