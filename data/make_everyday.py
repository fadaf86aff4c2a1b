"""Makes the table of everyday words and words of trades (matcher/questions/everyday.tsv.gz) from open files.

    python data/make_everyday.py ESCO HELD_OUT WORDNET TREEBANKS

ESCO has `occupations_nl_en.tsv` and `skills_nl_en.tsv` (ESCO v1.2); HELD_OUT lists the concepts, one URI a line, with
which encoders are measured: they are left out. WORDNET is `wordnet_nl_en_synsets.tsv.gz` (Open Dutch WordNet),
TREEBANKS a folder with `nl_*.conllu` and `en_*.conllu` (Universal Dependencies). How often a word is written comes
from wordfreq, lemmas from simplemma: `pip install wordfreq==3.1.1 simplemma==2.0.0`. The same files give the same
bytes.

A line is a word, what it is (`n` noun, `v` verb, `a` adjective, `g` grammar, `p` name, `x` not known), how often it is
written (Zipf scale, tenths: 30 is once in a million words), and how much more often it stands in names of occupations
and skills than elsewhere (tenths of a power of ten; empty where it stands in none).
"""

from __future__ import annotations

import csv
import gzip
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import simplemma
import wordfreq

sys.path.insert(0, str(Path(__file__).parent.parent))

from matcher.questions.words import WORD, plain_of

TARGET = Path(__file__).parent.parent / "matcher" / "questions" / "everyday.tsv.gz"
LEAST = {"nl": 2.5, "en": 3.2}
"""Zipf frequency from which a word is in the table; one of a name of a trade is in any case."""
SEEN = 2
"""Times a word stands in a treebank before its part of speech is believed."""
GRAMMAR = {"ADP", "AUX", "CCONJ", "SCONJ", "DET", "PRON", "PART", "INTJ", "NUM", "ADV"}
TAGS = {"NOUN": "n", "VERB": "v", "ADJ": "a", "PROPN": "p"} | dict.fromkeys(GRAMMAR, "g")
SYNSET = {"n": "n", "v": "v", "a": "a", "s": "a", "r": "g"}
COLUMNS = ("pref_nl", "alt_nl", "pref_en", "alt_en")


def table_rows(path: Path) -> Iterator[dict[str, str]]:
    """Rows of a table with a header."""
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def of_trades(folder: Path, left_out: set[str]) -> dict[str, Counter[str]]:
    """By language how often a word stands in the names of occupations and skills."""
    counts: dict[str, Counter[str]] = {"nl": Counter(), "en": Counter()}
    for name in ("occupations_nl_en.tsv", "skills_nl_en.tsv"):
        for row in table_rows(folder / name):
            if row["uri"] in left_out:
                continue
            for column in COLUMNS:
                words = {word for label in row[column].split(" | ") for word in WORD.findall(plain_of(label))}
                counts[column[-2:]].update(words)
    return counts


def tagged(folder: Path, language: str) -> dict[str, Counter[str]]:
    """By word how often it is what, in the sentences of the treebanks."""
    tags: dict[str, Counter[str]] = defaultdict(Counter)
    for path in sorted(folder.glob(f"{language}_*.conllu")):
        for line in path.read_text("utf-8").splitlines():
            cells = line.split("\t")
            if len(cells) > 3 and cells[3] in TAGS:
                tags[plain_of(cells[1])][TAGS[cells[3]]] += 1
    return tags


def lemmas(path: Path) -> dict[str, dict[str, set[str]]]:
    """By language and lemma of the wordnet what it may be."""
    found: dict[str, dict[str, set[str]]] = {"nl": defaultdict(set), "en": defaultdict(set)}
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            cells = line.rstrip("\n").split("\t")
            if len(cells) > 4:
                kind = SYNSET.get(cells[1][-1], "x")
                for language, cell in (("nl", cells[3]), ("en", cells[4])):
                    for lemma in cell.split(" | "):
                        found[language][plain_of(lemma)].add(kind)
    return found


def kind_of(word: str, language: str, tags: dict[str, Counter[str]], known: dict[str, set[str]]) -> str:
    """What a word is: as in the treebanks, or as its lemma in the wordnet, a noun first."""
    seen = tags.get(word)
    if seen and seen.total() >= SEEN:
        return min(seen, key=lambda kind: (-seen[kind], kind))
    kinds = known.get(word) or known.get(plain_of(simplemma.lemmatize(word, lang=language))) or set()
    if language == "nl" and "v" in kinds and word.endswith(("en", "t")) and "n" not in known.get(word, set()):
        return "v"
    best = next((kind for kind in "nvag" if kind in kinds), "x")
    return min(seen, key=lambda kind: (-seen[kind], kind)) if best == "x" and seen else best


def main(esco: Path, held_out: Path, wordnet: Path, treebanks: Path) -> None:
    """Writes the table."""
    trades = of_trades(esco, set(held_out.read_text("utf-8").split()))
    known = lemmas(wordnet)
    lines: dict[str, tuple[float, str]] = {}
    for language in ("nl", "en"):
        tags, total = tagged(treebanks, language), trades[language].total()
        written: dict[str, float] = defaultdict(float)
        for word in wordfreq.top_n_list(language, 400_000, "large"):
            if WORD.fullmatch(folded := plain_of(word)):
                written[folded] += wordfreq.word_frequency(word, language, "large")
        for word in sorted({*written, *trades[language]}):
            zipf = math.log10(written[word] * 1e9) if word in written else 0.0
            count = trades[language][word]
            if len(word) < 2 or not word[0].isalpha() or (zipf < LEAST[language] and not count):
                continue
            keyness = round(10 * math.log10(count / total / max(written.get(word, 0.0), 1e-8))) if count else None
            cells = (word, kind_of(word, language, tags, known[language]), round(10 * zipf))
            line = "\t".join(map(str, (*cells, "" if keyness is None else keyness)))
            if word not in lines or zipf > lines[word][0]:
                lines[word] = (zipf, line)
    text = "".join(f"{line}\n" for _, line in (lines[word] for word in sorted(lines)))
    TARGET.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
