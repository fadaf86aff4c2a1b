"""The newest entry of the log, stored a second time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """As `matcher.store.log_head` writes it; the store seals it right after, in the same transaction."""
    connection = op.get_bind()
    newest = connection.execute(sa.text("SELECT id, digest FROM audit ORDER BY id DESC LIMIT 1")).one_or_none()
    number, digest = newest or (0, "0" * 64)
    insert = sa.text("INSERT INTO installation_values (name, value) VALUES ('log_head', :value)")
    connection.execute(insert, {"value": f"{number} {digest} {number}"})


def downgrade() -> None:
    op.execute("DELETE FROM installation_values WHERE name = 'log_head'")
