"""What a request does not want."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("requests", sa.Column("not_wanted", sa.Text()))


def downgrade() -> None:
    op.drop_column("requests", "not_wanted")
