"""Talks of alumni with advisers: codes, appointments, and what was chosen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
INDEXES = {
    "talks": ("alumnus_key", "digest", "account"),
    "talk_misses": ("account",),
    "appointments": ("alumnus_key", "account"),
    "shortlist": ("alumnus_key", "offering_key"),
}


def upgrade() -> None:
    op.create_table(
        "talks",
        _key(),
        _to("talks", "alumnus", "alumni"),
        sa.Column("digest", WORD, nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.Column("account", KEY),
        sa.Column("opened_at", sa.DateTime()),
    )
    op.create_table(
        "talk_misses",
        _key(),
        sa.Column("account", KEY, nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
    )
    op.create_table(
        "appointments",
        _key(),
        _to("appointments", "alumnus", "alumni"),
        sa.Column("account", KEY, nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("label", sa.Text()),
    )
    op.create_table(
        "shortlist",
        _key(),
        _to("shortlist", "alumnus", "alumni"),
        _to("shortlist", "offering", "offerings"),
        sa.Column("note", sa.Text()),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("account", KEY),
    )
    for table, columns in INDEXES.items():
        for column in columns:
            op.create_index(f"ix_{table}_{column}", table, [column])


def _key() -> sa.Column[int]:
    return sa.Column("key", KEY, primary_key=True, autoincrement=False)


def _to(table: str, name: str, target: str) -> sa.Column[int]:
    belongs = sa.ForeignKey(f"{target}.key", ondelete="CASCADE", name=f"fk_{table}_{name}_key")
    return sa.Column(f"{name}_key", KEY, belongs, nullable=False)


def downgrade() -> None:
    for table in reversed(INDEXES):
        op.drop_table(table)
