"""What was tried to make the encoders better, and is not in them: a figure for each.

    python -m benchmarks.tries DATA TRY [--steps 150] [--work .training] [--wheel WHEEL]

TRY is one of:

- weights: weights of words by wordfreq (`pip install wordfreq==3.1.1`) instead of the frequencies in our sentences
- parts, slips: the parts of compounds beside them; words of which a misspelling is a slip in its place
- short: short trainings from the same seed, by the recipe and with one thing changed: hard negatives, 384 dimensions,
  parts of compounds as features
- distilled: the shipped table, trained on to relate texts of profiles and requests as the second encoder does
- transformer: the second encoder, trained on with pairs of ours
- mixes: other ways to count both encoders together, and with the parts of compounds; a line for each set as it is done

DATA is that of `models.training.train`; WHEEL that of `models.training.meaning`. The training tries need the extra
`train`, and so do mixes. Each prints a line for each set: the figure of the first column, and how much the others
differ.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.tries import sets as measuring
from benchmarks.tries.sets import Figures
from models import artefact, catalogue
from models.encoder import opened

SMOOTHING = (0.0003, 0.0007, 0.002)
"""a in the weights a / (a + frequency); the shipped table has 0.0007."""


def weights(given: argparse.Namespace) -> Mapping[str, Figures]:
    """Weights of words by wordfreq."""
    from benchmarks.tries.words import weighed

    sets = measuring.read(given.data)
    found = {"shipped": sets.figures(opened(), words=True)}
    for smoothing in SMOOTHING:
        with tempfile.TemporaryDirectory() as folder:
            encoder = opened(str(weighed(Path(folder), smoothing)))
            found[f"wordfreq {smoothing:g}"] = sets.figures(encoder, words=True)
    return found


def parts(given: argparse.Namespace) -> Mapping[str, Figures]:
    """Compounds with their parts."""
    from benchmarks.tries.words import Rewritten, with_parts

    sets, (vocabulary, _, _) = measuring.read(given.data), artefact.read(catalogue.find(catalogue.DEFAULT))
    return {
        "shipped": sets.figures(opened(), words=True),
        "unknown": sets.figures(Rewritten(opened(), with_parts(vocabulary, unknown=True)), words=True),
        "all": sets.figures(Rewritten(opened(), with_parts(vocabulary, unknown=False)), words=True),
    }


def slips(given: argparse.Namespace) -> Mapping[str, Figures]:
    """Misspelt words read as known ones."""
    from benchmarks.tries.words import Rewritten, without_slips

    sets, (vocabulary, _, _) = measuring.read(given.data), artefact.read(catalogue.find(catalogue.DEFAULT))
    mended = Rewritten(opened(), without_slips(vocabulary))
    return {"shipped": sets.figures(opened(), words=True), "mended": sets.figures(mended, words=True)}


def short(given: argparse.Namespace) -> Mapping[str, Figures]:
    """Short trainings."""
    from benchmarks.tries.training import trainings

    return trainings(given.data, given.work, given.steps, measuring.read(given.data))


def distilled(given: argparse.Namespace) -> Mapping[str, Figures]:
    """The second encoder as the teacher of the first."""
    from benchmarks.tries.training import distillations

    return distillations(given.data, given.work, given.steps, measuring.read(given.data))


def transformer(given: argparse.Namespace) -> Mapping[str, Figures]:
    """The second encoder, trained on."""
    from benchmarks.tries.transformer import trained_on

    return trained_on(given.data, given.wheel, given.steps, measuring.read(given.data))


def mixes(given: argparse.Namespace) -> Mapping[str, Figures]:
    """Both encoders counted together in other ways. An hour on one core: each text is read by both."""
    from benchmarks.tries.mixes import NOW, SHARES, WAYS, mixed
    from benchmarks.tries.words import Rewritten, with_parts
    from models.evaluation.evaluate import Remembering
    from models.meaning import MeaningEncoder

    sets, (vocabulary, _, _) = measuring.read(given.data), artefact.read(catalogue.find(catalogue.DEFAULT))
    second, parts = Remembering(MeaningEncoder(threads=1)), Rewritten(opened(), with_parts(vocabulary, unknown=True))
    found: dict[str, dict[str, float]] = {}
    for each, others in zip(
        mixed(sets, opened(), second, [(way, share) for way in WAYS for share in SHARES]),
        mixed(sets, parts, second, [(NOW, share) for share in SHARES]),
        strict=True,
    ):
        of_set = dict(each[1]) | {f"parts {name}": value for name, value in others[1].items()}
        print(each[0], {name: round(value, 3) for name, value in of_set.items()}, flush=True)
        for name, value in of_set.items():
            found.setdefault(name, {})[each[0]] = value
    return found


TRIES: Mapping[str, Callable[[argparse.Namespace], Mapping[str, Figures]]] = {
    one.__name__: one for one in (weights, parts, slips, short, distilled, transformer, mixes)
}


def printed(found: Mapping[str, Figures]) -> None:
    """Prints a line for each figure: that of the first column, and what the others differ from it."""
    first, *others = found.values()
    print(f"{'':38}" + "".join(f"{name:>18}" for name in found))
    for name, value in first.items():
        cells = [f"{other[name] - value:+18.3f}" if name in other else f"{'':18}" for other in others]
        print(f"{name:38}{value:18.3f}" + "".join(cells))


def main() -> None:
    """Runs one try."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("name", choices=TRIES)
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--work", type=Path, default=Path(".training"))
    parser.add_argument("--wheel", type=Path)
    given = parser.parse_args()
    printed(TRIES[given.name](given))


if __name__ == "__main__":
    main()
