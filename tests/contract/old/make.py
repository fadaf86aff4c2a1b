"""Makes `region.sqlite.gz`, a small database of commit cfdc78c, and `answers.json.gz`, what that commit says of it.

Run with that commit and no other; the test beside it holds every later version to the outcome:

    git worktree add --detach ../alumnimatch-old cfdc78c
    cd ../alumnimatch-old
    PYTHONPATH=$PWD python /path/to/tests/contract/old/make.py

With the version of the tables as its argument it makes a database alone, `region-0007.sqlite.gz` with commit 9f22b9d:
one for each issue that changed the tables, from which upgrades are tried.

The alumni, requests and courses are some of the sample region's, so none of these people exist. What happened to them
after the import was done on the pages, through the API and on the command line. Random keys, secrets and moments differ
from run to run.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, redirect_stdout
from itertools import zip_longest
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import pandas as pd
from fastapi.testclient import TestClient

from api.app import from_environment
from api.cli import main as run_command

HERE = Path(__file__).parent
SAMPLE = Path("data") / "sample"
DAY = "2027-03-01"
HOME = "ROC Vechtdal"
"""The school whose staff did most of it."""
LESSON, WORK = "gastles", "hybride docent"
CORRECTIONS = {
    "skills": "wondzorg; gesprekken voeren",
    "town": "Zwolle",
    "email": "ander.adres@voorbeeld.example",
    "day_parts": "di; do",
}
LEADING, OTHERS, OFFERINGS = 34, 8, 12
"""How many alumni from the lists, other alumni and courses are taken."""
Person = tuple[str, str]
"""The id of an alumnus, and the school."""


def run(*words: str, fails: bool = False) -> str:
    """Runs a command and returns its output; `fails`: exit code 1 is an answer too."""
    written = io.BytesIO()
    output = io.TextIOWrapper(written, encoding="utf-8")
    with redirect_stdout(output):
        code = run_command([*words, "--lang", "nl"])
    if code > fails:
        sys.exit(f"exit code {code}: {' '.join(words)}")
    output.flush()
    return written.getvalue().decode()


def run_json(*words: str, fails: bool = False) -> Any:
    """Runs a command and returns its JSON."""
    return json.loads(run(*words, "--format", "json", fails=fails))


class Region:
    """The rows of the sample that go in: requests of every kind, and alumni most of whom are in some list."""

    def __init__(self, alumni: pd.DataFrame, requests: pd.DataFrame, offerings: pd.DataFrame) -> None:
        self.alumni, self.requests, self.offerings = alumni, requests, offerings

    @classmethod
    def choose(cls, folder: Path) -> Region:
        """Requests and courses, those who lead the lists of these requests in the whole sample, and a few others."""
        alumni = pd.read_excel(SAMPLE / "alumni.xlsx", dtype=str)
        requests = pd.read_csv(SAMPLE / "requests.csv", sep=";", encoding="utf-8-sig", dtype=str)
        offerings = pd.read_excel(SAMPLE / "offerings.xlsx", dtype=str)
        home = requests[requests.school == HOME]
        some = [requests.groupby("soort").head(1), home[home.soort == LESSON].head(4), home[home.soort == WORK].head(1)]
        region = cls(alumni, pd.concat(some).drop_duplicates(), offerings.iloc[:: len(offerings) // OFFERINGS])
        region.send(folder)
        asked = [("match", row["aanvraag_id"], "--school", row["school"]) for row in region.list_rows("requests")]
        lists = [run_json(*words)["matches"] for words in asked]
        places = [match for place in zip_longest(*lists) for match in place if match]
        leading = dict.fromkeys((match["candidate_id"], match["school"]) for match in places)
        mine = pd.MultiIndex.from_frame(alumni[["alumnus_id", "school"]]).isin(list(leading)[:LEADING])
        region.alumni = pd.concat([alumni[mine], alumni[~mine].iloc[:: len(alumni) // OTHERS]])
        return region

    def list_rows(self, kind: str) -> list[dict[str, str]]:
        """Each row by its headers."""
        return cast("list[dict[str, str]]", getattr(self, kind).to_dict("records"))

    def list_home_requests(self, kind: str) -> list[str]:
        """The requests of one kind of the school whose staff works here."""
        rows = self.list_rows("requests")
        return [row["aanvraag_id"] for row in rows if row["school"] == HOME and row["soort"] == kind]

    def send(self, folder: Path) -> None:
        """Imports all three."""
        for kind in ("requests", "offerings", "alumni"):
            path = folder / f"{kind}.csv"
            getattr(self, kind).to_csv(path, sep=";", index=False)
            run("import", kind, str(path))

    def send_again(self, folder: Path) -> None:
        """Imports the alumni once more, every ninth of them with another function."""
        path = folder / "again.csv"
        alumni = self.alumni.reset_index(drop=True)
        alumni.loc[1::9, "functie"] = "Praktijkbegeleider"
        alumni.to_csv(path, sep=";", index=False)
        run("import", "alumni", str(path))


class Browser:
    """An alumnus on the pages, who came in by the login of the demo."""

    def __init__(self, client: TestClient, alumnus: str, school: str) -> None:
        self._client = client
        client.cookies.clear()
        self._send("/inloggen/demo", rol="alumnus", school=school, alumnus=alumnus)

    def _send(self, path: str, **fields: str) -> None:
        answer = self._client.post(path, data=fields, follow_redirects=False)
        if answer.status_code != 303:
            sys.exit(f"{path} {fields}: {answer.status_code}")

    def submit(self, path: str, **fields: str) -> None:
        """A form of the page `/mij`."""
        token = re.findall(r'name="formulier" value="([^"]+)"', self._client.get("/mij").text)[0]
        self._send(path, formulier=token, **fields)

    def reply(self, *, accepts: bool) -> None:
        """Yes or no to the only question."""
        key = re.findall(r'name="vraag" value="(\d+)"', self._client.get("/mij").text)[0]
        self.submit("/mij/antwoord", vraag=key, ja=str(accepts).lower())


class Program:
    """Another system, with a token of its own."""

    def __init__(self, client: TestClient, role: str, school: str | None = None) -> None:
        self._client = client
        scope = ("--school", school) if school else ("--every-school",)
        secret = run_json("token", "new", f"{role} of {school or 'the region'}", "--role", role, *scope)["token"]
        self._headers = {"Authorization": f"Bearer {secret}"}

    def ask(self, method: str, path: str, **sent: Any) -> Any:
        """The JSON of an answer."""
        answer = self._client.request(method, path, headers=self._headers, **sent)
        if answer.status_code != 200:
            sys.exit(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()

    def match(self, request_id: str) -> list[Person]:
        """Id and school of everybody in a list."""
        answer = self.ask("GET", f"/v1/requests/{quote(request_id)}/matches?top=50")
        return [(match["candidate_id"], match["school"]) for match in answer["matches"]]

    def invite(self, request_id: str, alumnus: Person, **more: str) -> None:
        """Asks somebody who is in the list."""
        body = {"alumnus": alumnus[0], "alumnus_school": alumnus[1], **more}
        self.ask("POST", f"/v1/requests/{quote(request_id)}/invitations", json=body)


def invite_some(client: TestClient, teacher: Program, region: Region) -> None:
    """Invitations for a lesson, answered with yes, with no and with a yes that is taken back; and one for work."""
    lesson, work = region.list_home_requests(LESSON)[0], region.list_home_requests(WORK)[0]
    for person, replies in zip(teacher.match(lesson), ([True, False], [False], [True]), strict=False):
        teacher.invite(lesson, person)
        browser = Browser(client, *person)
        for accepts in replies:
            browser.reply(accepts=accepts)
    teacher.ask("GET", f"/v1/requests/{quote(lesson)}/helpers")
    teacher.invite(work, teacher.match(work)[1], reason="experience")


def state_wishes(client: TestClient, people: list[Person]) -> None:
    """Alumni withdraw consent, one of them for a moment only; one objects, one pauses, one corrects the record."""
    for person in people[:4]:
        Browser(client, *person).submit("/mij/toestemming", doel="guest_lesson", geef="false")
    Browser(client, *people[0]).submit("/mij/toestemming", doel="guest_lesson", geef="true")
    Browser(client, *people[4]).submit("/mij/bezwaar", bezwaar="true")
    Browser(client, *people[5]).submit("/mij/verbeter", veld="paused_until", waarde="2027-06-01")
    moved = Browser(client, *people[6])
    for field, text in CORRECTIONS.items():
        moved.submit("/mij/verbeter", veld=field, waarde=text)
    client.cookies.clear()


def make_history(client: TestClient, region: Region, folder: Path) -> str:
    """Does what a school, its alumni and an operator do, and returns the id of the alumnus who was erased."""
    teacher, coordinator = Program(client, "teacher", HOME), Program(client, "coordinator", HOME)
    Program(client, "privacy_officer", HOME)
    invite_some(client, teacher, region)
    lessons = region.list_home_requests(LESSON)
    people = list(dict.fromkeys(person for id_ in lessons[1:] for person in teacher.match(id_)))
    state_wishes(client, people)
    own = next(id_ for id_, school in people[7:] if school == HOME)
    coordinator.ask("PUT", f"/v1/people/{quote(own)}/consents/mentor", json={"given": False})
    coordinator.ask("PUT", f"/v1/people/{quote(own)}/fields/function", json={"value": "Praktijkopleider"})
    erased, school = people[-1]
    run("person", "erase", erased, "--school", school, "--yes")
    region.send_again(folder)
    asked = {"kind": "guest_lesson", "title": "Vertel over je werk in de zorg", "school": HOME, "town": "Zwolle"}
    teacher.ask("POST", "/v1/matches", json=asked)
    coordinator.ask("GET", f"/v1/alumni/{quote(own)}/recommendations?for=offerings")
    coordinator.ask("GET", f"/v1/offerings/{quote(region.list_rows('offerings')[0]['aanbod_id'])}/audience")
    for id_ in (*lessons, *region.list_home_requests(WORK)):
        teacher.ask("GET", f"/v1/explanations/{quote(id_)}/{quote(own)}")
        teacher.match(id_)
    return erased


def list_questions(region: Region, erased: str) -> Iterator[tuple[str, ...]]:
    """Every command whose answer is held on to; each is asked with `--format json --lang nl`."""
    requests = [(row["aanvraag_id"], "--school", row["school"]) for row in region.list_rows("requests")]
    courses = [(row["aanbod_id"], "--provider", row["aanbieder"]) for row in region.list_rows("offerings")]
    alumni = [(row["alumnus_id"], row["school"]) for row in region.list_rows("alumni") if row["alumnus_id"] != erased]
    for request in requests:
        yield ("match", *request)
    for id_, school in alumni[::5]:
        yield ("recommend", id_, "--for", "offerings", "--school", school)
        yield ("recommend", id_, "--for", "requests", "--school", school)
    for course in courses:
        yield ("audience", *course, "--top", "8")
    for query, (id_, school) in [*zip(requests, alumni[2::2], strict=False), *zip(courses, alumni[1::5], strict=False)]:
        yield ("why", query[0], id_, *query[1:], "--candidate-school", school)


def collect_answers(region: Region, erased: str) -> dict[str, Any]:
    """What this commit says of the database as it lies in the file."""
    log, tokens = run_json("audit", "show", "--top", "10000"), run_json("token", "list")
    alumni = [(row["alumnus_id"], row["school"]) for row in region.list_rows("alumni") if row["alumnus_id"] != erased]
    exports = [("person", "export", id_, "--school", school) for id_, school in alumni]
    people = [(words, json.loads(run(*words))) for words in exports[::4]]
    asked = [(words, run_json(*words)) for words in list_questions(region, erased)]
    ranked = [entry["id"] for entry in log if entry["action"] in {"match", "recommend", "audience"}]
    replays = {number: run_json("audit", "replay", str(number), fails=True)["result"] for number in sorted(ranked)}
    return {"day": DAY, "log": log, "tokens": tokens, "people": people, "asked": asked, "replays": replays}


def settle(database: Path) -> None:
    """The settings of everything that follows: this database, and a folder for what is derived from it."""
    os.environ |= {
        "ALUMNIMATCH_DATABASE_URL": f"sqlite:///{database}",
        "ALUMNIMATCH_CACHE_DIR": str(database.with_suffix(".cache")),
        "ALUMNIMATCH_TODAY": DAY,
        "ALUMNIMATCH_LOGIN": "demo",
        "ALUMNIMATCH_RATE_LOGIN": "1000/minute",
        "ALUMNIMATCH_LOG_LEVEL": "error",
    }


def pack(source: Path, target: Path) -> bytes:
    """The database without a journal beside it, compressed; the copy stays."""
    with closing(sqlite3.connect(source)) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))
    return gzip.compress(target.read_bytes(), mtime=0)


def main() -> None:
    """Makes both files."""
    with tempfile.TemporaryDirectory() as work:
        database, again = Path(work) / "region.db", Path(work) / "again.db"
        settle(Path(work) / "whole.db")
        region = Region.choose(Path(work))
        settle(database)
        region.send(Path(work))
        with closing(sqlite3.connect(database)) as connection, connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            values = "marks" if "marks" in tables else "installation_values"
            connection.execute(f"INSERT INTO {values} (name, value) VALUES ('demo', ?)", (HOME,))  # noqa: S608
        with TestClient(from_environment()) as client:
            erased = make_history(client, region, Path(work))
        if len(sys.argv) > 1:
            (HERE / f"region-{sys.argv[1]}.sqlite.gz").write_bytes(pack(database, again))
            return
        (HERE / "region.sqlite.gz").write_bytes(pack(database, again))
        settle(again)
        text = json.dumps(collect_answers(region, erased), ensure_ascii=False, separators=(",", ":"))
    (HERE / "answers.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    main()
