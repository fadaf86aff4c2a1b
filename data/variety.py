"""Measures of how varied the texts of the sample region are, printed by `python data/variety.py`."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from openpyxl import load_workbook

SAMPLE = Path(__file__).parent / "sample"


def sentences(texts: Sequence[str]) -> list[str]:
    """All sentences in lower case; a sentence ends at . ! ? ; or a line break."""
    parts = (part.strip(" -:)").lower() for text in texts for part in re.split(r"[.!?;\n]+", text))
    return [part for part in parts if part]


def runs(text: str, length: int = 5) -> set[str]:
    """All runs of `length` words in the text."""
    words = re.findall(r"[\w']+", text.lower())
    return {" ".join(words[start : start + length]) for start in range(len(words) - length + 1)}


def distinct(items: Sequence[str]) -> float:
    """The share of distinct items."""
    return len(set(items)) / len(items)


def commonest(texts: Sequence[str]) -> tuple[str, float]:
    """The most frequent run of five words, and the share of the texts in which it occurs."""
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
    position = rows[0].index(name)
    return (str(row[position]) for row in rows[1:] if len(row) > position and row[position])


def main() -> None:
    """Prints the figures of the committed sample."""
    alumni, requests, offerings = (SAMPLE / name for name in ("alumni.xlsx", "requests.csv", "offerings.xlsx"))
    texts = [*column(alumni, "ervaring"), *column(alumni, "vraag")]
    parts, (run, share) = sentences(texts), commonest(texts)
    print(f"free texts of alumni       {len(texts)}, {distinct(texts):.1%} distinct")
    print(f"sentences in them          {len(parts)}, {distinct(parts):.1%} distinct")
    print(f"most frequent 5-word run   in {share:.2%} of the texts: {run}")
    for path in (requests, offerings):
        titles = list(column(path, "titel"))
        print(f"titles in {path.name:<17}{len(titles)}, {len(set(titles))} distinct")


if __name__ == "__main__":
    main()
