"""Courses of a source: read once, read again, gone, held, taken back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from matcher.domain.records import Offering, RecordKind, Registration
from matcher.errors import Forbidden, InvalidValue, JobRefused, UnknownId, UnreadableFile
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.services import feeds, imports, offers, undo
from matcher.services.app import StoreApp
from matcher.services.directory import made_here
from matcher.services.feeds import Synced
from matcher.services.sourcing import Syncing
from tests.sources.documents import program
from tests.support import stores
from tests.support.apps import without_engine
from tests.support.worlds import AS_OF


@pytest.fixture
def app(tmp_path: Path) -> Iterator[StoreApp]:
    with without_engine(tmp_path, AS_OF) as app:
        yield app


def document(*programmes: str, **run: Any) -> dict[str, Any]:
    """An answer of EDU-DEX with these programmes."""
    given = []
    for id_ in programmes:
        data = program(**run)
        data["programClassification"]["programId"] = id_
        given.append({"orgUnitId": "vechtdal", "programId": id_, "clientId": "x", "data": data})
    return {"programs": given}


def sync(app: StoreApp, folder: Path, said: object, **settings: Any) -> Synced:
    file = folder / "aanbod.json"
    file.write_bytes(orjson.dumps(said))
    settings = {"form": "edudex", "source": "EDU-DEX", "asker": COMMAND_LINE, **settings}
    asker, form = settings.pop("asker"), settings.pop("form")
    return feeds.sync_file(app, asker, file, form, how=Syncing(**settings))


def counts(done: Synced) -> tuple[int, int, int, int]:
    report = done.report
    return report.created, report.updated, report.unchanged, done.gone


def courses(app: StoreApp) -> dict[str, Offering]:
    return {one.offering_id.split("/")[1]: one for one in stores.offerings(app.store) if "/" in one.offering_id}


def test_a_source_is_read_again_and_again(app: StoreApp, tmp_path: Path) -> None:
    """New, the same, changed, gone and back: what is gone is closed, and nothing else changes."""
    assert counts(sync(app, tmp_path, document("A", "B"))) == (2, 0, 0, 0)
    assert counts(sync(app, tmp_path, document("A", "B"))) == (0, 0, 2, 0)
    done = sync(app, tmp_path, document("A", maxNumberOfParticipants=20))
    assert counts(done) == (0, 2, 0, 1)
    assert (courses(app)["A"].seats, courses(app)["A"].registration) == (20, Registration.OPEN)
    assert (courses(app)["B"].seats, courses(app)["B"].registration) == (16, Registration.CLOSED)
    assert counts(sync(app, tmp_path, document("A", maxNumberOfParticipants=20))) == (0, 0, 1, 0)
    assert counts(sync(app, tmp_path, document("A", "B", maxNumberOfParticipants=20))) == (0, 1, 1, 0)
    assert courses(app)["B"].registration is Registration.OPEN
    told = [(source.name, run.created, run.updated, run.gone) for source, run in feeds.runs(app, COMMAND_LINE)]
    assert told == [("EDU-DEX", 0, 1, 0), ("EDU-DEX", 0, 0, 0), ("EDU-DEX", 0, 2, 1), ("EDU-DEX", 0, 0, 0),
                    ("EDU-DEX", 2, 0, 0)]  # fmt: skip


def test_what_another_source_has_is_not_gone(app: StoreApp, tmp_path: Path) -> None:
    sync(app, tmp_path, document("A"))
    assert counts(sync(app, tmp_path, document("B"), source="Regio")) == (1, 0, 0, 0)
    assert courses(app)["A"].registration is Registration.OPEN


def test_what_another_source_still_has_stays_open(app: StoreApp, tmp_path: Path) -> None:
    """Of two sources with one course the last that has it closes it."""
    sync(app, tmp_path, document("A", "B"))
    sync(app, tmp_path, document("B"), source="Regio", providers=["vechtdal"])
    assert counts(sync(app, tmp_path, document("A"))) == (0, 0, 1, 0)
    assert courses(app)["B"].registration is Registration.OPEN
    sync(app, tmp_path, document("C"), source="Regio", agreed=True)
    assert courses(app)["B"].registration is Registration.CLOSED


def test_a_source_brings_no_course_that_somebody_else_has(app: StoreApp, tmp_path: Path) -> None:
    """Neither of a provider that made courses here, nor what another source brings; unless it is bound to it."""
    made = offers.save(app, COMMAND_LINE, Offering(offering_id="", provider="vechtdal", title="Zelf gemaakt"))
    done = sync(app, tmp_path, document("A"))
    assert (counts(done), done.report.exit_code) == ((0, 0, 0, 0), 1)
    assert "vechtdal" in done.report.problem_sentences("nl")[0]
    assert [one.offering_id for one in stores.offerings(app.store)] == [made]
    assert counts(sync(app, tmp_path, document("A"), providers=[" vechtdal "])) == (1, 0, 0, 0)
    assert counts(sync(app, tmp_path, document("A", "B"))) == (1, 0, 1, 0), "it stays bound"
    changed = document("A", maxNumberOfParticipants=20)
    done = sync(app, tmp_path, changed, source="Ander", provider="vechtdal")
    assert (counts(done), courses(app)["A"].seats) == ((0, 0, 0, 0), 16)
    (problem,) = done.report.problem_sentences("nl")
    assert "andere bron" in problem
    source, run = feeds.runs(app, COMMAND_LINE)[0]
    assert (source.name, run.created, run.refused) == ("Ander", 0, 1)


def test_a_source_that_is_bound_touches_no_other_provider(app: StoreApp, tmp_path: Path) -> None:
    """It neither changes nor closes what it may not bring, also where it brought it before."""
    sync(app, tmp_path, document("A", "B"))
    done = sync(app, tmp_path, document("A", maxNumberOfParticipants=20), providers=["Noord"], agreed=True)
    assert (counts(done), done.report.refused) == ((0, 0, 0, 0), 1)
    assert {one.registration for one in courses(app).values()} == {Registration.OPEN}
    assert courses(app)["A"].seats == 16
    assert counts(sync(app, tmp_path, document("A", "B"), providers=["Noord", "vechtdal"])) == (0, 0, 2, 0)
    assert counts(sync(app, tmp_path, document("A"), providers=[])) == (0, 1, 1, 1)


def test_what_a_source_says_is_changed_there(app: StoreApp, tmp_path: Path) -> None:
    """A form is refused with the reason; a list says it and comes in; what the source has no more is ours to change."""
    sync(app, tmp_path, document("A"))
    course = courses(app)["A"]
    with pytest.raises(InvalidValue) as refused:
        offers.save(app, COMMAND_LINE, replace(course, title="Anders"), offering_id=course.offering_id)
    assert (refused.value.code, refused.value.values["source"]) == ("offering_of_source", "EDU-DEX")
    assert offers.of_sources(app, COMMAND_LINE, [course]) == {course.key: "EDU-DEX"}
    listed = tmp_path / "lijst.csv"
    listed.write_text(
        f"offering_id;aanbieder;titel\n{course.offering_id};vechtdal;Anders\nX-1;Leerhuis;Nieuw\n", "utf-8"
    )
    for dry_run in (True, False):
        report = imports.import_records(app, COMMAND_LINE, listed, RecordKind.OFFERINGS, dry_run=dry_run)
        (told,) = [line for line in report.note_sentences("nl") if "EDU-DEX" in line]
        assert "Rij 2" in told
        assert report.exit_code == 0
    assert courses(app)["A"].title == "Anders"
    assert counts(sync(app, tmp_path, document("A")))[1] == 1
    assert courses(app)["A"].title == course.title
    sync(app, tmp_path, {"programs": []}, agreed=True)
    offers.save(app, COMMAND_LINE, replace(course, title="Weer van ons"), offering_id=course.offering_id)
    assert courses(app)["A"].title == "Weer van ons"


def test_what_a_source_brought_is_said_in_the_log(app: StoreApp, tmp_path: Path) -> None:
    """By the random key of the source."""
    sync(app, tmp_path, document("A"))
    sync(app, tmp_path, document("B"), source="Regio")
    noted = [entry.details["source"] for entry in stores.log(app.store) if entry.action == "import"]
    keys = {source.name: source.key for source, _ in feeds.runs(app, COMMAND_LINE)}
    assert sorted(noted) == sorted(keys.values())


def test_a_source_that_gives_a_tenth_is_held(app: StoreApp, tmp_path: Path) -> None:
    """Nothing is written, also where it gives nothing at all, until a person says it is right."""
    many = [f"P-{number}" for number in range(10)]
    sync(app, tmp_path, document(*many))
    for said in (document("P-1"), {"programs": []}):
        for dry_run in (True, False):
            with pytest.raises(JobRefused) as refused:
                sync(app, tmp_path, said, dry_run=dry_run)
            assert (refused.value.code, refused.value.values["before"]) == ("source_shrunk", 10)
    assert {one.registration for one in courses(app).values()} == {Registration.OPEN}
    assert counts(sync(app, tmp_path, document("P-1", "P-2"))) == (0, 8, 2, 8)
    sync(app, tmp_path, {"programs": []}, agreed=True)
    assert {one.registration for one in courses(app).values()} == {Registration.CLOSED}


def test_changes_alone(app: StoreApp, tmp_path: Path) -> None:
    """Of a document of changes nothing is gone but what it says is gone; a source begins with all of it."""
    with pytest.raises(InvalidValue) as refused:
        sync(app, tmp_path, document("A"), whole=False)
    assert refused.value.code == "source_unknown"
    sync(app, tmp_path, document("A", "B", "C"))
    changes = document("A", maxNumberOfParticipants=20)
    changes["programs"].append({"orgUnitId": "vechtdal", "programId": "B", "clientId": "x", "status": "inactive"})
    changes["programs"] += document("D")["programs"]
    assert counts(sync(app, tmp_path, changes, whole=False, dry_run=True)) == (1, 1, 0, 1)
    assert counts(sync(app, tmp_path, changes, whole=False)) == (1, 2, 0, 1)
    closed = {id_ for id_, one in courses(app).items() if one.registration is Registration.CLOSED}
    assert closed == {"B"}
    assert counts(sync(app, tmp_path, {"programs": []}, whole=False)) == (0, 0, 0, 0)


def test_what_is_refused_is_not_gone(app: StoreApp, tmp_path: Path) -> None:
    """A programme that the source has and does not give stays as it was, with a remark."""
    sync(app, tmp_path, document("A", "B"))
    said = document("A", "B")
    said["programs"][1] = {"orgUnitId": "vechtdal", "programId": "B", "clientId": "x", "error": "even niet"}
    done = sync(app, tmp_path, said)
    assert (done.gone, done.report.refused, done.report.exit_code) == (0, 1, 1)
    assert courses(app)["B"].registration is Registration.OPEN
    (problem,) = done.report.problem_sentences("nl")
    assert "even niet" in problem


def test_a_dry_run_writes_nothing_and_an_import_can_be_taken_back(app: StoreApp, tmp_path: Path) -> None:
    assert counts(sync(app, tmp_path, document("A"), dry_run=True)) == (1, 0, 0, 0)
    assert (courses(app), feeds.runs(app, COMMAND_LINE)) == ({}, [])
    done = sync(app, tmp_path, document("A"))
    assert done.report.import_id
    assert undo.undo(app, COMMAND_LINE, done.report.import_id).removed == 1
    assert courses(app) == {}
    assert counts(sync(app, tmp_path, document("A"))) == (1, 0, 0, 0)


def test_what_was_taken_back_and_is_gone_is_no_trouble(app: StoreApp, tmp_path: Path) -> None:
    """A course that is not here any more has nothing to close, and does not count as one that the source had."""
    done = sync(app, tmp_path, document("A", "B"))
    assert done.report.import_id
    undo.undo(app, COMMAND_LINE, done.report.import_id)
    assert counts(sync(app, tmp_path, document("A"))) == (1, 0, 0, 0)
    assert set(courses(app)) == {"A"}


def test_what_a_source_has_no_more_is_still_of_that_source(app: StoreApp, tmp_path: Path) -> None:
    """It is not given out as made here, and it is closed once: whoever takes that back is heard."""
    sync(app, tmp_path, document("A", "B"))
    done = sync(app, tmp_path, document("A"))
    assert done.gone == 1
    assert made_here(app.store, stores.offerings(app.store)) == []
    assert done.report.import_id
    undo.undo(app, COMMAND_LINE, done.report.import_id)
    assert counts(sync(app, tmp_path, document("A"))) == (0, 0, 1, 0)
    assert courses(app)["B"].registration is Registration.OPEN


@pytest.mark.parametrize(
    ("said", "settings", "error", "code"),
    [
        ({"programs": []}, {}, InvalidValue, "source_empty"),
        ({"programs": [{"data": {}}]}, {}, InvalidValue, "source_empty"),
        (document("A"), {"source": " "}, InvalidValue, "source_name"),
    ],
)
def test_nothing_is_no_success(
    app: StoreApp, tmp_path: Path, said: object, settings: dict[str, Any], error: type[Exception], code: str
) -> None:
    with pytest.raises(error) as refused:
        sync(app, tmp_path, said, **settings)
    assert refused.value.code == code  # type: ignore[attr-defined]


def test_a_file_that_is_none(app: StoreApp, tmp_path: Path) -> None:
    for content, code in ((None, "source_missing"), (b'{"programs": [', "no_json"), (b"\xff", "no_json")):
        file = tmp_path / "bron.json"
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(UnreadableFile) as refused:
            feeds.sync_file(app, COMMAND_LINE, file, "edudex", how=Syncing("EDU-DEX"))
        assert refused.value.code == code


def test_a_source_keeps_its_format(app: StoreApp, tmp_path: Path) -> None:
    sync(app, tmp_path, document("A"))
    with pytest.raises(InvalidValue) as refused:
        sync(app, tmp_path, {"items": []}, form="oeapi")
    assert refused.value.code == "source_form"


def test_a_school_brings_its_own_alone(app: StoreApp, tmp_path: Path) -> None:
    """Whoever may import for one owner makes all courses its own, and no courses of another; a teacher none."""
    own = Asker(9, Role.COORDINATOR, "Noord")
    assert counts(sync(app, tmp_path, document("A"), asker=own)) == (1, 0, 0, 0)
    assert courses(app)["A"].provider == "Noord"
    with pytest.raises(UnknownId):
        sync(app, tmp_path, document("A"), asker=own, provider="Zuid")
    with pytest.raises(Forbidden):
        sync(app, tmp_path, document("A"), asker=Asker(9, Role.TEACHER, "Noord"))
