#!/usr/bin/env bash
# matching 1.4.3 (stable matching): a game that was solved before gives another answer, or an error, when solved again.
#
# What: solve() starts from what the solve before left in the players. HospitalResident asked twice for the optimum of the
# hospitals gives that of the residents the second time; asked for that of the residents and then that of the hospitals it
# gives the same for both, so that the two sides seem to agree; asked twice for that of the residents it may raise.
# check_stability() says True throughout, since both answers are stable.
# Expected: the answer of a new game; `optimal` is an argument of solve(), not of the game, and the README gives the time of
# solve() on one game as a mean of many (https://github.com/daffidwilde/matching). Way out: a new game for each call.
# Seen by: showing what alumni and programmes would each get from a plan.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check matching==1.4.3 numpy==2.4.6 2>/dev/null
"$folder/venv/bin/python" - <<'PYTHON' | tee "$folder/seen"
from matching.games import HospitalResident

residents = {"a": ["X", "Y"], "b": ["Y", "X"], "c": ["X", "Y"]}
hospitals = {"X": ["b", "a", "c"], "Y": ["a", "b", "c"]}
for sides in ("resident",), ("hospital",), ("hospital", "hospital"), ("resident", "hospital"), ("resident", "resident"):
    game = HospitalResident.create_from_dictionaries(residents, hospitals, {"X": 1, "Y": 1})
    seen = []
    for side in sides:
        try:
            seen.append(f"{side} {game.solve(optimal=side)}, stable {game.check_stability()}")
        except IndexError as error:
            seen.append(f"{side} {type(error).__name__}")
    print("; ".join(seen))
PYTHON
diff "$folder/seen" - <<'SEEN'
resident {X: [a], Y: [b]}, stable True
hospital {X: [b], Y: [a]}, stable True
hospital {X: [b], Y: [a]}, stable True; hospital {X: [a], Y: [b]}, stable True
resident {X: [a], Y: [b]}, stable True; hospital {X: [a], Y: [b]}, stable True
resident {X: [a], Y: [b]}, stable True; resident IndexError
SEEN
