"""Mail once a week, for alumni who choose that."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    target = sa.ForeignKey("alumni.key", ondelete="CASCADE", name="fk_weekly_mail_alumnus_key")
    op.create_table(
        "weekly_mail",
        sa.Column("alumnus_key", KEY, target, primary_key=True, autoincrement=False),
        sa.Column("since", sa.Date(), nullable=False),
    )
    op.add_column("outbox", sa.Column("letter", KEY))
    op.create_index("ix_outbox_letter", "outbox", ["letter"])


def downgrade() -> None:
    op.drop_index("ix_outbox_letter", "outbox")
    with op.batch_alter_table("outbox") as table:
        table.drop_column("letter")
    op.drop_table("weekly_mail")
