"""Of a training company: where it is, since when it is recognised, and how many students it can have."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None
NEW = ("company_town", "company_recognised_on", "company_places")


def upgrade() -> None:
    for name, kind in zip(NEW, (sa.Text, sa.Date, sa.Integer), strict=True):
        op.add_column("alumni", sa.Column(name, kind(), nullable=True))


def downgrade() -> None:
    for name in NEW:
        op.drop_column("alumni", name)
