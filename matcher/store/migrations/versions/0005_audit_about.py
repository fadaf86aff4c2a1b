"""Whom each entry of the log is about, what is left of former addresses, and consents by day."""

from __future__ import annotations

import json
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _key_of(name: str, table: str, target: str) -> sa.Column[int]:
    foreign = sa.ForeignKey(target, name=f"fk_{table}_{name}", ondelete="CASCADE")
    return sa.Column(name, KEY, foreign, nullable=False, autoincrement=False)


def upgrade() -> None:
    op.create_table(
        "audit_people",
        _key_of("alumnus_key", "audit_people", "alumni.key"),
        _key_of("entry", "audit_people", "audit.id"),
        sa.PrimaryKeyConstraint("alumnus_key", "entry", name="pk_audit_people"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_audit_people_entry", "audit_people", ["entry"])
    op.create_table(
        "audit_schools",
        sa.Column("school", WORD, nullable=False),
        _key_of("entry", "audit_schools", "audit.id"),
        sa.PrimaryKeyConstraint("school", "entry", name="pk_audit_schools"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_audit_schools_entry", "audit_schools", ["entry"])
    op.create_table(
        "former_addresses",
        _key_of("alumnus_key", "former_addresses", "alumni.key"),
        sa.Column("digest", WORD, nullable=False),
        sa.PrimaryKeyConstraint("alumnus_key", "digest", name="pk_former_addresses"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_consents_given_on", "consents", ["given_on"])
    _fill()


def _fill() -> None:
    """The entries that are there already, as new ones are put in."""
    connection = op.get_bind()
    schools: dict[int, str] = {row[0]: row[1] for row in connection.execute(sa.text("SELECT key, school FROM alumni"))}
    for number, details in connection.execute(sa.text("SELECT id, details FROM audit")).all():
        about = {key for key in _numbers(json.loads(details)) if key in schools}
        people = [{"key": key, "entry": number} for key in about]
        named = [{"school": school, "entry": number} for school in {schools[key] for key in about}]
        if people:
            connection.execute(sa.text("INSERT INTO audit_people (alumnus_key, entry) VALUES (:key, :entry)"), people)
            connection.execute(sa.text("INSERT INTO audit_schools (school, entry) VALUES (:school, :entry)"), named)


def _numbers(value: object) -> Iterator[int]:
    match value:
        case dict():
            for item in value.values():
                yield from _numbers(item)
        case list():
            for item in value:
                yield from _numbers(item)
        case bool():
            return
        case int():
            yield value


def downgrade() -> None:
    op.drop_index("ix_consents_given_on", "consents")
    for name in ("former_addresses", "audit_schools", "audit_people"):
        op.drop_table(name)
