"""A source that was removed stays without its settings, so that it stays known which courses came from elsewhere.

And since when a source fails.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sources", sa.Column("removed_at", sa.DateTime()))
    op.add_column("sources", sa.Column("failing_since", sa.DateTime()))
    op.drop_index("ix_sources_name", "sources")
    there = sa.text("removed_at IS NULL")
    op.create_index("ix_sources_name", "sources", ["name"], unique=True, sqlite_where=there, postgresql_where=there)


def downgrade() -> None:
    op.execute("DELETE FROM sources WHERE removed_at IS NOT NULL")
    op.drop_index("ix_sources_name", "sources")
    op.create_index("ix_sources_name", "sources", ["name"], unique=True)
    op.drop_column("sources", "failing_since")
    op.drop_column("sources", "removed_at")
