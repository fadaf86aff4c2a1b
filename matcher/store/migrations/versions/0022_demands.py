"""The life of a request and of an invitation, and what was seen before one."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_PART = 1000


def upgrade() -> None:
    op.create_table(
        "request_states",
        _of("request_states", "request_key", "requests.key", autoincrement=False),
        sa.Column("phase", WORD, nullable=False),
        sa.Column("owner", KEY),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("reason", WORD),
        sa.Column("students", sa.Integer()),
        sa.Column("experience", WORD),
        sa.PrimaryKeyConstraint("request_key", name="pk_request_states"),
    )
    for name in ("owner", "phase"):
        op.create_index(f"ix_request_states_{name}", "request_states", [name])
    op.create_table(
        "request_steps",
        sa.Column("id", KEY, primary_key=True, autoincrement=True),
        _of("request_steps", "request_key", "requests.key"),
        sa.Column("step", WORD, nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor", KEY),
        sa.Column("role", WORD, nullable=False),
        sa.Column("reason", WORD),
        sa.PrimaryKeyConstraint("id", name="pk_request_steps"),
    )
    op.create_index("ix_request_steps_request_key", "request_steps", ["request_key"])
    op.create_table(
        "invitations",
        sa.Column("key", KEY, primary_key=True, autoincrement=False),
        _of("invitations", "alumnus_key", "alumni.key"),
        _of("invitations", "request_key", "requests.key"),
        sa.Column("state", WORD, nullable=False),
        sa.Column("place", sa.Integer()),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("reason", WORD),
        sa.Column("words", sa.Text()),
        sa.Column("mail", KEY),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("asked_at", sa.DateTime()),
        sa.Column("undo_until", sa.DateTime()),
        sa.Column("deadline", sa.Date()),
        sa.Column("remind_on", sa.Date()),
        sa.Column("reminded_at", sa.DateTime()),
        sa.Column("answered_at", sa.DateTime()),
        sa.Column("answer", WORD),
        sa.Column("why_not", WORD),
        sa.Column("moment", sa.DateTime()),
        sa.Column("until", sa.Date()),
        sa.Column("said", sa.Text()),
        sa.Column("approved_by", KEY),
        sa.Column("approved_role", WORD, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_invitations"),
    )
    for columns in (["alumnus_key"], ["request_key"], ["state", "deadline"]):
        op.create_index(f"ix_invitations_{'_'.join(columns)}", "invitations", columns)
    op.create_table(
        "audit_seen",
        sa.Column("actor", KEY, autoincrement=False),
        sa.Column("query", KEY, autoincrement=False),
        _of("audit_seen", "entry", "audit.id", autoincrement=False),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("actor", "query", "entry", name="pk_audit_seen"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_audit_seen_entry", "audit_seen", ["entry"])
    _fill()


def _fill() -> None:
    """What the log says of rankings of a request, as a ranking from now on stores it."""
    connection, after = op.get_bind(), 0
    found = sa.text(
        "SELECT id, actor, details FROM audit WHERE action = 'match' AND actor IS NOT NULL AND id > :after"
        " ORDER BY id LIMIT :most"
    )
    add = sa.text('INSERT INTO audit_seen (actor, "query", entry, shown) VALUES (:actor, :query, :entry, :shown)')
    while rows := connection.execute(found, {"after": after, "most": _PART}).all():
        after, seen = rows[-1][0], []
        for entry, actor, text in rows:
            details = json.loads(text)
            query = details.get("query")
            if isinstance(query, int) and query:
                shown = len(details.get("shown", ()))
                seen.append({"actor": actor, "query": query, "entry": entry, "shown": shown})
        if seen:
            connection.execute(add, seen)


def _of(table: str, name: str, target: str, **more: Any) -> sa.Column[int]:
    belongs = sa.ForeignKey(target, ondelete="CASCADE", name=f"fk_{table}_{name}")
    return sa.Column(name, KEY, belongs, nullable=False, **more)


def downgrade() -> None:
    for table in ("audit_seen", "invitations", "request_steps", "request_states"):
        op.drop_table(table)
