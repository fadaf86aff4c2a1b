"""The register of aftercare: contacts with alumni who left, and their objections."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "aftercare_contacts",
        sa.Column("key", KEY, primary_key=True, autoincrement=False),
        _of_alumnus("aftercare_contacts"),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("how", WORD),
        sa.Column("outcome", WORD),
        sa.Column("again_on", sa.Date()),
        sa.Column("corrects", KEY),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor", KEY),
        sa.Column("role", WORD, nullable=False),
    )
    op.create_index("ix_aftercare_contacts_alumnus_key", "aftercare_contacts", ["alumnus_key"])
    op.create_table(
        "aftercare_cases",
        sa.Column("key", KEY, primary_key=True, autoincrement=False),
        _of_alumnus("aftercare_cases"),
        sa.Column("state", WORD, nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("said", sa.Text()),
        sa.Column("decided_at", sa.DateTime()),
        sa.Column("because", sa.Text()),
        sa.Column("actor", KEY),
        sa.Column("role", WORD, nullable=False),
    )
    for name in ("alumnus_key", "state"):
        op.create_index(f"ix_aftercare_cases_{name}", "aftercare_cases", [name])


def _of_alumnus(table: str) -> sa.Column[int]:
    belongs = sa.ForeignKey("alumni.key", ondelete="CASCADE", name=f"fk_{table}_alumnus_key")
    return sa.Column("alumnus_key", KEY, belongs, nullable=False)


def downgrade() -> None:
    op.drop_table("aftercare_cases")
    op.drop_table("aftercare_contacts")
