"""Mail to be sent, values of the installation by their own name, and the log of a school without a scan."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "installation_values",
        sa.Column("name", WORD, primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO installation_values (name, value) SELECT name, value FROM marks")
    op.drop_table("marks")
    op.create_table(
        "outbox",
        sa.Column("key", KEY, primary_key=True, autoincrement=False),
        sa.Column("alumnus_key", KEY, sa.ForeignKey("alumni.key", ondelete="CASCADE"), nullable=False),
        sa.Column("message", WORD, nullable=False),
        sa.Column("values", sa.Text(), nullable=False),
        sa.Column("link", WORD, nullable=False),
        sa.Column("address", sa.Text()),
        sa.Column("own_address", sa.Boolean(), nullable=False),
        sa.Column("message_id", WORD, nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("perhaps_twice", sa.Boolean(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("not_before", sa.DateTime(), nullable=False),
        sa.Column("taken_at", sa.DateTime()),
        sa.Column("ended_at", sa.DateTime()),
        sa.Column("actor", KEY),
        sa.Column("role", WORD, nullable=False),
    )
    op.create_index("ix_outbox_alumnus_key", "outbox", ["alumnus_key"])
    op.create_index("ix_outbox_link", "outbox", ["link"])
    op.create_index("ix_outbox_state_not_before", "outbox", ["state", "not_before"])
    op.create_index("ix_audit_school_id", "audit", ["school", "id"])
    op.execute(
        "INSERT INTO audit_schools (school, entry) SELECT '', id FROM audit WHERE school IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM audit_schools WHERE audit_schools.entry = audit.id)"
    )


def downgrade() -> None:
    op.execute("DELETE FROM audit_schools WHERE school = ''")
    op.drop_index("ix_audit_school_id", "audit")
    op.drop_table("outbox")
    op.create_table(
        "marks",
        sa.Column("name", WORD, primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO marks (name, value) SELECT name, value FROM installation_values")
    op.drop_table("installation_values")
