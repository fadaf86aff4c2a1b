"""Whether an alumnus chose mail once a week, or each by itself: a school may choose for those who did not."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("weekly_mail", sa.Column("weekly", sa.Boolean(), nullable=False, server_default=sa.true()))


def downgrade() -> None:
    op.execute("delete from weekly_mail where not weekly")
    op.drop_column("weekly_mail", "weekly")
