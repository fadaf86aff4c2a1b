"""Letters to everybody who comes for a request."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "request_letters",
        sa.Column("key", KEY, primary_key=True, autoincrement=False),
        sa.Column(
            "request_key",
            KEY,
            sa.ForeignKey("requests.key", ondelete="CASCADE", name="fk_request_letters_request_key"),
            nullable=False,
        ),
        sa.Column("text", sa.Text()),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor", KEY),
        sa.Column("role", WORD, nullable=False),
    )
    op.create_index("ix_request_letters_request_key", "request_letters", ["request_key"])


def downgrade() -> None:
    op.drop_table("request_letters")
