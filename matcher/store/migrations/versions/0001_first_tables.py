"""The first tables: people, requests, offerings, consents, ledger, revisions, vectors, places."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER: sa.Double[float] = sa.Double()
TEXT, WHOLE, DAY, YES_NO = sa.Text(), sa.Integer(), sa.Date(), sa.Boolean()


def _columns(kind: sa.types.TypeEngine[Any], *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind) for name in names]


def _required(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _key() -> sa.Column[int]:
    return sa.Column("key", KEY, primary_key=True, autoincrement=False)


def _foreign(table: str, name: str, target: str, on_delete: str = "CASCADE") -> sa.ForeignKey:
    return sa.ForeignKey(f"{target}.key", name=f"fk_{table}_{name}", ondelete=on_delete)


def _belongs_to(table: str, name: str, target: str) -> sa.Column[int]:
    return sa.Column(name, KEY, _foreign(table, name, target), primary_key=True, autoincrement=False)


def _create(name: str, *parts: sa.Column[Any] | sa.UniqueConstraint, indexes: str = "", rowid: bool = True) -> None:
    primary = [part.name for part in parts if isinstance(part, sa.Column) and part.primary_key]
    op.create_table(name, *parts, sa.PrimaryKeyConstraint(*primary, name=f"pk_{name}"), sqlite_with_rowid=rowid)
    for column in indexes.split():
        op.create_index(f"ix_{name}_{column}", name, [column])


def upgrade() -> None:
    _create(
        "alumni",
        _key(),
        _required("school", WORD),
        _required("alumnus_id", WORD),
        *_columns(
            TEXT,
            "pc4",
            "town",
            "qualifications",
            "function",
            "employer",
            "sector",
            "skills",
            "experience",
            "needs",
            "languages",
        ),
        *_columns(WHOLE, "offers", "need_kinds", "day_parts", "max_asks_per_year"),
        *_columns(NUMBER, "max_distance_km", "max_price"),
        *_columns(DAY, "paused_until", "certificate_until"),
        *_columns(YES_NO, "online", "qualified_teacher"),
        *_columns(TEXT, "company_id", "stated_fields"),
        sa.UniqueConstraint("school", "alumnus_id", name="uq_alumni_school_alumnus_id"),
        indexes="alumnus_id",
    )
    _create(
        "contacts",
        _belongs_to("contacts", "alumnus_key", "alumni"),
        *_columns(TEXT, "first_name", "last_name", "email", "phone", "postcode"),
        *_columns(WORD, "email_key"),
        indexes="email_key",
    )
    _create(
        "consents",
        _belongs_to("consents", "alumnus_key", "alumni"),
        sa.Column("purpose", WORD, primary_key=True),
        *_columns(DAY, "given_on", "withdrawn_on", "last_withdrawn_on"),
        _required("source", TEXT),
        *_columns(TEXT, "text_version"),
        rowid=False,
    )
    _create(
        "requests",
        _key(),
        _required("school", WORD),
        _required("request_id", WORD),
        _required("kind", TEXT),
        _required("title", TEXT),
        *_columns(TEXT, "description", "programme", "skills", "moments", "pc4", "town", "online", "languages"),
        *_columns(WHOLE, "level", "day_parts"),
        _required("people", WHOLE),
        *_columns(NUMBER, "hours_per_week"),
        *_columns(DAY, "period_from", "period_to", "closes_on"),
        _required("certificate_required", YES_NO),
        _required("company_required", YES_NO),
        sa.UniqueConstraint("school", "request_id", name="uq_requests_school_request_id"),
        indexes="request_id",
    )
    _create(
        "requesters",
        _belongs_to("requesters", "request_key", "requests"),
        *_columns(TEXT, "email"),
        *_columns(WORD, "email_key"),
        indexes="email_key",
    )
    _create(
        "offerings",
        _key(),
        _required("provider", WORD),
        _required("offering_id", WORD),
        _required("title", TEXT),
        *_columns(
            TEXT, "description", "skills", "crebo", "form", "pc4", "town", "language", "funding", "admission", "url"
        ),
        *_columns(WHOLE, "level", "day_parts", "seats", "enrolled"),
        *_columns(NUMBER, "nlqf", "price"),
        *_columns(DAY, "start", "end", "apply_until"),
        sa.UniqueConstraint("provider", "offering_id", name="uq_offerings_provider_offering_id"),
        indexes="offering_id",
    )
    _create(
        "ledger",
        sa.Column("id", KEY, primary_key=True, autoincrement=True),
        sa.Column("alumnus_key", KEY, _foreign("ledger", "alumnus_key", "alumni"), nullable=False),
        sa.Column("request_key", KEY, _foreign("ledger", "request_key", "requests", "SET NULL")),
        _required("event", TEXT),
        _required("on_date", DAY),
        *_columns(TEXT, "actor"),
        indexes="alumnus_key request_key",
    )
    _create(
        "conflicts",
        _belongs_to("conflicts", "request_key", "requests"),
        _belongs_to("conflicts", "alumnus_key", "alumni"),
        indexes="alumnus_key",
    )
    _create(
        "revisions",
        sa.Column("id", KEY, primary_key=True, autoincrement=False),
        _required("created_at", sa.DateTime()),
        _required("cause", TEXT),
        _required("rows", WHOLE),
    )
    _create(
        "vectors",
        sa.Column("encoder", WORD, primary_key=True),
        sa.Column("text_hash", WORD, primary_key=True),
        _required("data", sa.LargeBinary()),
        rowid=False,
    )
    _create(
        "places",
        sa.Column("key", WORD, primary_key=True),
        _required("latitude", NUMBER),
        _required("longitude", NUMBER),
    )


def downgrade() -> None:
    for name in ("places", "vectors", "revisions", "conflicts", "ledger", "offerings"):
        op.drop_table(name)
    for name in ("requesters", "requests", "consents", "contacts", "alumni"):
        op.drop_table(name)
