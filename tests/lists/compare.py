"""Imports a list as a coordinator would, and compares every person with the truth: `python -m tests.lists.compare`."""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
import time
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import phonenumbers

from matcher.domain.consent import Terms
from matcher.domain.day_parts import names_of_day_parts
from matcher.domain.kinds import KINDS
from matcher.domain.records import Alumnus, RecordKind
from matcher.policy import COMMAND_LINE
from matcher.services import imports
from matcher.services.app import StoreApp, WithoutEngine
from matcher.spreadsheets.columns import DAY_WORDS
from matcher.spreadsheets.report import AGAIN, Report
from matcher.spreadsheets.targets import Wishes
from matcher.store.sql_store import SqlStore
from tests.support import fresh
from tests.support.fakes import FixedClock

DATA = Path(__file__).parent / "data"
TODAY = date(2026, 2, 1)
SCHOOL = "Proefschool"
LISTS = {
    "zorgcollege": "zorgcollege.xlsx",
    "techniek-forms": "techniek-forms.csv",
    "systeemexport": "systeemexport.csv",
    "groen": "groen.ods",
}
FIELDS = (
    "number", "first", "infix", "last", "email", "phone", "postcode", "town", "qualifications",
    "employer", "function", "offers", "availability", "consent", "consent_since",
)  # fmt: skip
COLUMNS = {
    "number": ("alumnus_id",),
    "first": ("voornaam", "naam"),
    "infix": ("tussenvoegsel", "achternaam", "naam"),
    "last": ("achternaam", "naam"),
    "email": ("email",),
    "phone": ("telefoon",),
    "postcode": ("postcode", "postcode_plaats"),
    "town": ("woonplaats", "postcode_plaats", "postcode"),
    "qualifications": ("opleidingen", "opleiding_crebo", "opleiding_naam", "opleiding_niveau", "opleiding_jaar"),
    "employer": ("werkgever",),
    "function": ("functie",),
    "offers": ("aanbod",),
    "availability": ("beschikbaarheid",),
    "consent": ("toestemming", "toestemming_ja_nee", "toestemming_datum"),
    "consent_since": ("toestemming_datum", "toestemming", "toestemming_ja_nee"),
}
"""Our columns that a field of the truth may be named under where it was left out."""
UNUSED: Mapping[str, Mapping[str, Sequence[str]]] = {
    "systeemexport": {"offers": ("VRIJ2",), "availability": ("VRIJ3",), "phone": ("TEL_VAST",)},
    "groen": {
        "offers": ("borrel", "open dag"),
        "postcode": ("adres",),
        "town": ("adres",),
        "function": ("werkt bij",),
        "employer": ("werkt bij",),
    },
}
"""Headers that a field stands in: where the report says that the column is not used, the field is left out and told."""
ANSWERS = {
    "consent_yes_no": "gastles,mentor,netwerkevenement,bpv-plaats,hybride docent,ambassadeur",
    "consent_since": "2025-10-01",
}
"""What a coordinator answers who has read the text that people said yes to."""
OWN_WORDS = {KINDS[kind].word for kind in KINDS} | {"bpv-plaats"}
TOWNS = {"denhaag": "sgravenhage", "denbosch": "shertogenbosch"}
MOST_IMPORTS = 12


@dataclass
class Outcome:
    """What came of one list. `counts`: by field, how many are `right`, `named`, `silent`, `wrong`, `doubt`."""

    name: str
    seconds: float = 0.0
    questions: list[str] = field(default_factory=list)
    imports: int = 0
    people: int = 0
    counts: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in FIELDS})
    details: list[tuple[str, str, str, object, object]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    missing_named: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)
    unwanted: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    stored: list[Alumnus] = field(default_factory=list)

    def total(self, what: str) -> int:
        """How many fields of all people."""
        return sum(count[what] for count in self.counts.values())


def lines_of(name: str, part: str) -> list[dict[str, Any]]:
    """The lines of a truth file."""
    with gzip.open(DATA / f"{name}.{part}.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def compared(name: str, folder: Path) -> Outcome:
    """Imports a list into an empty database in this folder, and compares every person."""
    outcome = Outcome(name)
    app = _app(folder)
    try:
        began = time.monotonic()
        _import(app, outcome, DATA / LISTS[name])
        outcome.seconds = time.monotonic() - began
        with app.store.read() as records:
            everyone = records.records.stream(RecordKind.ALUMNI, personal=True)
            outcome.stored = [person for person in everyone if isinstance(person, Alumnus)]
    finally:
        app.store.close()
    Comparison(outcome).run()
    return outcome


def _app(folder: Path) -> StoreApp:
    clock = FixedClock(TODAY)
    store = SqlStore(f"sqlite:///{folder}/lists.db", clock)
    fresh.migrate(store)
    return WithoutEngine(store, clock, Terms())


def _import(app: StoreApp, outcome: Outcome, path: Path) -> None:
    """The file, and its further sheets where the report says that they hold such a table."""
    sheets: list[str | None] = [None]
    done: set[str] = set()
    while sheets and outcome.imports < MOST_IMPORTS:
        sheet = sheets.pop(0)
        if sheet in done:
            continue
        report = _import_sheet(app, outcome, path, sheet)
        outcome.reports.append(report)
        done |= {report.sheet, *report.sheets.values()}
        for doubt in report.doubts:
            if doubt.code == "sheet":
                more = [name for name in doubt.answers if name not in done and name not in sheets]
                if more:
                    outcome.questions.append(f"sheet: {', '.join(more)}")
                sheets += more


def _import_sheet(app: StoreApp, outcome: Outcome, path: Path, sheet: str | None) -> Report:
    wishes = Wishes(sheet=sheet)
    for _ in range(5):
        report = imports.import_records(
            app, COMMAND_LINE, path, RecordKind.ALUMNI, school=SCHOOL, dry_run=True, wishes=wishes
        )
        stops = [doubt for doubt in report.doubts if doubt.stops]
        if not stops:
            break
        for doubt in stops:
            outcome.questions.append(doubt.code if sheet is None else f"{doubt.code} ({sheet})")
            if doubt.code == "consent_yes_no":
                wishes = replace(wishes, answers={**wishes.answers, **ANSWERS})
            else:
                wishes = replace(wishes, accept=wishes.accept | {doubt.code})
    outcome.imports += 1
    return imports.import_records(app, COMMAND_LINE, path, RecordKind.ALUMNI, school=SCHOOL, wishes=wishes)


class Comparison:
    """The people of a list beside those that are stored."""

    def __init__(self, outcome: Outcome) -> None:
        self._outcome = outcome
        self._truth = lines_of(outcome.name, "truth")
        self._others = lines_of(outcome.name, "other-rows")
        self._ids: dict[tuple[str, int], str] = {}
        self._named: dict[tuple[str, int], set[str]] = defaultdict(set)
        self._gone: set[tuple[str, int]] = set()
        self._unused: set[str] = set()
        for report in outcome.reports:
            self._read(report)

    def _read(self, report: Report) -> None:
        def at(row: int) -> tuple[str, int]:
            return report.sheets.get(row, report.sheet) or "", row % AGAIN

        for row, id_ in report.ids.items():
            self._ids[at(row)] = id_
        for item in report.left_out:
            for row in item.rows:
                self._named[at(row)].add(item.field)
        headers = {g.header: g.target.field for g in report.columns if g.target is not None}
        for note in report.notes:
            if note.row is not None and note.column is not None:
                self._named[at(note.row)].add(headers.get(note.column, note.column))
        for problem in report.problems:
            if problem.row is not None:
                self._gone.add(at(problem.row))
        self._gone |= {at(row) for row, _ in report.not_records}
        self._unused |= {g.header for g in report.columns if g.target is None}

    def run(self) -> None:
        """Fills the outcome."""
        outcome = self._outcome
        outcome.people = len(self._truth)
        left = {person.alumnus_id: person for person in outcome.stored}
        by_number: dict[str, list[Alumnus]] = defaultdict(list)
        for person in outcome.stored:
            by_number[_number(person.alumnus_id)].append(person)
        for truth in self._truth:
            found = self._find(truth, left, by_number)
            places = [(row["sheet"] or "", row["row"]) for row in truth["source_rows"]]
            if not found:
                shared = any("naam" in self._named[place] or "voornaam" in self._named[place] for place in places)
                named = shared or any(place in self._gone for place in places)
                (outcome.missing_named if named else outcome.missing).append(f"{truth['id']} {places}")
                continue
            for person in found:
                left.pop(person.alumnus_id, None)
            if len(found) > 1:
                outcome.twice.append(f"{truth['id']} {[person.alumnus_id for person in found]}")
            self._compare(truth, found[0], places)
        self._leftovers(left)

    def _find(
        self, truth: Mapping[str, Any], left: Mapping[str, Alumnus], by_number: Mapping[str, Sequence[Alumnus]]
    ) -> list[Alumnus]:
        found = {p.alumnus_id: p for p in by_number.get(_number(truth["number"] or ""), ()) if p.alumnus_id in left}
        for row in truth["source_rows"]:
            id_ = self._ids.get((row["sheet"] or "", row["row"]))
            if id_ is not None and id_ in left:
                found[id_] = left[id_]
        if not found:
            for person in left.values():
                contact = person.contact
                name = _plain(contact.first_name) == _plain(truth["first"]) and _plain(contact.name).endswith(
                    _plain(truth["last"])
                )
                mail = truth["email"] and contact.email == truth["email"]
                phone = truth["phone"] and contact.phone == truth["phone"]
                if (mail and not contact.last_name) or (name and (mail or phone or not truth["number"])):
                    found[person.alumnus_id] = person
        return list(found.values())

    def _leftovers(self, left: Mapping[str, Alumnus]) -> None:
        out = [line for line in self._others if "why" in line]
        numbers = {_number(line["number"]): line for line in out if line["number"]}
        for person in left.values():
            line = numbers.get(_number(person.alumnus_id))
            line = line or next((line for line in out if _plain(line["name"]) == _plain(person.contact.name)), None)
            if line:
                self._outcome.unwanted.append(f"{person.alumnus_id} {person.contact.name}: {line['why']}")
            else:
                rows = [place for place, id_ in self._ids.items() if id_ == person.alumnus_id]
                self._outcome.invented.append(f"{person.alumnus_id} {person.contact.name} {rows}")

    # ---- fields

    def _compare(self, truth: Mapping[str, Any], person: Alumnus, places: Sequence[tuple[str, int]]) -> None:
        doubt = set(truth["doubt"])
        if "year" in doubt:
            doubt.add("qualifications")
        named = {name for place in places for name in self._named[place]}
        gone = any(place in self._gone for place in places)
        unused: Mapping[str, Sequence[str]] = UNUSED.get(self._outcome.name, {})
        for name, wanted, found, verdict in self._verdicts(truth, person):
            result = verdict
            said = bool(named & set(COLUMNS[name])) or gone
            said = said or any(h in self._unused for h in unused.get(name, ()))
            if result == "lacking":
                result = "named" if said else "silent"
            if result in {"wrong", "silent"} and name in doubt:
                result = "doubt"
            self._outcome.counts[name][result] += 1
            if result in {"wrong", "silent", "named"}:
                self._outcome.details.append((result, name, f"{truth['id']} {places}", wanted, found))

    def _verdicts(self, truth: Mapping[str, Any], person: Alumnus) -> Iterator[tuple[str, object, object, str]]:
        contact = person.contact
        id_ = person.alumnus_id
        wanted = truth["number"]
        given = id_ in self._ids.values()
        if wanted is not None or not given:
            same = _number(id_) == _number(wanted or "")
            yield "number", wanted, id_, "right" if same else "lacking" if given else "wrong"
        yield from (
            (name, wanted, found, _verdict(wanted, found, _plain))
            for name, wanted, found in (
                ("first", truth["first"], contact.first_name),
                ("infix", truth["infix"], contact.infix),
                ("last", truth["last"], contact.last_name),
                ("email", truth["email"], contact.email),
                ("phone", truth["phone"], _e164(contact.phone)),
            )
            if wanted is not None or found is not None
        )
        postcode = truth["postcode"]
        if postcode is not None or contact.postcode is not None:
            found = contact.postcode or person.pc4
            yield "postcode", postcode, found, _verdict(postcode, found, _plain)
        if truth["town"] is not None or person.town is not None:
            yield "town", truth["town"], person.town, _verdict(truth["town"], person.town, _town)
        yield "qualifications", truth["qualifications"], person.qualifications, _qualifications(truth, person)
        for name, found in (("employer", person.employer), ("function", person.function)):
            if truth[name] is not None or found is not None:
                yield name, truth[name], found, _verdict(truth[name], found, _within)
        offers = {KINDS[kind].word for kind in person.offers or ()}
        own = {word for word in truth["offers"] if word in OWN_WORDS}
        if own or offers:
            yield "offers", sorted(own), sorted(offers), _set_verdict(own, offers)
        parts = {_part(name) for name in names_of_day_parts(person.day_parts or 0)}
        if parts or truth["availability"]:
            wanted_parts = set(truth["availability"])
            verdict = _set_verdict(wanted_parts, parts - _evenings(wanted_parts))
            verdict = "doubt" if verdict == "right" and parts & _evenings(wanted_parts) else verdict
            yield "availability", truth["availability"], sorted(parts), verdict
        given_ = [consent for consent in person.consents if consent.withdrawn_on is None]
        consent = "right" if bool(given_) == (truth["consent"] == "yes") else "wrong" if given_ else "lacking"
        yield "consent", truth["consent"], len(given_), consent
        if given_ and truth["consent"] == "yes" and truth["consent_since"]:
            when = given_[0].given_on.isoformat() if given_[0].given_on else None
            since = truth["consent_since"]
            result = "lacking" if when is None else "right" if when.startswith(since) else "wrong"
            yield "consent_since", since, when, result


def _verdict(wanted: str | None, found: str | None, like: Any) -> str:
    if like(wanted) == like(found):
        return "right"
    if found is None:
        return "lacking"
    if wanted is not None and like is _plain and len(found) == 4 and wanted.startswith(found):
        return "right"
    if wanted is not None and like is _within and _plain(wanted) in _plain(found):
        return "right"
    return "wrong"


def _set_verdict(wanted: Iterable[str], found: Iterable[str]) -> str:
    wanted, found = set(wanted), set(found)
    return "right" if wanted == found else "wrong" if found - wanted else "lacking"


def _qualifications(truth: Mapping[str, Any], person: Alumnus) -> str:
    """Right: each one of the truth is there, and nothing else; lacking: something of it is not there."""
    left = list(person.qualifications)
    lacking = False
    for wanted in truth["qualifications"]:
        best = min(left, key=lambda q: _unlike(wanted, q), default=None)
        if best is None or _unlike(wanted, best)[0]:
            lacking = True
            continue
        left.remove(best)
        lacking = lacking or _unlike(wanted, best)[1] > 0
    if left:
        return "wrong"
    return "lacking" if lacking else "right"


def _unlike(wanted: Mapping[str, Any], found: Any) -> tuple[int, int]:
    """How many parts are different, and how many are not there."""
    different = lacking = 0
    crebos = wanted["crebo"] is not None and found.crebo is not None
    if crebos:
        different += 3 * (wanted["crebo"] != found.crebo)
    for name in ("level", "pathway", "year"):
        if wanted[name] is None:
            continue
        value = getattr(found, name)
        if value is None:
            lacking += 1
        else:
            different += _plain(str(value)) != _plain(str(wanted[name]))
    if found.name is None and not crebos:
        lacking += 1
    elif found.name is not None and not (crebos and wanted["crebo"] == found.crebo):
        ours, theirs = _plain(found.name), _plain(wanted["name"])
        short = len(ours) <= 8 and found.name.upper() == found.name and ours[0] in theirs
        different += not (short or _roots(found.name) & _roots(wanted["name"]))
    return different, lacking


def _evenings(parts: set[str]) -> set[str]:
    """The evenings of days named whole: a day without a part is its three parts here, and two in the truth."""
    days = {part.split("-")[0] for part in parts}
    return {f"{day}-avond" for day in days if {f"{day}-ochtend", f"{day}-middag"} <= parts} - parts


def _part(name: str) -> str:
    days = {day: word for word, day in DAY_WORDS.items()}
    parts = {"morning": "ochtend", "afternoon": "middag", "evening": "avond"}
    day, part = name.split("-")
    return f"{days[day]}-{parts[part]}"


def _roots(name: str) -> set[str]:
    """The beginnings of the long words of a name: the name of a form and that of the register share one."""
    return {word[:5] for word in name.casefold().replace("-", " ").split() if len(word) > 4}


def _e164(text: str | None) -> str | None:
    try:
        return phonenumbers.format_number(phonenumbers.parse(text or "", "NL"), phonenumbers.PhoneNumberFormat.E164)
    except phonenumbers.NumberParseException:
        return text


def _within(text: str | None) -> str:
    """As `_plain`; a value that holds the wanted one is what the cell says, not taken apart."""
    return _plain(text)


def _number(text: str) -> str:
    return "".join(filter(str.isdigit, text)).lstrip("0") or text


def _plain(text: str | None) -> str:
    folded = unicodedata.normalize("NFC", text or "").casefold().replace("’", "'")
    return "".join(folded.split())


def _town(text: str | None) -> str:
    letters = "".join(char for char in _plain(text) if char.isalpha())
    return TOWNS.get(letters, letters)


def table(outcome: Outcome) -> str:
    """The figures of a list as text."""
    kinds = ("right", "named", "silent", "wrong", "doubt")
    lines = [
        (
            f"{outcome.name}: {outcome.people} people, {len(outcome.stored)} stored, {outcome.imports} imports, "
            f"{outcome.seconds:.1f} s, questions: {'; '.join(outcome.questions) or '-'}"
        ),
        (
            f"missing {len(outcome.missing)} (named besides: {len(outcome.missing_named)}), "
            f"not people {len(outcome.invented)}, "
            f"must not come in {len(outcome.unwanted)}, twice {len(outcome.twice)}"
        ),
        f"{'':16}" + "".join(f"{kind:>8}" for kind in kinds),
    ]
    for name, counts in outcome.counts.items():
        lines.append(f"{name:16}" + "".join(f"{counts[kind]:>8}" for kind in kinds))
    lines.append(f"{'all':16}" + "".join(f"{outcome.total(kind):>8}" for kind in kinds))
    return "\n".join(lines)


def main(names: Sequence[str]) -> None:
    """Writes the figures of these lists; with `-v` what is wrong and silent, with `-r` the reports."""
    flags = {name for name in names if name.startswith("-")}
    for name in [name for name in names if name not in flags] or LISTS:
        with tempfile.TemporaryDirectory() as folder:
            outcome = compared(name, Path(folder))
        lines = []
        if "-r" in flags:
            lines += [json.dumps(report.to_dict("nl"), ensure_ascii=False, indent=1) for report in outcome.reports]
        if "-v" in flags:
            for what in ("missing", "missing_named", "invented", "unwanted", "twice"):
                lines += [f"{what} {line}" for line in getattr(outcome, what)]
            lines += [" ".join(map(str, detail)) for detail in sorted(outcome.details, key=str) if detail[0] != "named"]
        sys.stdout.write("\n".join([*lines, table(outcome), "", ""]))


if __name__ == "__main__":
    main(sys.argv[1:])
