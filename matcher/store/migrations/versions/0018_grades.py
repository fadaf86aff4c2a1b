"""Grades that people give to pairs of a request and an alumnus, and the ranking in use."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "grades",
        sa.Column("key", KEY, primary_key=True, autoincrement=False),
        _of("request_key", "requests.key"),
        _of("alumnus_key", "alumni.key"),
        sa.Column("actor", KEY, nullable=False),
        sa.Column("sitting", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("grade", sa.Integer()),
        sa.Column("drawn_at", sa.DateTime(), nullable=False),
        sa.Column("done_at", sa.DateTime()),
    )
    for name in ("request_key", "alumnus_key", "actor"):
        op.create_index(f"ix_grades_{name}", "grades", [name])
    op.create_table(
        "rankings",
        sa.Column("id", KEY, primary_key=True, autoincrement=False),
        sa.Column("weights", sa.Text()),
        sa.Column("encoder", sa.Text()),
        sa.Column("measured", sa.Text(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime()),
        sa.Column("actor", KEY),
        sa.Column("role", WORD, nullable=False),
    )


def _of(name: str, target: str) -> sa.Column[int]:
    belongs = sa.ForeignKey(target, ondelete="CASCADE", name=f"fk_grades_{name}")
    return sa.Column(name, KEY, belongs, nullable=False)


def downgrade() -> None:
    for table in ("rankings", "grades"):
        op.drop_table(table)
