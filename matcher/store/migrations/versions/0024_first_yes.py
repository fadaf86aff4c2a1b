"""The first yes: who was asked for it, doors for people on no list, and when facts were last confirmed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _of_alumnus(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("alumnus_key", KEY, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("alumnus_key", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(["alumnus_key"], ["alumni.key"], name=f"fk_{table}_alumnus_key", ondelete="CASCADE"),
    ]


def upgrade() -> None:
    op.create_table(
        "campaigns",
        sa.Column("key", KEY, nullable=False, autoincrement=False),
        sa.Column("school", WORD, nullable=False),
        sa.Column("begun_at", sa.DateTime, nullable=False),
        sa.Column("actor", KEY),
        sa.Column("role", WORD, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_campaigns"),
    )
    op.create_index("ix_campaigns_school", "campaigns", ["school"])
    op.create_table(
        "first_asks",
        *_of_alumnus("first_asks"),
        sa.Column("campaign_key", KEY),
        sa.Column("written_on", sa.Date, nullable=False),
        sa.Column("sent_on", sa.Date),
        sa.Column("reminded_on", sa.Date),
        sa.Column("answered_on", sa.Date),
        sa.Column("agreed", sa.Integer),
        sa.ForeignKeyConstraint(
            ["campaign_key"], ["campaigns.key"], name="fk_first_asks_campaign_key", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_first_asks_campaign_key", "first_asks", ["campaign_key"])
    op.create_table(
        "doors",
        sa.Column("code", WORD, nullable=False),
        sa.Column("school", WORD, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("left_on", sa.Date),
        sa.Column("opened_at", sa.DateTime, nullable=False),
        sa.Column("closed_at", sa.DateTime),
        sa.PrimaryKeyConstraint("code", name="pk_doors"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_doors_school", "doors", ["school"])
    op.create_table(
        "newcomers",
        sa.Column("key", KEY, nullable=False, autoincrement=False),
        sa.Column("door", WORD, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("email_key", WORD),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("token_hash", WORD),
        sa.Column("came_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_newcomers"),
        sa.ForeignKeyConstraint(["door"], ["doors.code"], name="fk_newcomers_door", ondelete="CASCADE"),
    )
    op.create_index("ix_newcomers_door", "newcomers", ["door"])
    op.create_index("ix_newcomers_email_key", "newcomers", ["email_key"])
    op.create_index("ix_newcomers_token_hash", "newcomers", ["token_hash"], unique=True)
    op.create_table(
        "fact_days",
        *_of_alumnus("fact_days"),
        sa.Column("function_on", sa.Date),
        sa.Column("employer_on", sa.Date),
        sa.Column("town_on", sa.Date),
        sa.Column("asked_on", sa.Date),
        sa.Column("bounced_on", sa.Date),
        sa.Column("bounced_digest", WORD),
    )


def downgrade() -> None:
    for table in ("fact_days", "newcomers", "doors", "first_asks", "campaigns"):
        op.drop_table(table)
