"""Own fields of schools, what alumni have of those, and what requests demand of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "own_fields",
        sa.Column("key", KEY, primary_key=True, autoincrement=False),
        sa.Column("school", WORD, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", WORD, nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("personal", sa.Boolean(), nullable=False),
        sa.Column("choices", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("actor", KEY),
        sa.Column("role", WORD, nullable=False),
        sa.UniqueConstraint("school", "name_key", name="uq_own_fields_school_name_key"),
    )
    belongs = sa.ForeignKey("alumni.key", ondelete="CASCADE", name="fk_own_values_alumnus_key")
    op.create_table(
        "own_values",
        sa.Column("alumnus_key", KEY, belongs, primary_key=True, autoincrement=False),
        sa.Column("values", sa.Text(), nullable=False),
    )
    op.add_column("requests", sa.Column("own_demands", sa.Text()))


def downgrade() -> None:
    op.drop_column("requests", "own_demands")
    for table in ("own_values", "own_fields"):
        op.drop_table(table)
