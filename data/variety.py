"""Measures how varied the words of the sample region are; `python data/variety.py` prints it."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from openpyxl import load_workbook

SAMPLE = Path(__file__).parent / "sample"


def sentences(texts: Sequence[str]) -> list[str]:
    """Every sentence, lower case; one ends at . ! ? ; or a line break."""
    parts = (part.strip(" -:)").lower() for text in texts for part in re.split(r"[.!?;\n]+", text))
    return [part for part in parts if part]


def runs(text: str, length: int = 5) -> set[str]:
    """Every run of five words in the text."""
    words = re.findall(r"[\w']+", text.lower())
    return {" ".join(words[at : at + length]) for at in range(len(words) - length + 1)}


def distinct(items: Sequence[str]) -> float:
    """The share of different items."""
    return len(set(items)) / len(items)


def commonest(texts: Sequence[str]) -> tuple[str, float]:
    """The most frequent run of five words, and the share of the texts in which it stands."""
    run, count = Counter(run for text in texts for run in runs(text)).most_common(1)[0]
    return run, count / len(texts)


def column(path: Path, name: str) -> Iterator[str]:
    """The filled cells under a header."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file, delimiter=";"))
    else:
        book = load_workbook(path, read_only=True)
        rows = [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
        book.close()
    at = rows[0].index(name)
    return (str(row[at]) for row in rows[1:] if len(row) > at and row[at])


def main() -> None:
    """Prints the figures of the committed sample."""
    alumni, requests, offerings = (SAMPLE / name for name in ("alumni.xlsx", "requests.csv", "offerings.xlsx"))
    texts = [*column(alumni, "ervaring"), *column(alumni, "vraag")]
    said, (run, share) = sentences(texts), commonest(texts)
    print(f"free texts of alumni       {len(texts)}, {distinct(texts):.1%} distinct")
    print(f"sentences in them          {len(said)}, {distinct(said):.1%} distinct")
    print(f"most frequent 5-word run   in {share:.2%} of the texts: {run}")
    for path in (requests, offerings):
        titles = list(column(path, "titel"))
        print(f"titles in {path.name:<17}{len(titles)}, {len(set(titles))} distinct")


if __name__ == "__main__":
    main()
