"""The same file twice makes nobody twice and changes nothing, whether its people have numbers or not."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from matcher.domain.records import RecordKind, record_id
from matcher.errors import InputError
from matcher.policy import COMMAND_LINE
from matcher.services import imports
from matcher.services.app import StoreApp
from matcher.spreadsheets.questions import ACCEPTED
from matcher.spreadsheets.report import Report
from matcher.spreadsheets.targets import Wishes
from tests.support.apps import without_engine
from tests.support.files import TODAY, text

CASES = sorted(path for path in (Path(__file__).parent / "cases").iterdir() if "-alumni." in path.name)
SAID = {"consent_yes_no": "gastles", "consent_since": "2026-09-01"}
ALUMNI = RecordKind.ALUMNI


def taken_in(app: StoreApp, path: Path, *, at_once: int = imports.BATCH) -> Report:
    wishes = Wishes(accept=frozenset(ACCEPTED), answers=SAID)
    return imports.import_records(app, COMMAND_LINE, path, ALUMNI, school="Noord", wishes=wishes, at_once=at_once)


def stored(app: StoreApp) -> dict[str, object]:
    with app.store.read() as records:
        return {record_id(record): record for record in records.records.stream(ALUMNI, personal=True)}


@pytest.mark.parametrize("at_once", [1, 1000])
@pytest.mark.parametrize("path", CASES, ids=[path.name for path in CASES])
def test_a_real_list_twice(path: Path, at_once: int, tmp_path: Path) -> None:
    """In one transaction or in one for each row: nobody new, no field changed."""
    with without_engine(tmp_path, TODAY) as app:
        try:
            first = taken_in(app, path, at_once=at_once)
        except InputError:
            return
        there = stored(app)
        again = taken_in(app, path, at_once=at_once)
        assert (again.created, again.updated, again.unchanged) == (
            0,
            0,
            first.created + first.updated + first.unchanged,
        )
        assert stored(app) == there


CELLS = {
    "voornaam": ["Jan", "jan", "Noor", "", "-"],
    "achternaam": ["Jansen", "van Dijk", "", "-"],
    "email": ["jan@x.example", "noor@x.example", "", "", "-"],
    "telefoon": ["0612345678", "", "", "-"],
    "woonplaats": ["Zwolle", "Kampen", "", "-"],
    "functie": ["kok", "bakker", "", "-"],
    "opleidingen": ["25180|Kok|2||2014", "|Bakker||", "", "-"],
    "toestemming": ["gastles", "mentor", "", "-"],
}
ROWS = st.lists(st.fixed_dictionaries({name: st.sampled_from(texts) for name, texts in CELLS.items()}), max_size=6)
HEADERS = st.sets(st.sampled_from(list(CELLS)), min_size=1).map(sorted)


@settings(max_examples=60, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(ROWS, HEADERS, st.sampled_from([1, 2, 1000]))
def test_a_list_without_numbers_twice(rows: list[dict[str, str]], headers: list[str], at_once: int) -> None:
    """Names that several rows share, rows with a name alone, with an address alone, in any columns."""
    lines = [";".join(headers), *(";".join(row[name] for name in headers) for row in rows)]
    with TemporaryDirectory() as folder, without_engine(Path(folder), TODAY) as app:
        path = text(Path(folder) / "a.csv", "\n".join(lines) + "\n")
        taken_in(app, path, at_once=at_once)
        there = stored(app)
        again = taken_in(app, path, at_once=at_once)
        assert (again.created, again.updated) == (0, 0), there
        assert stored(app) == there
