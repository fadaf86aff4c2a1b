"""Of a course: whether one can apply, as its provider says."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("offerings", sa.Column("registration", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("offerings", "registration")
