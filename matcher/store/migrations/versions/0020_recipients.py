"""Mail to who made a request, and to an address of somebody who is in no list."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_REQUEST = "fk_outbox_request_key"


def upgrade() -> None:
    with op.batch_alter_table("outbox") as table:
        table.alter_column("alumnus_key", existing_type=KEY, nullable=True)
        table.add_column(sa.Column("request_key", KEY))
        table.add_column(sa.Column("school", WORD))
        table.create_foreign_key(_REQUEST, "requests", ["request_key"], ["key"], ondelete="CASCADE")
    op.create_index("ix_outbox_request_key", "outbox", ["request_key"])


def downgrade() -> None:
    op.execute("DELETE FROM outbox WHERE alumnus_key IS NULL")
    op.drop_index("ix_outbox_request_key", "outbox")
    with op.batch_alter_table("outbox") as table:
        table.drop_constraint(_REQUEST, type_="foreignkey")
        table.drop_column("school")
        table.drop_column("request_key")
        table.alter_column("alumnus_key", existing_type=KEY, nullable=False)
