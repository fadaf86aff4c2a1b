"""What alumni say of their lists: what is not for them, and lists that they find wrong."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
INDEXES = {
    "not_for_me": ("alumnus_key", "offering_key", "request_key"),
    "disputes": ("alumnus_key", "request_key", "state"),
}


def upgrade() -> None:
    op.create_table(
        "not_for_me",
        sa.Column("key", KEY, primary_key=True, autoincrement=False),
        _to("not_for_me", "alumnus", "alumni", nullable=False),
        _to("not_for_me", "offering", "offerings"),
        _to("not_for_me", "request", "requests"),
        sa.Column("reason", WORD, nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
    )
    op.create_table(
        "disputes",
        sa.Column("key", KEY, primary_key=True, autoincrement=False),
        _to("disputes", "alumnus", "alumni", nullable=False),
        _to("disputes", "request", "requests", then="SET NULL"),
        sa.Column("entry", KEY),
        sa.Column("state", WORD, nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("said", sa.Text()),
        sa.Column("answered_at", sa.DateTime()),
        sa.Column("answer", sa.Text()),
        sa.Column("actor", KEY),
        sa.Column("role", WORD, nullable=False),
    )
    for table, columns in INDEXES.items():
        for column in columns:
            op.create_index(f"ix_{table}_{column}", table, [column])


def _to(table: str, name: str, target: str, *, nullable: bool = True, then: str = "CASCADE") -> sa.Column[int]:
    belongs = sa.ForeignKey(f"{target}.key", ondelete=then, name=f"fk_{table}_{name}_key")
    return sa.Column(f"{name}_key", KEY, belongs, nullable=nullable)


def downgrade() -> None:
    op.drop_table("disputes")
    op.drop_table("not_for_me")
