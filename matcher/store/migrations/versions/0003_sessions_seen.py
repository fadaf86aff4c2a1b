"""When a session was last used, so that one that is left alone ends."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sessions", sa.Column("seen_at", sa.DateTime()))


def downgrade() -> None:
    op.drop_column("sessions", "seen_at")
