"""Importing in steps: a file is sent and kept, looked at, answered, written by whichever process takes it, and undone.

What a step needs is in the row of the upload, so that any process goes on where another stopped: an import of the same
rows again changes nothing, and what several processes did is one import, which is taken back at once.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path, PurePath
from typing import IO, TYPE_CHECKING, Any

from matcher.domain.records import RecordKind
from matcher.errors import AlumnimatchError, InvalidValue, StoreError, UnknownId
from matcher.locale import LANGUAGES, Language
from matcher.policy import Action, Asker, Role
from matcher.repositories import Records, Transaction
from matcher.repositories.uploads import ASKED, AT_WORK, DONE, FAILED, LOOKING, UNDONE, WRITING, Upload
from matcher.repositories.values import FROM_FORM, FROM_QUESTION, KeptImport
from matcher.services import undo as undoing
from matcher.services.app import App
from matcher.services.own_columns import fields_of_school
from matcher.spreadsheets.memory import in_memory

if TYPE_CHECKING:
    from matcher.spreadsheets.recognition import Recognition
    from matcher.spreadsheets.report import Report
    from matcher.spreadsheets.targets import Target, Wishes

log = logging.getLogger("alumnimatch")

SMALL = 400_000
"""Bytes of a file that is read while its sender waits: some 2,000 rows."""
PART = 512 * 1024
"""Bytes in one part of a stored file."""
MOST_KEPT, MOST_BYTES = 100, 1_000_000_000
"""Files of one school that are kept at once, and their bytes together."""
ATTEMPTS = 5
"""How often a file is taken: one that ends every process that reads it is left alone."""
BEAT_SECONDS = 10.0
"""How often a process tells that it is at work."""
MOST_NAME = 150
"""Bytes of the name of a file."""
_MOST_ENDING = 10
PREVIEW = "preview"
IMPORT_ID = "import_id"
"""In an outcome: the import of which a part was written, to go on with."""


class Stopped(Exception):
    """The process ends, or the upload is gone or another's: its work is left as it is."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it was sent. `wishes` as `wishes_of` takes them; `at_once`: to be written if nothing has to be asked.

    `request`: a key of whoever sends it, by which the same file is not taken twice.
    """

    file: str
    kind: RecordKind
    content: IO[bytes]
    school: str | None = None
    wishes: Mapping[str, Any] | None = None
    at_once: bool = False
    request: str = ""


def send(app: App, asker: Asker, sent: Sent) -> Upload:
    """Keeps a file, to be looked at or written by `work`; the same request again gives the same upload.

    Raises Forbidden, UnknownId, InvalidValue for too many kept files, or a request with the same key and other content.
    """
    asked = asker.owner(Action.IMPORT, sent.school)
    school = asker.school or ""
    wishes = {**(sent.wishes or {}), "school": asked}
    told = json.dumps([sent.file, sent.kind.value, wishes, sent.at_once], sort_keys=True)
    digest = _digest(sent.content, told)
    request = hashlib.sha256(f"{asker.role} {asker.key} {sent.request}".encode()).hexdigest() if sent.request else ""

    def work(tx: Transaction) -> Upload:
        if request and (before := tx.uploads.page(schools=[school], request=request, limit=1)):
            if before[0].digest != digest:
                raise InvalidValue("import_other_content")
            return before[0]
        tx.uploads.remove(before=tx.now - timedelta(days=app.upload_days))
        kept = tx.uploads.page(schools=[school], limit=None)
        if len(kept) >= MOST_KEPT or sum(one.size for one in kept) + _size(sent.content) > MOST_BYTES:
            raise InvalidValue("import_too_many_kept", count=len(kept))
        upload = tx.uploads.add(
            school=school,
            kind=sent.kind.value,
            file=name_of(sent.file),
            wishes=wishes,
            content=_parts(sent.content),
            state=WRITING if sent.at_once else LOOKING,
            request=request,
            digest=digest,
        )
        tx.note("import.send", {"kind": sent.kind.value, "bytes": upload.size})
        return upload

    return app.store.write(work, by=asker)


def name_of(file: str) -> str:
    """The name of a file without its folder and without what cannot be printed, of at most `MOST_NAME` bytes."""
    plain = "".join(char for char in PurePath(file.replace("\\", "/")).name if char.isprintable()).strip(" .")
    ending = PurePath(plain).suffix
    ending = ending if len(ending) <= _MOST_ENDING and ending.isascii() else ""
    stem = plain.removesuffix(ending).encode("utf-8", "ignore")[: MOST_NAME - len(ending)].decode("utf-8", "ignore")
    return f"{stem or 'lijst'}{ending}"


def listed(app: App, asker: Asker) -> list[Upload]:
    """The files that the asker's school sent and that are kept, the newest first. Raises Forbidden."""
    asker.owner(Action.IMPORT)
    with app.store.read() as records:
        return records.uploads.page(schools=[asker.school or ""], limit=MOST_KEPT)


def imported_otherwise(app: App, asker: Asker, kept_files: Iterable[Upload]) -> list[KeptImport]:
    """Imports that can be taken back and that no kept file leads to: of the command line, or of a file that is gone.

    `kept_files`: as `listed` gives them. Raises Forbidden.
    """
    known = {told_of(upload, "nl").get(IMPORT_ID) for upload in kept_files}
    one_record = {FROM_QUESTION, FROM_FORM}  # withdrawn on its own page
    return [
        kept
        for kept in undoing.listed(app, asker)
        if kept.id not in known and kept.undone_at is None and kept.file not in one_record
    ]


def one(app: App, asker: Asker, upload_id: str) -> Upload:
    """One of those files. Raises Forbidden, UnknownId."""
    asker.owner(Action.IMPORT)
    with app.store.read() as records:
        return _own(records.uploads.find(upload_id), asker)


def answer(app: App, asker: Asker, upload_id: str, wishes: Mapping[str, Any], *, write: bool) -> Upload:
    """What whoever sent it says of a file that was looked at: it is looked at again with that, or written.

    Two who answer at once are one: the second finds the file at work. Raises Forbidden, UnknownId, InvalidValue for a
    file that waits for no answer, and for a column that may not be that own field.
    """
    asker.owner(Action.IMPORT)

    def work(tx: Transaction) -> Upload:
        upload = _own(tx.uploads.find(upload_id), asker)
        _check_own_fields(tx, upload, wishes)
        state = WRITING if write else LOOKING
        new = {**wishes, "school": upload.wishes.get("school")}
        if upload.state not in {ASKED, FAILED} or not tx.uploads.put(upload, state=state, wishes=new, rows=0):
            raise InvalidValue("import_not_waiting")
        tx.note("import.answer", {"write": write})
        return replace(upload, state=state, wishes=new)

    return app.store.write(work, by=asker)


def _check_own_fields(records: Records, upload: Upload, wishes: Mapping[str, Any]) -> None:
    """Raises InvalidValue where a column is to be an own field that it may not be: before it is read again."""
    from matcher.spreadsheets.own import OWN, check_target

    kind = RecordKind(upload.kind)
    told = wishes_of(wishes).mapping
    own = {header: target for header, target in told.items() if target is not None and target.field == OWN}
    if own and kind is RecordKind.ALUMNI:
        fields = fields_of_school(records, upload.wishes.get("school"), kind)
        for header, target in own.items():
            check_target(target, header, fields)


def discard(app: App, asker: Asker, upload_id: str) -> None:
    """Removes a kept file, and stops what is done with it; what came in stays. Raises Forbidden, UnknownId."""
    asker.owner(Action.IMPORT)

    def work(tx: Transaction) -> None:
        upload = _own(tx.uploads.find(upload_id), asker)
        tx.uploads.remove(keys=[upload.key])
        tx.note("import.discard", {"kind": upload.kind})

    app.store.write(work, by=asker)


def _own(upload: Upload | None, asker: Asker) -> Upload:
    if upload is None or upload.school != (asker.school or ""):
        raise UnknownId("unknown_upload")
    return upload


# ---- the work


def work(
    app: App, asker: Asker, key: int | None = None, *, stopped: Callable[[], bool] = lambda: False
) -> Upload | None:
    """Does what is to be done with one upload: the oldest, or the one with this key; None where there is nothing.

    Once it returns the upload waits for a person or has ended, unless the process was told to stop, or the database
    could not be used: then another process goes on. Raises Forbidden, StoreError.
    """
    asker.scope(Action.IMPORT_RUN)
    upload = app.store.write(lambda tx: tx.uploads.take(key), by=asker)
    if upload is None:
        return None
    try:
        changes = _outcome(app, asker, upload, stopped)
    except Stopped:
        changes = {"state": upload.state}

    def end(tx: Transaction) -> bool:
        begun = tx.uploads.find(upload.id)
        if begun is not None and IMPORT_ID in begun.outcome and "outcome" in changes:
            changes["outcome"] = {**changes["outcome"], IMPORT_ID: begun.outcome[IMPORT_ID]}
        return tx.uploads.put(upload, **changes)

    app.store.write(end, by=asker)
    with app.store.read() as records:
        return records.uploads.find(upload.id)


def _outcome(app: App, asker: Asker, upload: Upload, stopped: Callable[[], bool]) -> dict[str, Any]:
    """What the work makes of an upload: its new state and outcome. Raises Stopped, StoreError."""
    if upload.attempts > ATTEMPTS:
        return _failed(InvalidValue("import_stopped"))
    sender = Asker(upload.actor, Role(upload.role), upload.school or None)
    pulse = _Pulse(app, asker, upload, stopped)
    try:
        with app.store.read() as records:
            content = list(records.uploads.content(upload.key))
        with in_memory(content, upload.file) as path, pulse.beating():
            del content
            done = _written if upload.state == WRITING else _looked
            return done(app, sender, upload, path, pulse)
    except (StoreError, Stopped):
        raise
    except AlumnimatchError as error:
        return _failed(_elsewhere(error, upload))
    except Exception as error:  # noqa: BLE001 - a file of any kind, and libraries that read it: its sender is told
        trace = "".join(traceback.format_tb(error.__traceback__))  # without its message, which may hold a cell
        log.warning("import_unforeseen %s\n%s", type(error).__name__, trace)
        return _failed(InvalidValue("import_stopped"))


def _elsewhere(error: AlumnimatchError, upload: Upload) -> AlumnimatchError:
    """A refusal of rows that name another school or provider, told as what it is; any other error as it was."""
    if error.code != "unknown_school" or not upload.school:
        return error
    what = "provider" if upload.kind == RecordKind.OFFERINGS else "school"
    return InvalidValue(f"import_other_{what}", school=error.values.get("school"), own=upload.school)


def _failed(error: AlumnimatchError) -> dict[str, Any]:
    """The error as it is kept: its family, its code and its values, as far as JSON holds them."""
    values = {name: _plain(value) for name, value in error.values.items()}
    return {
        "state": FAILED,
        "outcome": {"error": {"family": type(error).__name__, "code": error.code, "values": values}},
    }


def _looked(app: App, sender: Asker, upload: Upload, path: Path, pulse: _Pulse) -> dict[str, Any]:
    """A dry run, with what each column is taken for and ten records as they would be."""
    report, recognised = _read(app, sender, upload, path, pulse, dry_run=True)
    return {"state": ASKED, "outcome": {**_told(report), **_recognised(recognised)}}


def _written(app: App, sender: Asker, upload: Upload, path: Path, pulse: _Pulse) -> dict[str, Any]:
    """The import itself; where something has to be answered first, nothing was written and the upload is asked."""
    report, recognised = _read(app, sender, upload, path, pulse, dry_run=False)
    if report.stopped:
        return {"state": ASKED, "outcome": {**_told(report), **_recognised(recognised)}}
    columns = {name: value for name, value in upload.outcome.items() if name == "columns"}
    return {"state": DONE, "outcome": {**columns, **_told(report)}}


def _read(
    app: App, sender: Asker, upload: Upload, path: Path, pulse: _Pulse, *, dry_run: bool
) -> tuple[Report, Recognition]:
    """The import or its dry run, and what its columns were taken for."""
    from matcher.services import imports

    shown: list[Recognition] = []
    report = imports.import_records(
        app,
        sender,
        path,
        RecordKind(upload.kind),
        school=upload.wishes.get("school"),
        dry_run=dry_run,
        wishes=wishes_of(upload.wishes),
        progress=pulse,
        show=shown.append,
        part=imports.Part(upload.outcome.get(IMPORT_ID), lambda tx, import_id: _begun(tx, upload, import_id)),
    )
    return report, shown[0]


def _begun(tx: Transaction, upload: Upload, import_id: str) -> None:
    """Keeps the id of an import for whichever process goes on with it. Raises Stopped where that is another."""
    if not tx.uploads.put(upload, outcome={**upload.outcome, IMPORT_ID: import_id}):
        raise Stopped


def _told(report: Report) -> dict[str, Any]:
    told = {language: report.to_dict(language) for language in LANGUAGES}
    doubts = [
        {"code": doubt.code, "values": {name: _plain(value) for name, value in doubt.values.items()}}
        for doubt in report.doubts
    ]
    return {"told": told, "doubts": doubts}


def _plain(value: object) -> object:
    return value if isinstance(value, int | float | str | list) else str(value)


def _recognised(recognised: Recognition) -> dict[str, Any]:
    """What each column is taken for, and the first people, as JSON. Examples are for whoever sent the file alone."""
    columns = [
        {
            "position": guess.position,
            "header": guess.header,
            "target": target_text(guess.target),
            "how": guess.how.value,
            "sure": guess.sure,
            "forbidden": guess.forbidden,
            "others": [target_text(other) for other in guess.others],
            "examples": list(guess.examples),
        }
        for guess in recognised.guesses
    ]
    people = [{"row": row, **person} for row, person in zip(recognised.rows, recognised.people, strict=True)]
    return {"columns": columns, PREVIEW: people}


class _Pulse:
    """Tells that this process is at work, with the rows that are done; the progress of an import. Thread-safe."""

    def __init__(self, app: App, asker: Asker, upload: Upload, stopped: Callable[[], bool]) -> None:
        self._app, self._asker, self._upload, self._stopped = app, asker, upload, stopped
        self._told, self._lost, self._rows = time.monotonic(), False, (0, 0)
        self._ended, self._telling = threading.Event(), threading.Lock()

    def __call__(self, done: int, total: int) -> None:
        """Raises Stopped where the work is no longer ours, or the process is to end."""
        self._rows = (done, total)
        if time.monotonic() - self._told > 1:
            self._tell()
        if self._lost or self._stopped():
            raise Stopped

    @contextmanager
    def beating(self) -> Iterator[None]:
        """While the block runs, reading included, the process tells every few seconds that it lives."""
        thread = threading.Thread(target=self._beat, name="import pulse", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()

    def _beat(self) -> None:
        while not self._ended.wait(BEAT_SECONDS):
            try:
                self._tell()
            except StoreError:  # the work itself will find out
                continue

    def _tell(self) -> None:
        with self._telling:
            rows, total = self._rows
            self._told = time.monotonic()
            lives = self._app.store.write(
                lambda tx: tx.uploads.put(self._upload, rows=rows, rows_total=total), by=self._asker
            )
            self._lost = self._lost or not lives


# ---- afterwards


def undo(app: App, asker: Asker, upload_id: str) -> Upload:
    """Takes the import of an upload back: everything that nobody changed since.

    Raises Forbidden, UnknownId, InvalidValue for an upload that was not imported.
    """
    from matcher.spreadsheets.columns import headers_of

    upload = one(app, asker, upload_id)
    import_id = str(told_of(upload, "nl").get(IMPORT_ID) or "")
    if upload.state != DONE or not import_id:
        raise InvalidValue("import_not_done")
    undone = undoing.undo(app, asker, import_id)
    left = [
        {
            "id": one_left.id,
            "school": one_left.owner,
            "because": one_left.because,
            "fields": headers_of(one_left.fields, RecordKind(upload.kind)),
        }
        for one_left in undone.left
    ]
    told = {"restored": undone.restored, "removed": undone.removed, "left": left}
    outcome = {**upload.outcome, "undone": told}
    app.store.write(lambda tx: tx.uploads.put(upload, state=UNDONE, outcome=outcome), by=asker)
    return one(app, asker, upload_id)


def annotated(app: App, asker: Asker, upload_id: str, language: Language) -> bytes:
    """The workbook (.xlsx) of an upload with the remarks of its import, or of its dry run, in its cells.

    Raises Forbidden, UnknownId, UnreadableFile, InvalidValue for an upload that was not read.
    """
    from matcher.spreadsheets.annotate import annotated as workbook
    from matcher.spreadsheets.annotate import read_remarks

    upload = one(app, asker, upload_id)
    told = told_of(upload, language)
    if not told:
        raise InvalidValue("import_not_done")
    with app.store.read() as records:
        content = list(records.uploads.content(upload.key))
    with in_memory(content, upload.file) as path:
        remarks = read_remarks(path, RecordKind(upload.kind), told, language)
        return workbook(path, remarks)


def told_of(upload: Upload, language: Language) -> Mapping[str, Any]:
    """The JSON of the import of an upload, or of its dry run; empty where it was not read."""
    told: Mapping[str, Any] = upload.outcome.get("told", {}).get(language, {})
    return told


def is_at_work(upload: Upload) -> bool:
    """Whether a process is to do something, rather than a person."""
    return upload.state in AT_WORK


# ---- what is said of a file, as JSON


def wishes_of(stored: Mapping[str, Any]) -> Wishes:
    """What is said of a file from how it is kept."""
    from matcher.spreadsheets.targets import Wishes

    mapping = {header: target_of(text) for header, text in (stored.get("mapping") or {}).items()}
    return Wishes(
        mapping=mapping,
        sheet=stored.get("sheet") or None,
        accept=frozenset(stored.get("accept") or ()),
        answers=dict(stored.get("answers") or {}),
    )


def target_of(text: str | None) -> Target | None:
    """`voornaam`, or `aanbod=gastles` for a column of one word; None for a column that is not used."""
    from matcher.spreadsheets import mapping_file

    return mapping_file.target_of(text or "")


def target_text(target: Target | None) -> str:
    """The inverse of `target_of`."""
    if target is None:
        return ""
    return target.field if target.word is None else f"{target.field}={target.word}"


# ---- bytes


def _parts(content: IO[bytes]) -> Iterable[bytes]:
    content.seek(0)
    while part := content.read(PART):
        yield part


def _size(content: IO[bytes]) -> int:
    return content.seek(0, 2)


def _digest(content: IO[bytes], told: str) -> str:
    digest = hashlib.sha256(told.encode())
    for part in _parts(content):
        digest.update(part)
    return digest.hexdigest()
