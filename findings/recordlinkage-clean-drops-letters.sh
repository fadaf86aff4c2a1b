#!/usr/bin/env bash
# recordlinkage 0.16: preprocessing.clean, "Clean string variables", deletes letters with an accent unless told otherwise.
#
# What: with its defaults a letter outside a-z is removed, not folded: Zoë becomes "zo", Çelik "elik", René "ren", Noë and
# Noé both "no". Two different people then compare as equal, and one person whose second list is spelled without the
# accent ("Zoe", "Celik") no longer does. strip_accents="unicode", off by default, folds them first.
# Expected: letters kept or folded, as strip_accents does; its documentation describes the default as removing
# "unwanted tokens".
# Seen by: looking for one alumnus under two numbers in two lists of a school.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check recordlinkage==0.16 pandas==2.3.3 numpy==2.0.2 2>/dev/null
"$folder/venv/bin/python" -W ignore - <<'PYTHON' | tee "$folder/seen"
import pandas as pd
import recordlinkage
from recordlinkage.preprocessing import clean

first = pd.DataFrame({"name": ["Zoë", "Çelik", "René", "Noë"]})
second = pd.DataFrame({"name": ["Zoe", "Celik", "Rene", "Noé"]})
pairs = pd.MultiIndex.from_arrays([range(4), range(4)])
for how in (None, "unicode"):
    left, right = (table.assign(name=clean(table["name"], strip_accents=how)) for table in (first, second))
    compare = recordlinkage.Compare()
    compare.exact("name", "name", label="same")
    print(how, left["name"].tolist(), right["name"].tolist(), compare.compute(pairs, left, right)["same"].tolist())
PYTHON
diff "$folder/seen" - <<'SEEN'
None ['zo', 'elik', 'ren', 'no'] ['zoe', 'celik', 'rene', 'no'] [0, 0, 0, 1]
unicode ['zoe', 'celik', 'rene', 'noe'] ['zoe', 'celik', 'rene', 'noe'] [1, 1, 1, 1]
SEEN
