"""Imports that can be taken back, who withdrew a consent, how people are found again, and fields that schools keep."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from matcher.errors import ConfigurationError
from matcher.store.encryption import Digested, Encrypted
from matcher.store.marks import name_key, number_key, phone_key

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

_FIELDS = (
    ("contacts", "infix", sa.Text),
    ("alumni", "left_on", sa.Date),
    ("alumni", "diploma", sa.Boolean),
    ("alumni", "aftercare", sa.Text),
    ("requests", "team", sa.Text),
)
_MARKS = (("alumni", "number_key"), ("contacts", "phone_key"), ("contacts", "name_key"))
_PART = 1000


def upgrade() -> None:
    op.add_column("consents", sa.Column("withdrawn_by", WORD))
    for table, name, kind in _FIELDS:
        op.add_column(table, sa.Column(name, kind()))
    for table, name in _MARKS:
        op.add_column(table, sa.Column(name, WORD))
    _fill(op.get_bind())
    for table, name in _MARKS:
        op.create_index(f"ix_{table}_{name}", table, [name])
    op.create_table(
        "imports",
        sa.Column("key", KEY, primary_key=True, autoincrement=False),
        *(sa.Column(name, WORD, nullable=False) for name in ("id", "kind")),
        sa.Column("owner", WORD),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("file", "secret")),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("undone_at", sa.DateTime()),
        sa.Column("actor", KEY),
        sa.Column("role", WORD, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("created", "updated")),
        sa.UniqueConstraint("id", name="uq_imports_id"),
    )
    op.create_index("ix_imports_created_at", "imports", ["created_at"])
    changed = (("alumnus_key", "alumni"), ("request_key", "requests"), ("offering_key", "offerings"))
    op.create_table(
        "import_changes",
        sa.Column("id", KEY, primary_key=True, autoincrement=True),
        sa.Column("import_key", KEY, _belongs("import_key", "imports"), nullable=False),
        *(sa.Column(name, KEY, _belongs(name, table)) for name, table in changed),
        sa.Column("before", sa.Text()),
        sa.Column("after", WORD, nullable=False),
    )
    for name in ("import_key", *(name for name, _ in changed)):
        op.create_index(f"ix_import_changes_{name}", "import_changes", [name])


def _fill(connection: sa.Connection) -> None:
    """Fills in the forms under which people are found again; empty for contact details that no key here decrypts."""
    alumni = sa.table("alumni", sa.column("key"), sa.column("alumnus_id"), sa.column("number_key"))
    rows = connection.execute(sa.select(alumni.c.key, alumni.c.alumnus_id)).all()
    update = alumni.update().where(alumni.c.key == sa.bindparam("the_key")).values(number_key=sa.bindparam("mark"))
    for start in range(0, len(rows), _PART):
        part = rows[start : start + _PART]
        connection.execute(update, [{"the_key": key, "mark": number_key(number)} for key, number in part])
    columns = [sa.column(name, Encrypted) for name in ("phone", "first_name", "last_name")]
    keyed = [sa.column(name, Digested) for name in ("phone_key", "name_key")]
    contacts = sa.table("contacts", sa.column("alumnus_key"), *columns, *keyed)
    this = contacts.c.alumnus_key == sa.bindparam("the_key")
    fill = contacts.update().where(this).values(phone_key=sa.bindparam("the_phone"), name_key=sa.bindparam("the_name"))
    try:
        rows = connection.execute(sa.select(contacts.c.alumnus_key, *(contacts.c[one.name] for one in columns))).all()
    except ConfigurationError:
        return
    for start in range(0, len(rows), _PART):
        marks = [
            {"the_key": row[0], "the_phone": phone_key(row[1]) or None, "the_name": name_key(*row[2:])}
            for row in rows[start : start + _PART]
        ]
        connection.execute(fill, marks)


def _belongs(name: str, target: str) -> sa.ForeignKey:
    return sa.ForeignKey(f"{target}.key", ondelete="CASCADE", name=f"fk_import_changes_{name}")


def downgrade() -> None:
    op.drop_table("import_changes")
    op.drop_table("imports")
    for table, name in _MARKS:
        op.drop_index(f"ix_{table}_{name}", table)
        op.drop_column(table, name)
    for table, name, _ in reversed(_FIELDS):
        op.drop_column(table, name)
    op.drop_column("consents", "withdrawn_by")
