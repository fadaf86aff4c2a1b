"""Which requests and offerings a change of the data is about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("requests", "offerings"):
        op.add_column("revisions", sa.Column(name, sa.Text()))
    op.add_column("revisions", sa.Column("entry", sa.BigInteger().with_variant(sa.Integer(), "sqlite")))


def downgrade() -> None:
    for name in ("entry", "offerings", "requests"):
        op.drop_column("revisions", name)
