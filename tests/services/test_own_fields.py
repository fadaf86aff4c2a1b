"""Own fields from a school's list: taken when the coordinator says so, used in lists and exports, nothing forbidden."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from matcher.domain.own_fields import OwnKind, OwnSpec
from matcher.domain.records import RecordKind
from matcher.errors import Forbidden, InputError, InvalidValue, UnknownId
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.repositories.values import Upsert
from matcher.services import browsing, columns, exports, own_fields, privacy
from matcher.services.app import WithoutEngine
from matcher.services.browsing import Slice
from matcher.services.imports import import_records
from matcher.services.own_columns import values_of
from matcher.spreadsheets.mapping_file import read_mapping, write_mapping
from matcher.spreadsheets.report import Report
from matcher.spreadsheets.targets import Target, Wishes
from matcher.store.sql_store import SqlStore
from tests.support import fresh, stores
from tests.support.fakes import FixedClock
from tests.support.files import text
from tests.support.stores import reading, writing
from tests.support.worlds import AS_OF

ALUMNI = RecordKind.ALUMNI
COORDINATOR, TEACHER = Asker(7, Role.COORDINATOR, "Noord"), Asker(8, Role.TEACHER, "Noord")
OWN = "eigen_veld"
LIST = (
    "Studentnummer;Roepnaam;E-mail;Hobby;Rijbewijs;Bijzonderheden\n"
    "A-1;Fenna;fenna@voorbeeld.example;zeilen;ja;belt liever\n"
    "A-2;Daan;daan@voorbeeld.example;Lezen;nee;-\n"
    "A-3;Noor;noor@voorbeeld.example;ZEILEN;;\n"
)
TAKEN = {
    "Hobby": Target(OWN, "Hobby | keuze | niet persoonlijk"),
    "Rijbewijs": Target(OWN, "Heeft rijbewijs"),
    "Bijzonderheden": Target(OWN),
}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[WithoutEngine]:
    store = SqlStore(f"sqlite:///{tmp_path / 'a.db'}", FixedClock(AS_OF))
    fresh.migrate(store)
    yield WithoutEngine(store, FixedClock(AS_OF))
    store.close()


def taken_in(
    app: WithoutEngine,
    folder: Path,
    content: str = LIST,
    mapping: Mapping[str, Target | None] = TAKEN,
    *,
    dry_run: bool = False,
) -> Report:
    file = text(folder / "lijst.csv", content)
    return import_records(app, COORDINATOR, file, ALUMNI, dry_run=dry_run, wishes=Wishes(mapping=mapping))


def values(app: WithoutEngine, *numbers: str) -> list[dict[str, str]]:
    """What alumni have, by name of the field."""
    keys = [stores.key_of(app.store, ALUMNI, number) for number in numbers]
    with app.store.read() as records:
        found = values_of(records, keys)
    return [dict(found.get(key, {})) for key in keys]


def fields(app: WithoutEngine) -> dict[str, tuple[str, bool, tuple[str, ...], int]]:
    return {
        one.field.name: (one.field.kind.value, one.field.personal, one.field.choices, one.count)
        for one in own_fields.listed(app, COORDINATOR)
    }


def test_columns_come_in_as_the_coordinator_says(app: WithoutEngine, tmp_path: Path) -> None:
    """What is not said the cells tell; personal unless it is said not to be; the report says what came in."""
    report = taken_in(app, tmp_path)
    assert fields(app) == {
        "Bijzonderheden": ("text", True, (), 1),
        "Heeft rijbewijs": ("yes_no", True, (), 2),
        "Hobby": ("choice", False, ("zeilen", "Lezen"), 3),
    }
    assert values(app, "A-1", "A-2", "A-3") == [
        {"Bijzonderheden": "belt liever", "Heeft rijbewijs": "ja", "Hobby": "zeilen"},
        {"Heeft rijbewijs": "nee", "Hobby": "Lezen"},
        {"Hobby": "zeilen"},
    ]
    told = report.to_dict("nl")["own_fields"]
    assert isinstance(told, list)
    assert told[0] == {
        "column": "Hobby", "name": "Hobby", "kind": "choice", "personal": False,
        "choices": ["zeilen", "Lezen"], "is_new": True, "count": 3,
    }  # fmt: skip
    assert [entry.action for entry in stores.log(app.store)].count("fields.add") == 3


def test_the_same_file_again_changes_nothing_and_needs_no_mapping(app: WithoutEngine, tmp_path: Path) -> None:
    """What was said is remembered: next year it just comes in, and nothing is made a second time."""
    first, again = taken_in(app, tmp_path), taken_in(app, tmp_path, mapping={})
    assert (first.created, again.unchanged, again.updated, len(fields(app))) == (3, 3, 0, 3)
    assert [one.is_new for one in again.own_fields] == [False] * 3
    later = taken_in(app, tmp_path, LIST.replace("A-2;Daan", "A-2;Daniel").replace("nee", "ja"), {})
    assert (later.updated, later.unchanged, values(app, "A-2")[0]["Heeft rijbewijs"]) == (1, 2, "ja")


def test_nobody_says_so_and_nothing_is_kept(app: WithoutEngine, tmp_path: Path) -> None:
    """A column that we do not know is left out and named, as ever; a dry run makes nothing either."""
    report = taken_in(app, tmp_path, mapping={})
    assert (
        fields(app),
        report.own_fields,
    ) == ({}, [])
    foreseen = taken_in(app, tmp_path, dry_run=True)
    assert (foreseen.updated, fields(app)) == (3, {})


def test_an_unknown_choice_is_named_and_not_stored(app: WithoutEngine, tmp_path: Path) -> None:
    """The choices are those seen at first; another one is left out until somebody adds it."""
    taken_in(app, tmp_path)
    new = LIST.replace("Lezen", "tekenen")
    report = taken_in(app, tmp_path, new, {})
    (left,) = report.left_out
    assert (left.column, left.shown, left.rows, report.updated) == ("Hobby", "tekenen", [3], 0)
    assert "zeilen; Lezen" in left.remark.sentence("nl")
    own_fields.add_choices(app, COORDINATOR, "hobby", ["Tekenen", "zeilen"])
    assert taken_in(app, tmp_path, new, {}).left_out == []
    assert values(app, "A-2")[0]["Hobby"] == "Tekenen"


def test_too_many_choices_are_asked_about(app: WithoutEngine, tmp_path: Path) -> None:
    """More than twenty different: nothing is written, and text is proposed; unsaid, the column is text."""
    rows = "".join(f"A-{number};Ada;a{number}@voorbeeld.example;soort {number % 21}\n" for number in range(50))
    many = "Studentnummer;Roepnaam;E-mail;Soort\n" + rows
    report = taken_in(app, tmp_path, many, {"Soort": Target(OWN, "Soort | keuze")})
    assert (report.exit_code, [doubt.code for doubt in report.doubts], fields(app)) == (4, ["own_choices"], {})
    assert taken_in(app, tmp_path, many, {"Soort": Target(OWN)}).created == 50
    assert fields(app)["Soort"][0] == "text"


FORBIDDEN = [
    ("Geloof", ["x", "y", "z"]),
    ("BSN", ["1", "2", "3"]),
    ("Kenmerk", ["moslim", "christen", "atheist"]),
]


@pytest.mark.parametrize(("header", "cells"), FORBIDDEN)
def test_a_forbidden_column_is_no_own_field(app: WithoutEngine, tmp_path: Path, header: str, cells: list[str]) -> None:
    """By its name or by what stands in it, whatever the field is to be called."""
    rows = [f"A-{number};Ada;a{number}@voorbeeld.example;{cell}" for number, cell in enumerate(cells)]
    content = "\n".join([f"Studentnummer;Roepnaam;E-mail;{header}", *rows])
    report = taken_in(app, tmp_path, content, {header: Target(OWN, "Groep | tekst")})
    assert (report.created, fields(app)) == (3, {})
    assert [note.code for note in report.notes if note.code == "forbidden_column"] == ["forbidden_column"]


def test_a_forbidden_value_is_left_out_of_a_field_that_is_there(app: WithoutEngine, tmp_path: Path) -> None:
    """A single BSN, or a word that is only used of what may not be kept; also in a later file."""
    taken_in(app, tmp_path)
    later = LIST.replace("belt liever", "bsn 123456782").replace(";-\n", ";diabetes\n")
    report = taken_in(app, tmp_path, later, {})
    left_out = [(one.remark.code, one.shown, one.rows) for one in report.left_out]
    assert left_out == [("bsn", None, [2]), ("own_forbidden", None, [3])]
    assert values(app, "A-1", "A-2")[0]["Bijzonderheden"] == "belt liever"
    assert "Bijzonderheden" not in values(app, "A-2")[0]


NAMES = [
    ("Geloof", "own_field_forbidden"),
    ("voornaam", "own_field_ours"),
    ("a" * 51, "own_field_name"),
    ("a=b", "own_field_name"),
    ("Hobby | soms", "own_field_said"),
]


@pytest.mark.parametrize(("said", "code"), NAMES)
def test_a_name_that_may_not_be_is_refused(app: WithoutEngine, tmp_path: Path, said: str, code: str) -> None:
    """Nothing is written."""
    with pytest.raises(InvalidValue, match=code):
        taken_in(app, tmp_path, mapping={"Hobby": Target(OWN, said)})
    assert stores.alumni(app.store) == []


def test_an_eleventh_is_refused_before_anything_is_written(app: WithoutEngine, tmp_path: Path) -> None:
    """In a dry run too; and a field that is there is taken as it is, or the difference is named."""
    taken_in(app, tmp_path)
    for number in range(7):
        own_fields.add(app, COORDINATOR, OwnSpec(f"Veld {number}", OwnKind.TEXT))
    more = LIST.replace("Bijzonderheden", "Elfde")
    for dry_run in (True, False):
        with pytest.raises(InvalidValue, match="own_fields_full"):
            taken_in(app, tmp_path, more, {"Elfde": Target(OWN)}, dry_run=dry_run)
    with pytest.raises(InvalidValue, match="own_field_otherwise"):
        taken_in(app, tmp_path, mapping={"Hobby": Target(OWN, "Hobby | tekst")})
    assert len(fields(app)) == 10


def test_an_export_holds_them_and_gives_the_same_again(app: WithoutEngine, tmp_path: Path) -> None:
    """The header is the name; imported again nothing changes, in a file of a shape that was never seen."""
    taken_in(app, tmp_path)
    for ending in ("csv", "xlsx"):
        out = tmp_path / f"uit.{ending}"
        assert exports.export_records(app, COMMAND_LINE, out, ALUMNI, school="Noord") == 3
        report = import_records(app, COORDINATOR, out, ALUMNI)
        assert (report.unchanged, report.left_out, [one.count for one in report.own_fields]) == (3, [], [1, 2, 3])
    assert "Heeft rijbewijs" in (tmp_path / "uit.csv").read_text(encoding="utf-8-sig").splitlines()[0]


def test_what_the_person_says_stays(app: WithoutEngine, tmp_path: Path) -> None:
    """The next list is told so and the person sees whose word it is; an export of it changes nothing either."""
    taken_in(app, tmp_path)
    person = Asker(9, Role.ALUMNUS, "Noord", stores.key_of(app.store, ALUMNI, "A-1", "Noord"))
    own_fields.correct(app, person, "hobby", "LEZEN")
    own_fields.correct(app, COORDINATOR, "Bijzonderheden", "", alumnus_id="A-1")
    assert own_fields.current(app, person, "Hobby")[1] == "Lezen"
    assert own_fields.current(app, person, "Bijzonderheden")[1] == ""
    report = taken_in(app, tmp_path, LIST.replace("A-2;Daan", "A-2;Daantje"))
    assert (report.updated, report.unchanged) == (1, 2)
    told = [one.partition("veranderd: ")[2] for one in report.note_sentences("nl") if "zelf ingevuld" in one]
    assert [one.split(".")[0] for one in told] == ["Hobby", "Bijzonderheden"]
    known = privacy.known(app, person)  # type: ignore[arg-type]
    assert [(one["field"], one["value"], one["source"]) for one in known["own_fields"]] == [
        ("Heeft rijbewijs", "ja", "import"),
        ("Hobby", "Lezen", "person"),
    ]
    assert known["own_fields_empty"] == ["Bijzonderheden"]
    exports.export_records(app, COMMAND_LINE, tmp_path / "uit.csv", ALUMNI, school="Noord")
    assert import_records(app, COORDINATOR, tmp_path / "uit.csv", ALUMNI).unchanged == 3
    assert values(app, "A-1") == [{"Heeft rijbewijs": "ja", "Hobby": "Lezen"}]


@pytest.mark.parametrize(
    ("name", "text_", "code"),
    [
        ("Hobby", "tekenen", "own_field_value"),
        ("Hobby", "123456782", "bsn"),
        ("Heeft rijbewijs", "soms", "own_field_value"),
        ("Bijzonderheden", "BSN 123456782", "bsn"),
        ("Bijzonderheden", "katholiek", "own_forbidden"),
        ("Bijzonderheden", "x" * 501, "own_field_long"),
        ("Lengte", "1,80", "own_field_none"),
    ],
)
def test_what_may_not_be_kept_is_refused(app: WithoutEngine, tmp_path: Path, name: str, text_: str, code: str) -> None:
    """As in a list; nothing is changed, and a number like a BSN is repeated nowhere."""
    taken_in(app, tmp_path)
    before = values(app, "A-1")
    with pytest.raises(InputError) as refused:
        own_fields.correct(app, COORDINATOR, name, text_, alumnus_id="A-1")
    assert refused.value.code == code
    assert "123456782" not in str(refused.value)
    assert values(app, "A-1") == before


def test_of_oneself_and_of_the_own_school(app: WithoutEngine, tmp_path: Path) -> None:
    """Another alumnus, and one of another school, are as unknown as one who does not exist."""
    taken_in(app, tmp_path)
    person = Asker(9, Role.ALUMNUS, "Noord", stores.key_of(app.store, ALUMNI, "A-1", "Noord"))
    for asker, number in ((person, "A-2"), (Asker(11, Role.COORDINATOR, "Zuid"), "A-1")):
        with pytest.raises(UnknownId):
            own_fields.correct(app, asker, "Hobby", "lezen", alumnus_id=number)
    stores.upsert(app.store, ALUMNI, [Upsert(2, "Z-1", "Zuid", {})])
    with pytest.raises(UnknownId, match="own_fields_none"):
        own_fields.correct(app, COMMAND_LINE, "Hobby", "lezen", alumnus_id="Z-1", school="Zuid")


def test_who_may_list_alumni_sees_what_is_not_personal(app: WithoutEngine, tmp_path: Path) -> None:
    """With the alumni of the own school; who may not list them never does, and the person sees all of it."""
    taken_in(app, tmp_path)
    import_records(
        app, COMMAND_LINE, text(tmp_path / "z.csv", LIST), ALUMNI, school="Zuid", wishes=Wishes(mapping=TAKEN)
    )
    page = browsing.page(app, COORDINATOR, ALUMNI, Slice(1, 20))
    assert [page.own[record.key] for record in page.items] == [
        {"Hobby": "zeilen"},
        {"Hobby": "Lezen"},
        {"Hobby": "zeilen"},
    ]
    elsewhere = [stores.key_of(app.store, ALUMNI, "A-1", "Zuid")]
    assert own_fields.shown(app, COORDINATOR, elsewhere) == {}
    with pytest.raises(Forbidden):
        own_fields.shown(app, TEACHER, elsewhere)
    person = Asker(9, Role.ALUMNUS, "Noord", stores.key_of(app.store, ALUMNI, "A-1", "Noord"))
    known = privacy.known(app, person)  # type: ignore[arg-type]
    assert {item["field"]: item["value"] for item in known["own_fields"]} == {
        "Bijzonderheden": "belt liever", "Heeft rijbewijs": "ja", "Hobby": "zeilen"
    }  # fmt: skip
    assert json.dumps(known["imports"]).count("Hobby") == 0, "it came in with this import: there is no before"


def test_alumni_by_their_values(app: WithoutEngine, tmp_path: Path) -> None:
    """All of the values, in any spelling; a value that the field cannot hold is refused; who is listed is logged."""
    taken_in(app, tmp_path)
    found = own_fields.having(app, COORDINATOR, {"hobby": "ZEILEN"})
    assert [person.id for person in found] == ["A-1", "A-3"]
    assert stores.log(app.store, limit=1)[0].action == "alumni.list"
    assert [one.id for one in own_fields.having(app, COORDINATOR, {"Hobby": "zeilen", "heeft rijbewijs": "Ja"})] == [
        "A-1"
    ]
    with pytest.raises(InvalidValue, match="own_field_value"):
        own_fields.having(app, COORDINATOR, {"Hobby": "tekenen"})
    with pytest.raises(UnknownId, match="own_field_unknown"):
        own_fields.having(app, COORDINATOR, {"Lengte": "1,80"})
    adviser = Asker(10, Role.ADVISER, "Noord")
    assert own_fields.having(app, adviser, {"Hobby": "zeilen"}) == [], "none of them agreed to advice"


def test_another_name_and_away(app: WithoutEngine, tmp_path: Path) -> None:
    """Values stay with another name; what is removed is gone, unless more would go than was said."""
    taken_in(app, tmp_path)
    own_fields.rename(app, COORDINATOR, "Hobby", "Vrije tijd")
    assert values(app, "A-2") == [{"Heeft rijbewijs": "nee", "Vrije tijd": "Lezen"}]
    with pytest.raises(InvalidValue, match="own_field_more"):
        own_fields.remove(app, COORDINATOR, "vrije tijd", most=2)
    assert own_fields.remove(app, COORDINATOR, "vrije tijd", most=3) == 3
    assert values(app, "A-2", "A-3") == [{"Heeft rijbewijs": "nee"}, {}]
    with pytest.raises(UnknownId):
        own_fields.remove(app, COORDINATOR, "Vrije tijd")
    report = taken_in(app, tmp_path, mapping={})
    assert "Hobby" not in [one.spec.name for one in report.own_fields], "a remembered mapping makes no field again"


def test_a_mapping_file_says_what_they_are(app: WithoutEngine, tmp_path: Path) -> None:
    """Written and read again it is the same; the kind that the cells tell is proposed."""
    file = text(tmp_path / "lijst.csv", LIST)
    found = columns.look(app, COORDINATOR, file, ALUMNI, wishes=Wishes(mapping=TAKEN))
    write_mapping(tmp_path / "m.toml", found.guesses)
    mapping = read_mapping(tmp_path / "m.toml")
    assert mapping["Rijbewijs"] == Target(OWN, "Heeft rijbewijs | ja/nee | persoonlijk")
    assert mapping["Bijzonderheden"] == Target(OWN, "Bijzonderheden | tekst | persoonlijk")
    assert import_records(app, COORDINATOR, file, ALUMNI, wishes=Wishes(mapping=mapping)).created == 3
    assert len(fields(app)) == 3


def test_an_import_that_is_undone_leaves_the_field(app: WithoutEngine, tmp_path: Path) -> None:
    """Empty, and as it was said: the same file then comes in again."""
    report = taken_in(app, tmp_path)
    writing(app.store).imports.undo(report.import_id)
    assert {name: count for name, (*_, count) in fields(app).items()} == dict.fromkeys(fields(app), 0)
    assert taken_in(app, tmp_path, mapping={}).created == 3
    assert reading(app.store).own_fields.of("Zuid") == []
