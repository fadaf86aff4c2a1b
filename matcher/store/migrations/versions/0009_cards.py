"""What handles on the cards of unsaved questions are bound to, and the sentence that an alumnus shows on cards."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "questions",
        sa.Column("digest", WORD, primary_key=True),
        sa.Column("scope", WORD, nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("request_key", KEY, sa.ForeignKey("requests.key", ondelete="CASCADE")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_questions_request_key", "questions", ["request_key"])
    op.add_column("alumni", sa.Column("card_text", sa.Text()))


def downgrade() -> None:
    op.drop_column("alumni", "card_text")
    op.drop_table("questions")
