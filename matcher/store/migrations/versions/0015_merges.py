"""Alumni who are merged, the numbers that they had, their references in the log, and pairs that are two people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "merges",
        sa.Column("key", KEY, primary_key=True, autoincrement=False),
        sa.Column("id", WORD, nullable=False),
        _of("merges", "alumnus_key", "alumni.key"),
        sa.Column("former_key", KEY, nullable=False),
        sa.Column("number", WORD, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("actor", KEY),
        sa.Column("role", WORD, nullable=False),
        sa.UniqueConstraint("id", name="uq_merges_id"),
    )
    op.create_index("ix_merges_alumnus_key", "merges", ["alumnus_key"])
    op.create_index("ix_merges_created_at", "merges", ["created_at"])
    op.create_table(
        "former_numbers",
        sa.Column("school", WORD, primary_key=True),
        sa.Column("number", WORD, primary_key=True),
        _of("former_numbers", "alumnus_key", "alumni.key"),
        sa.Column("former_key", KEY, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_former_numbers_alumnus_key", "former_numbers", ["alumnus_key"])
    op.create_index("ix_former_numbers_former_key", "former_numbers", ["former_key"])
    op.create_table(
        "audit_former",
        sa.Column("former_key", KEY, primary_key=True, autoincrement=False),
        _of("audit_former", "entry", "audit.id", primary_key=True),
        _of("audit_former", "alumnus_key", "alumni.key"),
        sa.Column("salt", sa.LargeBinary()),
        sa.Column("account", KEY),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_audit_former_alumnus_key", "audit_former", ["alumnus_key"])
    op.create_index("ix_audit_former_entry", "audit_former", ["entry"])
    op.create_table(
        "different_people",
        _of("different_people", "one_key", "alumni.key", primary_key=True),
        _of("different_people", "other_key", "alumni.key", primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_different_people_other_key", "different_people", ["other_key"])


def _of(table: str, name: str, target: str, *, primary_key: bool = False) -> sa.Column[int]:
    belongs = sa.ForeignKey(target, ondelete="CASCADE", name=f"fk_{table}_{name}")
    return sa.Column(name, KEY, belongs, nullable=False, primary_key=primary_key, autoincrement=False)


def downgrade() -> None:
    for table in ("different_people", "audit_former", "former_numbers", "merges"):
        op.drop_table(table)
