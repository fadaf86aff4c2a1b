"""Our encoder among the models of WorkRB (PyPI `workrb`, Apache-2.0), on what can be had without the internet.

    python -m models.evaluation.workrb_run [DATA] [--esco nl en] [--out FOLDER]

Without DATA it runs the gold set (data/gold) as two tasks of WorkRB; with DATA (docs/training.md) also the Dutch sets
of MELO, and with `--esco` the tasks that WorkRB makes of ESCO. Beside our encoder, alone and with words, stand WorkRB's
own BM25 and TF-IDF. WorkRB keeps its results, with checkpoints, in the folder of `--out`.

Needs `workrb`, which is no dependency: `pip install workrb`, in an environment of its own beside this project.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from models.catalogue import DEFAULT

MISSING = """WorkRB is not installed. It is no part of alumnimatch. In an environment of its own, in this folder:
    python3.11 -m venv .workrb && .workrb/bin/pip install workrb rapidfuzz
    .workrb/bin/python -m models.evaluation.workrb_run"""


def main(arguments: list[str] | None = None) -> int:
    """Measures and prints; returns the code with which the command ends: 0, or 3 where WorkRB is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--esco", nargs="*", default=[], choices=["nl", "en"])
    parser.add_argument("--out", type=Path)
    given = parser.parse_args(arguments)
    if given.esco and given.data is None:
        parser.error("--esco needs DATA")
    if find_spec("workrb") is None:
        print(MISSING, file=sys.stderr)  # noqa: T201 - a command line
        return 3
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder  # where WorkRB looks for ESCO; read when a task is made
        _run(given.data, given.esco, Path(folder), given.out or Path(folder) / "results")
    return 0


def _run(data: Path | None, languages: list[str], folder: Path, out: Path) -> None:
    from models.evaluation import workrb_adapter as adapter
    from models.evaluation.evaluate import similarity_of, with_words
    from models.evaluation.workrb_data import write_esco

    short = [*adapter.gold_tasks(), *([adapter.LocalMelo(data)] if data else [])]
    for language in languages:
        assert data is not None  # noqa: S101 - for types: the caller has looked
        skills, jobs, relations = write_esco(data, adapter.esco_folder(folder, language), language)
        _print(f"ESCO {language}: {skills} skills, {jobs} occupations, {relations} relations")
    long = _esco_tasks(languages) if languages else []
    alone = adapter.SimilarityModel(
        DEFAULT, "static Dutch-English embedding of alumnimatch, int8", similarity_of(DEFAULT)
    )
    words = adapter.SimilarityModel(f"{DEFAULT}-words", "the same, and which words meet", with_words(DEFAULT))
    _print(f"{'task':48}{'set':>16}{'model':>24}  figures")
    for model, tasks in ((alone, [*short, *long]), (words, short), *((one, [*short, *long]) for one in _lexical())):
        _measure(model, tasks, out)


def _esco_tasks(languages: list[str]) -> list[Any]:
    """WorkRB's own tasks over ESCO: skills of an occupation, and occupations of a skill."""
    from workrb.tasks import ESCOJob2SkillRanking, ESCOSkill2JobRanking

    return [task(languages=languages, split="test") for task in (ESCOJob2SkillRanking, ESCOSkill2JobRanking)]


def _lexical() -> list[Any]:
    from workrb.models.lexical_baselines import BM25Model, TfIdfModel

    return [BM25Model(), TfIdfModel()]


def _measure(model: Any, tasks: list[Any], out: Path) -> None:
    import workrb

    logging.disable(logging.WARNING)  # it tells each step, and every name that stands twice
    found = workrb.evaluate(
        model,
        tasks,
        output_folder=str(out / model.name),
        language_aggregation_mode=workrb.LanguageAggregationMode.SKIP_LANGUAGE_AGGREGATION,
    )
    for task, results in found.task_results.items():
        for set_, result in results.datasetid_results.items():
            figures = "  ".join(f"{name} {value:.3f}" for name, value in result.metrics_dict.items())
            _print(f"{task:48}{set_:>16}{model.name:>24}  {figures}")


def _print(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a command line


if __name__ == "__main__":
    sys.exit(main())
