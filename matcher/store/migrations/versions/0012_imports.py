"""Who withdrew a consent, and fields that schools keep: tussenvoegsel, when and how someone left, aftercare, team."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

_FIELDS = (
    ("contacts", "infix", sa.Text),
    ("alumni", "left_on", sa.Date),
    ("alumni", "diploma", sa.Boolean),
    ("alumni", "aftercare", sa.Text),
    ("requests", "team", sa.Text),
)


def upgrade() -> None:
    op.add_column("consents", sa.Column("withdrawn_by", WORD))
    for table, name, kind in _FIELDS:
        op.add_column(table, sa.Column(name, kind()))


def downgrade() -> None:
    for table, name, _ in reversed(_FIELDS):
        op.drop_column(table, name)
    op.drop_column("consents", "withdrawn_by")
