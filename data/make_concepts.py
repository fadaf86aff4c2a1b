"""Makes the tables that reasons are linked with (matcher/links/) from open files.

    python data/make_concepts.py ESCO HELD_OUT PAIRS

ESCO has `occupations_nl_en.tsv` and `skills_nl_en.tsv` (ESCO v1.2). HELD_OUT lists the concepts, one URI a line, with
which encoders are measured: they are left out. PAIRS is `pairs_nl_en.tsv.gz`: Dutch texts of `SOURCES` are taken for
the words that compounds are split into. The same files give the same bytes.
"""

from __future__ import annotations

import csv
import gzip
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from matcher.text import fold
from models.artefact import public
from models.catalogue import DEFAULT, find

TARGET = Path(__file__).parent.parent / "matcher" / "links"
LONGEST = 4
"""Labels of more words are left out: nobody writes them."""
MOST_OTHERS = 8
"""A single word that stands in the labels of more other concepts is general (`monteur`), and no name of one."""
RUNNING = 2
"""A word is one that compounds are split into if it stands this often in texts and labels."""
SOURCES = ("tatoeba", "beijerterm:")
"""Tatoeba, and glossaries of the European Union and of Statistics Netherlands."""
WORD = re.compile(r"[^\W_]+(?:[+#]+(?!\w))?")
COLUMNS = ("pref_nl", "alt_nl", "pref_en", "alt_en")
Label = tuple[str, ...]


def words(text: str) -> Label:
    """The folded words of a text."""
    return tuple(WORD.findall(fold(text)))


def rows(folder: Path) -> Iterator[dict[str, str]]:
    """Occupations and skills."""
    for name in ("occupations_nl_en.tsv", "skills_nl_en.tsv"):
        with (folder / name).open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def labels(text: str) -> list[Label]:
    """The labels in a cell, each once; `kapper/kapster` is two."""
    parts = (part for label in text.split(" | ") for part in (label.split("/") if " " not in label else [label]))
    found = (words(part) for part in parts if "/" not in part)
    return list(dict.fromkeys(label for label in found if 0 < len(label) <= LONGEST and len("".join(label)) > 2))


def concepts(table: list[dict[str, str]]) -> Iterator[list[list[Label]]]:
    """Of each concept the names in the order of `COLUMNS`, without one that is another concept's too, or general."""
    cells = [[labels(row[column]) for column in COLUMNS] for row in table]
    owners: dict[Label, set[int]] = defaultdict(set)
    holders: dict[str, set[int]] = defaultdict(set)
    for number, columns in enumerate(cells):
        for label in {label for column in columns for label in column}:
            owners[label].add(number)
            for word in label:
                holders[word].add(number)
    named = public(find(DEFAULT))

    def is_name(label: Label) -> bool:
        alone = len(label) == 1 and len(holders[label[0]]) > MOST_OTHERS
        return len(owners[label]) == 1 and not alone and named.issuperset(label)

    for columns in cells:
        names = [[label for label in column if is_name(label)] for column in columns]
        if (names[0] and names[1]) or (names[2] and names[3]) or (names[0] and names[2]) or len(names[0]) > 1:
            yield names


def written(names: Iterable[Label]) -> str:
    """Names as they stand in the table."""
    return "|".join(" ".join(name) for name in names)


def save(name: str, lines: Iterable[str]) -> None:
    """A file that does not tell when it was made."""
    text = "".join(f"{line}\n" for line in lines).encode()
    (TARGET / name).write_bytes(gzip.compress(text, 9, mtime=0))


def dutch(pairs: Path) -> Counter[str]:
    """The words of the Dutch texts, without those written with a capital: names."""
    found: Counter[str] = Counter()
    with gzip.open(pairs, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["source"].startswith(SOURCES) and row["tier"] == "A":
                found.update(fold(word) for word in WORD.findall(row["nl"]) if word.islower())
    return found


def main(folder: Path, held_out: Path, pairs: Path) -> None:
    """Writes the three tables."""
    left_out = set(held_out.read_text("utf-8").split())
    table = [row for row in rows(folder) if row["uri"] not in left_out]
    save("concepts.tsv.gz", ("\t".join(map(written, names)) for names in concepts(table)))
    running = Counter(word for row in table for word in words(row["desc_nl"]))
    named = Counter(word for row in table for column in COLUMNS[:2] for label in labels(row[column]) for word in label)
    save("public.tsv.gz", sorted(public(find(DEFAULT))))
    counts = running + named + dutch(pairs)
    known = sorted(word for word, count in counts.items() if count >= RUNNING and word.isalpha() and len(word) > 2)
    save("parts.tsv.gz", (f"{word}\t{counts[word]}" for word in known))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
