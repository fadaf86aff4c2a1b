"""Vocabularies of skills, and what schools decided about labels."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "vocabularies",
        sa.Column("name", word, primary_key=True),
        sa.Column("since", sa.DateTime(), primary_key=True),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("digest", word, nullable=False),
        sa.Column("skills", sa.Integer(), nullable=False),
        sa.Column("occupations", sa.Integer(), nullable=False),
    )
    op.create_table(
        "vocabulary_contents",
        sa.Column("digest", word, primary_key=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "skill_decisions",
        sa.Column("school", word, primary_key=True),
        sa.Column("label", word, primary_key=True),
        sa.Column("uri", word, primary_key=True),
        sa.Column("since", sa.DateTime(), primary_key=True),
        sa.Column("confirmed", sa.Boolean()),
        sa.Column("actor", key),
    )


def downgrade() -> None:
    op.drop_table("skill_decisions")
    op.drop_table("vocabulary_contents")
    op.drop_table("vocabularies")
