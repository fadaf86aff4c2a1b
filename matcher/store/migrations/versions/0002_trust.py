"""Accounts, sessions, tokens, links, the audit log, tombstones and marks."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TEXT, DAY, MOMENT = sa.Text(), sa.Date(), sa.DateTime()


def _of_alumnus(table: str, *, nullable: bool) -> sa.Column[int]:
    foreign = sa.ForeignKey("alumni.key", name=f"fk_{table}_alumnus_key", ondelete="CASCADE")
    return sa.Column("alumnus_key", KEY, foreign, nullable=nullable)


def _required(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("key", KEY, autoincrement=False),
        _required("issuer", WORD),
        _required("subject", WORD),
        _required("role", WORD),
        sa.Column("school", WORD),
        _of_alumnus("accounts", nullable=True),
        _required("created_at", MOMENT),
        sa.PrimaryKeyConstraint("key", name="pk_accounts"),
        sa.UniqueConstraint("issuer", "subject", name="uq_accounts_issuer_subject"),
    )
    op.create_index("ix_accounts_alumnus_key", "accounts", ["alumnus_key"])
    account = sa.ForeignKey("accounts.key", name="fk_sessions_account_key", ondelete="CASCADE")
    op.create_table(
        "sessions",
        sa.Column("token_hash", WORD),
        sa.Column("account_key", KEY, account, nullable=False),
        _required("form_token", TEXT),
        _required("created_at", MOMENT),
        _required("expires_at", MOMENT),
        sa.PrimaryKeyConstraint("token_hash", name="pk_sessions"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_sessions_account_key", "sessions", ["account_key"])
    op.create_table(
        "tokens",
        sa.Column("key", KEY, autoincrement=False),
        _required("token_hash", WORD),
        _required("name", TEXT),
        _required("role", WORD),
        sa.Column("school", WORD),
        _required("created_at", MOMENT),
        sa.Column("last_used_on", DAY),
        sa.Column("revoked_at", MOMENT),
        sa.PrimaryKeyConstraint("key", name="pk_tokens"),
        sa.UniqueConstraint("token_hash", name="uq_tokens_token_hash"),
    )
    op.create_table(
        "links",
        sa.Column("token_hash", WORD),
        _of_alumnus("links", nullable=False),
        _required("purpose", TEXT),
        _required("expires_at", MOMENT),
        sa.Column("used_at", MOMENT),
        sa.PrimaryKeyConstraint("token_hash", name="pk_links"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_links_alumnus_key", "links", ["alumnus_key"])
    op.create_table(
        "audit",
        sa.Column("id", KEY, autoincrement=False),
        _required("at", MOMENT),
        sa.Column("actor", KEY),
        _required("role", WORD),
        sa.Column("school", WORD),
        _required("action", WORD),
        _required("details", TEXT),
        _required("previous", WORD),
        _required("digest", WORD),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_table(
        "objections",
        sa.Column(
            "alumnus_key",
            KEY,
            sa.ForeignKey("alumni.key", name="fk_objections_alumnus_key", ondelete="CASCADE"),
            autoincrement=False,
        ),
        _required("since", DAY),
        sa.PrimaryKeyConstraint("alumnus_key", name="pk_objections"),
    )
    op.create_table(
        "retention",
        sa.Column(
            "alumnus_key",
            KEY,
            sa.ForeignKey("alumni.key", name="fk_retention_alumnus_key", ondelete="CASCADE"),
            autoincrement=False,
        ),
        _required("asked_on", DAY),
        sa.Column("reminded_on", DAY),
        sa.PrimaryKeyConstraint("alumnus_key", name="pk_retention"),
    )
    op.create_table(
        "tombstones",
        sa.Column("digest", WORD),
        _required("erased_on", DAY),
        sa.PrimaryKeyConstraint("digest", name="pk_tombstones"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "marks",
        sa.Column("name", WORD),
        _required("value", TEXT),
        sa.PrimaryKeyConstraint("name", name="pk_marks"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for name in ("marks", "tombstones", "retention", "objections", "audit", "links", "tokens", "sessions", "accounts"):
        op.drop_table(name)
