"""Mail that alumni stopped, addresses that mail came back from, and mail that came in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _alumnus(table: str) -> sa.Column[int]:
    target = sa.ForeignKey("alumni.key", ondelete="CASCADE", name=f"fk_{table}_alumnus_key")
    return sa.Column("alumnus_key", KEY, target, nullable=False)


def upgrade() -> None:
    op.create_table(
        "mail_stops",
        sa.Column("key", KEY, primary_key=True, autoincrement=False),
        _alumnus("mail_stops"),
        sa.Column("scope", WORD, nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
    )
    op.create_table(
        "closed_addresses",
        sa.Column("key", KEY, primary_key=True, autoincrement=False),
        _alumnus("closed_addresses"),
        sa.Column("digest", WORD, nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
    )
    op.create_table(
        "inbox_seen",
        sa.Column("digest", WORD, primary_key=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sqlite_with_rowid=False,
    )
    request = sa.ForeignKey("requests.key", ondelete="CASCADE", name="fk_inbox_doubts_request_key")
    op.create_table(
        "inbox_doubts",
        sa.Column("key", KEY, primary_key=True, autoincrement=False),
        _alumnus("inbox_doubts"),
        sa.Column("request_key", KEY, request),
        sa.Column("reading", WORD, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
    )
    for table in ("mail_stops", "closed_addresses", "inbox_doubts"):
        op.create_index(f"ix_{table}_alumnus_key", table, ["alumnus_key"])
    op.create_index("ix_links_expires_at", "links", ["expires_at"])
    op.create_index("ix_closed_addresses_digest", "closed_addresses", ["digest"])
    op.create_index("ix_inbox_doubts_request_key", "inbox_doubts", ["request_key"])


def downgrade() -> None:
    op.drop_index("ix_links_expires_at", "links")
    for table in ("inbox_doubts", "inbox_seen", "closed_addresses", "mail_stops"):
        op.drop_table(table)
