"""Who withdrew a consent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("consents", sa.Column("withdrawn_by", WORD))


def downgrade() -> None:
    op.drop_column("consents", "withdrawn_by")
