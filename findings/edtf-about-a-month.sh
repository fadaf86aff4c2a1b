#!/usr/bin/env bash
# edtf 5.0.2 (Extended Date/Time Format): "about September 2027" reaches from August 2026 to October 2028.
#
# What: an approximate or uncertain month is widened by a month and a year on each side, a day by a day, a month and a year.
# With both signs (%) it is twice as much. With the sign before the month (2027-~09) it is the one month that one expects.
# Expected: one month: the README says so and prints 1912-03-01 and 1912-05-30 for this very example, 1912-04~
# (https://github.com/ixc/python-edtf); 4.0.1 gives that.
# Seen by: "since about September 2027" in what alumni say of their work; nearly any search by date finds them.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3.11 -m pip install --quiet --target "$folder/lib" --disable-pip-version-check edtf==5.0.2 2>/dev/null
PYTHONPATH="$folder/lib" python3.11 - <<'PYTHON' | tee "$folder/seen"
from edtf import parse_edtf

for text in "1912-04~", "2027~", "2027-09?", "2027-09%", "2027-~09", "2027-09-15~":
    date = parse_edtf(text)
    strict, fuzzy = (
        " to ".join(f"{moment.tm_year}-{moment.tm_mon:02}-{moment.tm_mday:02}" for moment in moments)
        for moments in ((date.lower_strict(), date.upper_strict()), (date.lower_fuzzy(), date.upper_fuzzy()))
    )
    print(f"{text}: {strict}, at most {fuzzy}")
PYTHON
diff "$folder/seen" - <<'SEEN'
1912-04~: 1912-04-01 to 1912-04-30, at most 1911-03-01 to 1913-05-30
2027~: 2027-01-01 to 2027-12-31, at most 2026-01-01 to 2028-12-31
2027-09?: 2027-09-01 to 2027-09-30, at most 2026-08-01 to 2028-10-30
2027-09%: 2027-09-01 to 2027-09-30, at most 2025-07-01 to 2029-11-30
2027-~09: 2027-09-01 to 2027-09-30, at most 2027-08-01 to 2027-10-30
2027-09-15~: 2027-09-15 to 2027-09-15, at most 2026-08-14 to 2028-10-16
SEEN
