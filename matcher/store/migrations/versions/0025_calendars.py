"""When alumni are busy."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "calendars",
        sa.Column("key", KEY, nullable=False, autoincrement=False),
        sa.Column("alumnus_key", KEY, nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("url", sa.Text()),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.Column("fetched_at", sa.DateTime()),
        sa.Column("problem", WORD, nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("remarks", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["alumnus_key"], ["alumni.key"], name="fk_calendars_alumnus_key", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name="pk_calendars"),
    )
    op.create_index("ix_calendars_alumnus_key", "calendars", ["alumnus_key"])
    op.create_table(
        "busy",
        sa.Column("calendar_key", KEY, nullable=False, autoincrement=False),
        sa.Column("starts", sa.DateTime(), nullable=False),
        sa.Column("ends", sa.DateTime(), nullable=False),
        sa.Column("alumnus_key", KEY, nullable=False),
        sa.ForeignKeyConstraint(["calendar_key"], ["calendars.key"], name="fk_busy_calendar_key", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["alumnus_key"], ["alumni.key"], name="fk_busy_alumnus_key", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("calendar_key", "starts", name="pk_busy"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_busy_alumnus_key", "busy", ["alumnus_key"])


def downgrade() -> None:
    op.drop_table("busy")
    op.drop_table("calendars")
