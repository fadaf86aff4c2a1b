"""Whom a change of the data is about, where it is about few."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("revisions", sa.Column("alumni", sa.Text()))


def downgrade() -> None:
    op.drop_column("revisions", "alumni")
