"""Sources of courses with their address, token and times, what they answered, and from which list each course came."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENTS = ("taken_at", "began_at", "next_at", "tried_at")
NUMBERS = ("every_hours", "version", "attempts", "failures")
LISTS = ("providers", "lists")
TEXTS = ("url", "token", "problem", "held", "agreed", "preview", "report")
SWITCHES = ("is_on", "is_trial")


def upgrade() -> None:
    for name in TEXTS:
        op.add_column("sources", sa.Column(name, sa.Text(), nullable=True))
    for name in ("provider", "region"):
        op.add_column("sources", sa.Column(name, WORD, nullable=False, server_default=""))
    for name in LISTS:
        op.add_column("sources", sa.Column(name, sa.Text(), nullable=False, server_default="[]"))
    for name in NUMBERS:
        op.add_column("sources", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    for name in SWITCHES:
        op.add_column("sources", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    for name in MOMENTS:
        op.add_column("sources", sa.Column(name, sa.DateTime(), nullable=True))
    op.add_column("source_records", sa.Column("part", WORD, nullable=False, server_default=""))
    op.create_table(
        "source_answers",
        sa.Column("key", KEY, primary_key=True, autoincrement=False),
        sa.Column("source_key", KEY, sa.ForeignKey("sources.key", ondelete="CASCADE"), nullable=False),
        sa.Column("address", WORD, nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("modified", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_source_answers_source_key_address", "source_answers", ["source_key", "address"], unique=True)


def downgrade() -> None:
    op.drop_table("source_answers")
    op.drop_column("source_records", "part")
    for name in (*TEXTS, "provider", "region", *LISTS, *NUMBERS, *SWITCHES, *MOMENTS):
        op.drop_column("sources", name)
