"""Plans of a period, until they are carried out or old."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "plans",
        sa.Column("key", KEY, primary_key=True, autoincrement=False),
        sa.Column("id", WORD, nullable=False),
        sa.Column("school", WORD),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("fairness", sa.Double(), nullable=False),
        sa.Column("reached", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("actor", KEY),
        sa.Column("role", WORD, nullable=False),
    )
    op.create_index("ix_plans_id", "plans", ["id"], unique=True)
    op.create_index("ix_plans_school_made_at", "plans", ["school", "made_at"])
    op.create_table(
        "plan_lines",
        sa.Column("key", KEY, primary_key=True, autoincrement=False),
        _of("plan_key", "plans.key"),
        _of("request_key", "requests.key"),
        _of("alumnus_key", "alumni.key"),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("begins", sa.DateTime()),
        sa.Column("ends", sa.DateTime()),
        sa.Column("state", WORD, nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("problem", WORD, nullable=False),
    )
    for name in ("plan_key", "request_key", "alumnus_key"):
        op.create_index(f"ix_plan_lines_{name}", "plan_lines", [name])


def _of(name: str, target: str) -> sa.Column[int]:
    belongs = sa.ForeignKey(target, ondelete="CASCADE", name=f"fk_plan_lines_{name}")
    return sa.Column(name, KEY, belongs, nullable=False)


def downgrade() -> None:
    op.drop_table("plan_lines")
    op.drop_table("plans")
