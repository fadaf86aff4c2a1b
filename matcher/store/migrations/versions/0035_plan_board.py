"""How well each alumnus of a plan fits, and who could be asked instead."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("plan_lines", sa.Column("band", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.execute("DELETE FROM plan_lines WHERE state = 'spare'")
    with op.batch_alter_table("plan_lines") as table:
        table.drop_column("band")
