"""The demo: the sample region through `alumnimatch import`, then one worked match and one "why not".

`make demo` runs it with a database of its own under `.demo` and a fixed day, so that it never goes stale.
"""

from __future__ import annotations

import csv
import sys
from datetime import date
from pathlib import Path

from api import cli
from api.commands.output import say_error
from api.commands.session import Session, shown_progress
from api.error_text import error_sentence
from matcher.domain.aftercare import How, Outcome
from matcher.domain.records import RecordKind
from matcher.errors import AlumnimatchError, InputError
from matcher.locale import say
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.services import access, aftercare, duplicates, imports, invitations, matching, messages
from matcher.services.aftercare import Show
from matcher.services.browsing import Slice

SAMPLE = Path(__file__).parent.parent / "data" / "sample"
LEAVERS, CONTACTS, DUPLICATES = "leavers.csv", "aftercare.csv", "duplicates.csv"
FILES = (
    ("alumni", "alumni.xlsx"),
    ("requests", "requests.csv"),
    ("offerings", "offerings.xlsx"),
    ("requests", "past_requests.csv"),
    ("history", "history.csv"),
    ("requests", "partner_requests.csv"),
)
"""In this order: what happened in the past year is of alumni and requests that are there."""
REQUEST = "R-12"
SHOWN = 3
SCHOOL = "ROC Vechtdal"
"""The school of REQUEST."""
ASKED = (REQUEST, "R-114", "R-18")
"""The requests of SCHOOL for each of which one of its alumni is asked, so that a question waits."""
PARTNER = "Praktijkcentrum Zwarte Water"
"""As whom a partner looks around: it has courses and requests."""
NOT_SHOWN = "A-0091"
"""An alumnus whom a rule excludes from the list of REQUEST."""


def main() -> int:
    """Imports, matches, explains; the exit code of the first command that fails."""
    try:
        return _demo(Session("nl"))
    except AlumnimatchError as error:
        say_error(error_sentence("nl", error))
        return cli.WRONG_INPUT if isinstance(error, InputError) else cli.ENVIRONMENT


def _demo(session: Session) -> int:
    if not SAMPLE.is_dir():
        say_error(say(session.language, "demo.no_sample"))
        return 3
    if not access.mark_demo(session.store_app, COMMAND_LINE, SCHOOL):
        say_error(say(session.language, "errors.errors.login_demo_foreign"))
        return 3
    _title("importing")
    for kind, name in FILES:
        code = cli.main(["import", kind, str(SAMPLE / name)])
        if code:
            return code
    _fill_register(session)
    _add_duplicates(session)
    with shown_progress(session, "progress.encoding") as progress:
        if not session.app.engine.current.ready:
            _line("encoding")
        session.app.engine.current.pool(progress=progress)
    _ask_some(session)
    _title("match", request=REQUEST)
    code = cli.main(["match", REQUEST, "--top", str(SHOWN)])
    if code:
        return code
    _title("why", request=REQUEST, alumnus=NOT_SHOWN)
    code = cli.main(["why", REQUEST, NOT_SHOWN])
    _title("next")
    return code


def _fill_register(session: Session) -> None:
    """Who left without a diploma, and the contacts with those who left, as colleagues of each school wrote them down.

    Once: not where there is a contact already. No ranking reads any of it.
    """
    app = session.store_app
    found = aftercare.overview(app, COMMAND_LINE, Show.LATER, Slice(1, 1))
    if any(outcome for counts in found.figures.values() for outcome in counts):
        return
    imports.import_records(app, COMMAND_LINE, SAMPLE / LEAVERS, RecordKind.ALUMNI)
    with (SAMPLE / CONTACTS).open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            by = Asker(0, Role.COORDINATOR, row["school"])
            entry = aftercare.Entry(How(row["how"]), Outcome(row["outcome"]), date.fromisoformat(row["on"]))
            aftercare.add(app, by, row["alumnus_id"], entry)


def _add_duplicates(session: Session) -> None:
    """Alumni of SCHOOL who stand in a second list too, so that a coordinator has possible duplicates to decide about.

    Not once some were made one: another import would change the one. Nobody in it agreed to anything, so that no
    ranking shows any of it.
    """
    if not duplicates.merged(session.store_app, COMMAND_LINE):
        imports.import_records(session.store_app, COMMAND_LINE, SAMPLE / DUPLICATES, RecordKind.ALUMNI)


def _ask_some(session: Session) -> None:
    """Asks an alumnus of SCHOOL for each request of ASKED, and says as whom visitors look around.

    Once: not where there is mail already. The first in each list of the school's own alumni who was not asked yet.
    """
    app, by = session.app, Asker(0, Role.COORDINATOR, SCHOOL)
    if messages.listed(app, COMMAND_LINE, limit=1):
        return
    asked: list[str] = []
    for request in ASKED:
        for match in matching.match(app, by, request).matches:
            if match.owner == SCHOOL and match.candidate_id not in asked:
                invitations.invite(app, by, request, match.candidate_id, school=SCHOOL, candidate_school=SCHOOL)
                asked.append(match.candidate_id)
                break
    access.cast_demo(app, COMMAND_LINE, PARTNER, asked)


def _title(key: str, **values: object) -> None:
    sys.stdout.write(f"\n── {say('nl', f'demo.{key}', **values)}\n\n")
    sys.stdout.flush()


def _line(key: str) -> None:
    sys.stdout.write(say("nl", f"demo.{key}") + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
