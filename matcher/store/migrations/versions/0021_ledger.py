"""More of each line of the ledger, what it undoes among it; and who stands first in the list of a request."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_COLUMNS: tuple[tuple[str, Any], ...] = (
    ("school", WORD),
    ("kind", sa.Text()),
    ("team", sa.Text()),
    ("benefit", sa.Text()),
    ("hours", sa.Double()),
    ("students", sa.Integer()),
    ("corrects", KEY),
)
_OF_REQUEST = ("school", "kind", "team")
_USED = ("key", "request_key", *_OF_REQUEST)


def upgrade() -> None:
    with op.batch_alter_table("ledger") as table:
        for name, kind in _COLUMNS:
            table.add_column(sa.Column(name, kind))
    ledger, requests = (sa.table(name, *(sa.column(one) for one in _USED)) for name in ("ledger", "requests"))
    of_request = requests.c.key == ledger.c.request_key
    values = {
        name: sa.select(sa.func.nullif(requests.c[name], "")).where(of_request).scalar_subquery()
        for name in _OF_REQUEST
    }
    op.execute(ledger.update().where(ledger.c.request_key.is_not(None)).values(values))
    for name in ("school", "corrects"):
        op.create_index(f"ix_ledger_{name}", "ledger", [name])
    op.create_table(
        "exposures",
        sa.Column("request_key", KEY, _key_of("request", "requests"), autoincrement=False),
        sa.Column("place", sa.Integer(), autoincrement=False),
        sa.Column("alumnus_key", KEY, _key_of("alumnus", "alumni")),
        sa.PrimaryKeyConstraint("request_key", "place", name="pk_exposures"),
    )
    op.create_index("ix_exposures_alumnus_key", "exposures", ["alumnus_key"])


def _key_of(what: str, table: str) -> sa.ForeignKey:
    return sa.ForeignKey(f"{table}.key", name=f"fk_exposures_{what}_key", ondelete="CASCADE")


def downgrade() -> None:
    op.drop_table("exposures")
    op.execute("DELETE FROM ledger WHERE id IN (SELECT corrects FROM ledger WHERE corrects IS NOT NULL)")
    op.execute("DELETE FROM ledger WHERE event IN ('released', 'retracted', 'corrected')")
    for name in ("school", "corrects"):
        op.drop_index(f"ix_ledger_{name}", "ledger")
    with op.batch_alter_table("ledger") as table:
        for name, _ in reversed(_COLUMNS):
            table.drop_column(name)
