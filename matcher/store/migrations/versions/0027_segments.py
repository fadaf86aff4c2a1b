"""Segments, messages to them, questions of a school and their answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "segments",
        _key(),
        sa.Column("id", WORD, nullable=False),
        sa.Column("school", WORD, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("criteria", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        *_by(),
    )
    op.create_index("ix_segments_id", "segments", ["id"], unique=True)
    op.create_index("ix_segments_school", "segments", ["school"])
    op.create_table(
        "segment_messages",
        _key(),
        *(sa.Column(name, WORD, nullable=False) for name in ("id", "school")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("segment", "criteria")),
        sa.Column("purpose", WORD, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("subject", "text", "questions")),
        sa.Column("state", WORD, nullable=False),
        sa.Column("written_at", sa.DateTime(), nullable=False),
        *_by(),
        sa.Column("approver", KEY),
        sa.Column("approver_role", WORD),
        sa.Column("approved_on", sa.Date()),
        sa.Column("alone", sa.Boolean(), nullable=False),
        sa.Column("undo_until", sa.DateTime()),
        sa.Column("closes_on", sa.Date()),
        *(sa.Column(name, sa.Integer()) for name in ("asked", "sent", "answered")),
    )
    op.create_index("ix_segment_messages_id", "segment_messages", ["id"], unique=True)
    op.create_index("ix_segment_messages_school_written_at", "segment_messages", ["school", "written_at"])
    op.create_index("ix_segment_messages_state", "segment_messages", ["state"])
    op.create_table(
        "segment_people",
        _key(),
        _of("segment_people", "message_key", "segment_messages.key"),
        _of("segment_people", "alumnus_key", "alumni.key"),
        sa.Column("entry", KEY, nullable=False),
        sa.Column("mail", KEY, nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
    )
    for name in ("message_key", "alumnus_key", "state"):
        op.create_index(f"ix_segment_people_{name}", "segment_people", [name])
    op.create_table(
        "feedback_forms",
        _key(),
        sa.Column("id", WORD, nullable=False),
        sa.Column("school", WORD, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("questions", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        *_by(),
    )
    op.create_index("ix_feedback_forms_id", "feedback_forms", ["id"], unique=True)
    op.create_index("ix_feedback_forms_school", "feedback_forms", ["school"])
    op.create_table(
        "feedback_counts",
        _of("feedback_counts", "message_key", "segment_messages.key", primary=True),
        sa.Column("question", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("qualification", WORD, primary_key=True),
        sa.Column("answer", WORD, primary_key=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "feedback_texts",
        _key(),
        _of("feedback_texts", "message_key", "segment_messages.key"),
        sa.Column("question", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_feedback_texts_message_key", "feedback_texts", ["message_key"])


def _key() -> sa.Column[int]:
    return sa.Column("key", KEY, primary_key=True, autoincrement=False)


def _by() -> tuple[sa.Column[int], sa.Column[str]]:
    return sa.Column("actor", KEY), sa.Column("role", WORD, nullable=False)


def _of(table: str, name: str, target: str, *, primary: bool = False) -> sa.Column[int]:
    belongs = sa.ForeignKey(target, ondelete="CASCADE", name=f"fk_{table}_{name}")
    if primary:
        return sa.Column(name, KEY, belongs, primary_key=True, autoincrement=False)
    return sa.Column(name, KEY, belongs, nullable=False)


def downgrade() -> None:
    for table in (
        "feedback_texts",
        "feedback_counts",
        "feedback_forms",
        "segment_people",
        "segment_messages",
        "segments",
    ):
        op.drop_table(table)
