#!/usr/bin/env bash
# gender-guesser 0.4.0: told that people live in the Netherlands, it calls Fatima and Mohammed androgynous.
#
# What: a name that its list knows, but not for the country given, comes back as "andy", instead of "unknown" or what it says
# without a country. Each of three countries tried so makes nine in ten of its clear names androgynous, and the Netherlands
# those of people whose families came from elsewhere.
# Expected: by its README "andy" is a name as often of men as of women, "unknown" one that was not found, and a country is
# a preference (https://pypi.org/project/gender-guesser/).
# Seen by: an audit of fairness by first names, where no sex is known: one group falls out by its origin.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3.11 -m pip install --quiet --target "$folder/lib" --disable-pip-version-check gender-guesser==0.4.0 2>/dev/null
PYTHONPATH="$folder/lib" python3.11 - <<'PYTHON' | tee "$folder/seen"
from collections import Counter

from gender_guesser.detector import Detector

detector = Detector()
for name in "Jan", "Willemijn", "Mohammed", "Fatima", "Mehmet", "Ahmed", "Xyzabc":
    print(f"{name}: {detector.get_gender(name)}, {detector.get_gender(name, 'the_netherlands')} for the Netherlands")
clear = [name for name in detector.names if detector.get_gender(name) in ("male", "female")]
for country in "the_netherlands", "germany", "turkey":
    answers = Counter(detector.get_gender(name, country) for name in clear)
    print(f"{country}: {answers['andy']} of {len(clear)} names that are male or female are andy")
PYTHON
diff "$folder/seen" - <<'SEEN'
Jan: male, male for the Netherlands
Willemijn: female, female for the Netherlands
Mohammed: male, andy for the Netherlands
Fatima: female, andy for the Netherlands
Mehmet: male, andy for the Netherlands
Ahmed: male, andy for the Netherlands
Xyzabc: unknown, unknown for the Netherlands
the_netherlands: 34959 of 37948 names that are male or female are andy
germany: 35344 of 37948 names that are male or female are andy
turkey: 36236 of 37948 names that are male or female are andy
SEEN
