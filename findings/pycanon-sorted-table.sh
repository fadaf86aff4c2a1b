#!/usr/bin/env bash
# pycanon 1.3.5 (with pandas 2.3.3): the measures of a sensitive column depend on the order of the rows.
#
# What: k_anonymity is right for any order, but l_diversity and t_closeness take the labels of the table's index for
# positions. A table that was sorted (its index is no longer 0..n-1 in order) is judged by the wrong rows, silently: a
# group in which everybody has the same value, l = 1, is reported as l = 2. A filtered table, whose labels go beyond its
# length, raises IndexError instead.
# Expected: the same figures for the same rows in any order; the definition of l-diversity (Machanavajjhala et al., 2007)
# knows no order. Way out: reset_index(drop=True) before each measure.
# Seen by: asking how small the groups of a list of people are, after sorting it by school.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pycanon==1.3.5 pandas==2.3.3 numpy==2.0.2 2>/dev/null
"$folder/venv/bin/python" -W ignore - <<'PYTHON' | tee "$folder/seen"
import pandas as pd
from pycanon import anonymity

people = pd.DataFrame({"school": ["Noord", "Zuid", "Noord", "Zuid"], "reason": ["ill", "well", "ill", "moved"]})
ordered = people.sort_values("school")
for name, table in ("as read", people), ("sorted", ordered), ("sorted, index reset", ordered.reset_index(drop=True)):
    k = anonymity.k_anonymity(table, ["school"])
    l = anonymity.l_diversity(table, ["school"], ["reason"])
    t = anonymity.t_closeness(table, ["school"], ["reason"])
    print(f"{name}: k {k}, l {l}, t {t}")
try:
    print("the last three rows:", anonymity.l_diversity(people.iloc[1:], ["school"], ["reason"]))
except IndexError as error:
    print("the last three rows:", type(error).__name__)
PYTHON
diff "$folder/seen" - <<'SEEN'
as read: k 2, l 1, t 0.5
sorted: k 2, l 2, t 0.25
sorted, index reset: k 2, l 1, t 0.5
the last three rows: IndexError
SEEN
