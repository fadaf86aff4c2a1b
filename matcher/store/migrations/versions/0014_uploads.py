"""Files that were sent to be imported."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "uploads",
        sa.Column("key", KEY, primary_key=True, autoincrement=False),
        sa.Column("id", WORD, nullable=False),
        sa.Column("school", WORD, nullable=False),
        sa.Column("actor", KEY, nullable=False),
        sa.Column("role", WORD, nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("size", KEY, nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("wishes", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("rows_total", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("request", WORD, nullable=False),
        sa.Column("digest", WORD, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("taken_at", sa.DateTime()),
        sa.Column("ended_at", sa.DateTime()),
    )
    op.create_index("ix_uploads_id", "uploads", ["id"], unique=True)
    op.create_index("ix_uploads_school_created_at", "uploads", ["school", "created_at"])
    op.create_index("ix_uploads_state", "uploads", ["state"])
    op.create_index("ix_uploads_request", "uploads", ["request"])
    op.create_table(
        "upload_parts",
        sa.Column("key", KEY, primary_key=True, autoincrement=False),
        sa.Column("upload_key", KEY, sa.ForeignKey("uploads.key", ondelete="CASCADE"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
    )
    op.create_index("ix_upload_parts_upload_key_number", "upload_parts", ["upload_key", "number"])


def downgrade() -> None:
    op.drop_table("upload_parts")
    op.drop_table("uploads")
