#!/usr/bin/env bash
# ir-measures 0.4.3 (with pytrec-eval-terrier 0.5.11): ERR and nDCG with exponential gains depend on the names of queries.
#
# What: for these two measures a name is cut after its last hyphen, so the queries "2024-1" and "2025-1" become one, "1",
# whose judgements and results are mixed; the two real ones then count as 0 and the mean is taken over three. Names with
# letters raise CalledProcessError (known: issue 50 there). nDCG with plain gains reads the names as they are.
# Expected: the same figures whatever the queries are called. The README names its own queries Q0 and Q1
# (https://github.com/terrierteam/ir_measures).
# Seen by: judging matches for people who are numbered within their year.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ir-measures==0.4.3 pytrec-eval-terrier==0.5.11 2>/dev/null
"$folder/venv/bin/python" - <<'PYTHON' 2>/dev/null | tee "$folder/seen"
import subprocess

import ir_measures
from ir_measures import ERR, nDCG

for names in ("1", "2"), ("2024-1", "2025-1"), ("Q0", "Q1"):
    judged = {names[0]: {"cook": 1}, names[1]: {"baker": 1}}
    ranked = {name: {"cook": 2.0, "baker": 1.0} for name in names}
    for measure in nDCG @ 2, nDCG(dcg="exp-log2") @ 2, ERR @ 2:
        try:
            mean = ir_measures.calc_aggregate([measure], judged, ranked)[measure]
            each = {found.query_id: round(found.value, 3) for found in ir_measures.iter_calc([measure], judged, ranked)}
            print(*names, f"{measure}: {mean:.3f}", each)
        except subprocess.CalledProcessError as error:
            print(*names, f"{measure}:", type(error).__name__)
PYTHON
diff "$folder/seen" - <<'SEEN'
1 2 nDCG@2: 0.815 {'1': 1.0, '2': 0.631}
1 2 nDCG(dcg='exp-log2')@2: 0.815 {'1': 1.0, '2': 0.631}
1 2 ERR@2: 0.047 {'1': 0.062, '2': 0.031}
2024-1 2025-1 nDCG@2: 0.815 {'2024-1': 1.0, '2025-1': 0.631}
2024-1 2025-1 nDCG(dcg='exp-log2')@2: 0.333 {'1': 1.0, '2024-1': 0.0, '2025-1': 0.0}
2024-1 2025-1 ERR@2: 0.031 {'1': 0.092, '2024-1': 0.0, '2025-1': 0.0}
Q0 Q1 nDCG@2: 0.815 {'Q0': 1.0, 'Q1': 0.631}
Q0 Q1 nDCG(dcg='exp-log2')@2: CalledProcessError
Q0 Q1 ERR@2: CalledProcessError
SEEN
