#!/usr/bin/env bash
# SQLAlchemy 2.1.9: `ExceptionContext.cursor` is documented, and reading it raises AttributeError; with psycopg, the cursor
# of a lost connection can only be closed by another way.
#
# What: the context that a listener of `handle_error` gets has a slot `cursor` that is never filled, for each kind of error.
# `execution_context.cursor` is the cursor. The dialect closes the cursor of an error itself, but not where the connection
# was lost: a server-side cursor of psycopg 3.3 then warns (ResourceWarning) when it is collected.
# Expected: "cursor: the DBAPI cursor object. May be None." (https://docs.sqlalchemy.org/en/21/core/connections.html,
# sqlalchemy.engine.ExceptionContext).
# Seen by: a listener that closes cursors of lost connections, to which every lost connection became an AttributeError.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv v && v/bin/pip install -q --disable-pip-version-check sqlalchemy==2.1.9
cat >run.py <<'SCRIPT'
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import DBAPIError

engine = create_engine("sqlite://")


def told(context):
    for holder, name in ((context, "cursor"), (context, "statement"), (context.execution_context, "cursor")):
        try:
            value = type(getattr(holder, name)).__name__
        except AttributeError as error:
            value = f"AttributeError: {error}"
        print(f"{type(holder).__name__}.{name}: {value}")


event.listen(engine, "handle_error", told)
with engine.connect() as connection:
    try:
        connection.execute(text("SELECT * FROM nothing"))
    except DBAPIError as error:
        print(type(error).__name__)
SCRIPT
v/bin/python run.py | tee seen
diff seen - <<'SEEN'
ExceptionContextImpl.cursor: AttributeError: 'ExceptionContextImpl' object has no attribute 'cursor'
ExceptionContextImpl.statement: str
SQLiteExecutionContext.cursor: Cursor
OperationalError
SEEN
