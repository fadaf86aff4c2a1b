"""Names of programmes by code, as RIO has them, and which code took the place of an old one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "programme_codes",
        sa.Column("code", word, primary_key=True),
        sa.Column("name", sa.Text()),
        sa.Column("level", sa.Integer()),
        sa.Column("successor", word),
    )


def downgrade() -> None:
    op.drop_table("programme_codes")
