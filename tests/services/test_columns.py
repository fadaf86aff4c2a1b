"""The columns of a school's file: looked at by a command, and remembered for the next file of that shape."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from matcher.domain.records import RecordKind
from matcher.errors import Forbidden
from matcher.policy import COMMAND_LINE, VISITOR
from matcher.services import columns
from matcher.services.app import WithoutEngine
from matcher.services.imports import import_records
from matcher.services.kept_columns import remember
from matcher.spreadsheets.mapping_file import key_of
from matcher.spreadsheets.recognition import Recognition
from matcher.spreadsheets.targets import How, Target, Wishes
from matcher.store import schema
from matcher.store.mappings import MOST
from matcher.store.sql_store import SqlStore
from tests.api.conftest import Run, runner
from tests.support import fresh
from tests.support.fakes import FixedClock
from tests.support.region import engine_in
from tests.support.stores import reading, writing
from tests.support.worlds import AS_OF

LIST = (
    "Nr;Roepnaam;Klas;E-mail;BSN\n1;Fenna;VZ2A;fenna@voorbeeld.example;123456782\n2;Daan;TI1;daan@voorbeeld.example;\n"
)
ALUMNI = RecordKind.ALUMNI


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    made = SqlStore(f"sqlite:///{tmp_path / 'a.db'}", FixedClock(AS_OF))
    fresh.migrate(made)
    yield made
    made.close()


@pytest.fixture
def app(store: SqlStore) -> WithoutEngine:
    return WithoutEngine(store, FixedClock(AS_OF))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "lijst.csv"
    path.write_text(LIST, encoding="utf-8")
    return path


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on a small region; gives its exit code, output and error output."""
    monkeypatch.chdir(tmp_path)
    return runner(engine_in(tmp_path, cache=tmp_path / "cache"), capsys)


def test_a_mapping_is_offered_the_next_time(app: WithoutEngine, file: Path, store: SqlStore) -> None:
    """What a school said of a shape of file counts for its next one, and for no other school or kind."""
    wishes = Wishes(mapping={"Klas": Target("opleiding_naam"), "Nr": None})
    first = columns.look(app, COMMAND_LINE, file, ALUMNI, school="Noord", wishes=wishes)
    remember(writing(store), "Noord", ALUMNI, first.block.headers, first.guesses)
    again = columns.look(app, COMMAND_LINE, file, ALUMNI, school="Noord")
    assert [guess.target for guess in again.guesses] == [guess.target for guess in first.guesses]
    assert {guess.how for guess in again.guesses if guess.header in {"Klas", "Nr"}} == {How.MAPPING}
    assert reading(store).mappings.find("Noord", "requests", key_of(first.block.headers)) == {}
    other = columns.look(app, COMMAND_LINE, file, ALUMNI, school="Zuid")
    assert other.guesses[2].target is None
    assert writing(store).mappings.forget("Noord") == 1
    assert columns.look(app, COMMAND_LINE, file, ALUMNI, school="Noord").guesses[2].target is None


def test_a_column_is_what_an_import_takes_it_for(app: WithoutEngine, file: Path) -> None:
    """A header of ours of which no cell fits is that field all the same, so that an import names its cells."""
    file.write_text("alumnus_id;roepnaam;email\n1;Fenna;maandag\n2;Daan;dinsdag\n3;Noor;woensdag\n", encoding="utf-8")
    looked = columns.look(app, COMMAND_LINE, file, ALUMNI, school="Noord")
    shown: list[Recognition] = []
    import_records(app, COMMAND_LINE, file, ALUMNI, school="Noord", dry_run=True, show=shown.append)
    targets = [guess.target for guess in looked.guesses]
    assert targets == [guess.target for guess in shown[0].guesses]
    assert targets[2] == Target("email")


def test_no_header_is_stored(app: WithoutEngine, file: Path, store: SqlStore) -> None:
    """A header may be a name where a file has none: only digests and our own fields are in the table."""
    found = columns.look(app, COMMAND_LINE, file, ALUMNI, school="Noord")
    remember(writing(store), "Noord", ALUMNI, found.block.headers, found.guesses)
    with store._database.reading() as connection:
        kept = "".join(map(str, connection.execute(select(schema.mappings)).one()))
    assert "voornaam" in kept
    for word in ("Roepnaam", "roepnaam", "Klas", "klas", "BSN", "bsn", "Fenna"):
        assert word not in kept


def test_what_is_kept_has_an_end(store: SqlStore) -> None:
    """Of one school and kind a hundred shapes stay; a name or a field that is too long is not stored."""
    for number in range(MOST + 5):
        writing(store).mappings.keep(
            "Noord", "alumni", f"{number:03}", {"a": "email", "b" * 65: "email", "c": "d" * 101}
        )
    with store._database.reading() as connection:
        rows = connection.execute(select(schema.mappings.c.shape, schema.mappings.c.columns)).all()
    assert len(rows) == MOST
    assert {columns for _, columns in rows} == {'{"a": "email"}'}


def test_only_whoever_may_import_looks(app: WithoutEngine, file: Path) -> None:
    """The columns of a file, with its examples, are for whoever may import it."""
    with pytest.raises(Forbidden):
        columns.look(app, VISITOR, file, ALUMNI)


def test_the_command_shows_and_writes_the_columns(run: Run, file: Path, tmp_path: Path) -> None:
    """Header, field, how sure, examples; the file that it writes, changed, is read back; nothing of a forbidden one."""
    code, out, said = run("columns", "alumni", str(file), "--out", "m.toml")
    assert code == 0, said
    assert "voornaam" in out
    assert "bekende naam" in out
    assert "fenna@voorbeeld.example" in out
    assert "123456782" not in out
    written = tmp_path / "m.toml"
    written.write_text(written.read_text("utf-8").replace('"Klas" = ""', '"Klas" = "opleiding_naam"'), encoding="utf-8")
    code, out, _ = run("columns", "alumni", str(file), "--mapping", "m.toml", "--format", "json")
    assert code == 0
    found = {column["header"]: column for column in json.loads(out)["columns"]}
    assert (found["Klas"]["field"], found["Klas"]["how"]) == ("opleiding_naam", "mapping")
    assert (found["BSN"]["field"], found["BSN"]["forbidden"], found["BSN"]["examples"]) == (None, "bsn", [])
    assert found["E-mail"]["examples"] == ["fenna@voorbeeld.example", "daan@voorbeeld.example"]


def test_the_table_fits_a_terminal(run: Run, file: Path) -> None:
    """No line is longer than 80 columns, in either language."""
    for language in ("nl", "en"):
        _, out, _ = run("columns", "alumni", str(file), "--lang", language)
        assert max(map(len, out.splitlines())) <= 80


def test_a_wrong_mapping_is_told(run: Run, file: Path, tmp_path: Path) -> None:
    """A field that does not exist, another file, and an --out that is there are errors with a remedy."""
    (tmp_path / "m.toml").write_text('[columns]\n"Klas" = "klas"\n', encoding="utf-8")
    code, _, said = run("columns", "alumni", str(file), "--mapping", "m.toml")
    assert (code, "Het veld klas bestaat niet" in said) == (2, True)
    (tmp_path / "m.toml").write_text("x", encoding="utf-8")
    code, _, said = run("columns", "alumni", str(file), "--mapping", "m.toml")
    assert (code, "m.toml is geen lijst van kolommen" in " ".join(said.split())) == (2, True)
    assert run("columns", "alumni", str(file), "--out", "m.toml")[0] == 2
