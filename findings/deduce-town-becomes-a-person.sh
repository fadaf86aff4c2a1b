#!/usr/bin/env bash
# deduce 3.0.6 (de-identification of Dutch text): a town after "te" is labelled a person, a common noun after "de" a place.
#
# What: "te" is read as a prefix of a surname (as in "te Velde"), so the town in the words of each Dutch certificate,
# "geboren ... te Deventer", becomes [PERSOON]; after "in" the same town is a [LOCATIE]. "de Wijk" (the neighbourhood, but
# also a village) becomes a place.
# Expected: LOCATIE for a town that its own list knows, and a common word left alone; counts by label, such as "how many
# texts name a person", are wrong otherwise. Nothing is shown that should be hidden: the label is wrong.
# Seen by: looking for names of people in what alumni wrote about their work. The first start of an installation builds
# its tables, one to two minutes.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check deduce==3.0.6 2>/dev/null
"$folder/venv/bin/python" -W ignore - 2>/dev/null <<'PYTHON' | grep -v '^INFO' | tee "$folder/seen"
from deduce import Deduce

model = Deduce()
for text in (
    "Diploma behaald te Deventer.",
    "Diploma behaald in Deventer.",
    "Ik werk met Wonen en Zorg in de Wijk.",
    "Ik werk met wonen en zorg in de wijk.",
):
    print(model.deidentify(text).deidentified_text)
PYTHON
diff "$folder/seen" - <<'SEEN'
Diploma behaald [PERSOON-1].
Diploma behaald in [LOCATIE-1].
Ik werk met Wonen en Zorg in [LOCATIE-1].
Ik werk met wonen en zorg in de wijk.
SEEN
