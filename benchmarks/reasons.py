"""Reasons of first cards, to be judged by people: whether each is true, and whether it matters for the question.

    make demo SERVE=0
    .venv/bin/python benchmarks/reasons.py cards benchmarks/reasons-questions.txt CARDS.tsv
    .venv/bin/python benchmarks/reasons.py agree FIRST.tsv SECOND.tsv

`cards` asks each question of the demo, as an adviser of its school, and writes the reasons of the first five
candidates: a line of id, question, what the candidate says of themselves, and the reason. Whoever judges adds two
columns, `true` and `relevant` (1 or 0), without having seen the judgements of the other. `agree` prints the shares of
each, of the reasons that both hold for true and relevant, and how far the two agree (Cohen's kappa).
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

TOP = 5
COLUMNS = ("id", "question", "candidate", "reason")
JUDGED = ("true", "relevant")
DEMO = {
    "ALUMNIMATCH_DATABASE_URL": "sqlite:///.demo/alumnimatch.db",
    "ALUMNIMATCH_CACHE_DIR": ".demo/cache",
    "ALUMNIMATCH_TODAY": "2027-03-01",
    "ALUMNIMATCH_LOGIN": "demo",
}


def cards(questions: Path, out: Path) -> None:
    """Writes what is to be judged; prints how many reasons of how many lists."""
    os.environ.update(DEMO)
    from api.commands.session import Session
    from api.demo import SCHOOL
    from matcher import explain
    from matcher.domain.kinds import RequestKind
    from matcher.policy import COMMAND_LINE
    from matcher.services import questions as service

    app = Session("nl").app
    rows, lists = list[tuple[str, ...]](), 0
    for number, text in enumerate(filter(None, map(str.strip, questions.read_text("utf-8").splitlines())), 1):
        wanted = service.Wanted(text=text, school=SCHOOL, assumed=RequestKind.GUEST_LESSON)
        ranking = service.ask(app, COMMAND_LINE, wanted, top=TOP).ranking
        lists += bool(ranking and ranking.matches)
        for match in ranking.matches if ranking else ():
            profile = _profile(match.record)
            for place, reason in enumerate(explain.reasons(match, "nl", "asker"), 1):
                rows.append((f"{number}-{match.rank}-{place}", text, profile, reason))
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    print(f"{len(rows)} reasons of {lists} lists")


def _profile(alumnus: object) -> str:
    """What a candidate says, without name, address or number."""
    from matcher.domain.records import RecordKind
    from matcher.spreadsheets.columns import columns_of
    from matcher.spreadsheets.writer import cell_of

    shown = ("town", "qualifications", "function", "employer", "sector", "skills", "experience", "offers", "needs",
             "need_kinds", "day_parts", "max_distance_km", "online", "languages", "certificate_until")  # fmt: skip
    told = {
        column.name: cell_of(getattr(alumnus, column.field), column)
        for column in columns_of(RecordKind.ALUMNI)
        if column.field in shown
    }
    return "; ".join(f"{header}: {value}" for header, value in told.items() if value not in {None, ""})


def agree(first: Path, second: Path) -> None:
    """Prints the shares that two judges gave, and their agreement."""
    one, other = _judged(first), _judged(second)
    ids = sorted(one.keys() & other.keys())
    missing = len(one.keys() ^ other.keys())
    print(f"{len(ids)} reasons judged twice, {missing} once")
    for place, name in enumerate(JUDGED):
        pairs = [(one[id_][place], other[id_][place]) for id_ in ids]
        shares = [sum(pair[side] for pair in pairs) / len(pairs) for side in (0, 1)]
        both = sum(a and b for a, b in pairs) / len(pairs)
        print(f"{name}: {shares[0]:.3f} and {shares[1]:.3f}, both {both:.3f}, kappa {_kappa(pairs):.2f}")


def _judged(path: Path) -> Mapping[str, tuple[bool, ...]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return {row["id"]: tuple(row[name].strip() == "1" for name in JUDGED) for row in rows}


def _kappa(pairs: Iterable[tuple[bool, bool]]) -> float:
    from sklearn.metrics import cohen_kappa_score

    first, second = zip(*pairs, strict=True)
    return float(cohen_kappa_score(first, second, labels=[True, False]))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("cards")
    verb.add_argument("questions", type=Path)
    verb.add_argument("out", type=Path)
    verb = verbs.add_parser("agree")
    verb.add_argument("first", type=Path)
    verb.add_argument("second", type=Path)
    chosen = parser.parse_args()
    if chosen.verb == "cards":
        cards(chosen.questions, chosen.out)
    else:
        agree(chosen.first, chosen.second)


if __name__ == "__main__":
    main()
