#!/usr/bin/env bash
# parsedatetime 2.6: in its Dutch locale "2 weken geleden" (two weeks ago) lies two weeks ahead, "volgende dinsdag" (next
# Tuesday) in the past.
#
# What: nl_NL comes with the library, but knows no word for "ago": the rest of the text is read as a span from now, and the
# status still says that a date was found. "volgende" (next) works for a month, not for a day of the week; "volgende week"
# is not read at all. The same words in English are right.
# Expected: the same moment in both languages, or status 0, which the documentation of `Calendar.parse` explains as nothing
# parsed (1: a date, 2: a time, 3: both), as for "volgende week".
# Seen by: "sinds wanneer" and "wanneer kun je" in answers of alumni, in their own words.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3.11 -m pip install --quiet --target "$folder/lib" --disable-pip-version-check parsedatetime==2.6 2>/dev/null
PYTHONPATH="$folder/lib" python3.11 -W ignore - <<'PYTHON' | tee "$folder/seen"
from datetime import datetime

import parsedatetime

now = datetime(2027, 3, 3, 12)  # a Wednesday
calendars = parsedatetime.Calendar(parsedatetime.Constants("nl_NL", usePyICU=False)), parsedatetime.Calendar()
for texts in (
    ("2 weken geleden", "2 weeks ago"),
    ("1 jaar geleden", "1 year ago"),
    ("volgende dinsdag", "next tuesday"),
    ("volgende week", "next week"),
    ("volgende maand", "next month"),
    ("over 2 weken", "in 2 weeks"),
):
    seen = [calendar.parseDT(text, sourceTime=now) for calendar, text in zip(calendars, texts)]
    print(", ".join(f"{text}: {when:%Y-%m-%d} ({status})" for text, (when, status) in zip(texts, seen)))
PYTHON
diff "$folder/seen" - <<'SEEN'
2 weken geleden: 2027-03-17 (1), 2 weeks ago: 2027-02-17 (1)
1 jaar geleden: 2028-03-03 (1), 1 year ago: 2026-03-03 (1)
volgende dinsdag: 2027-03-02 (1), next tuesday: 2027-03-09 (1)
volgende week: 2027-03-03 (0), next week: 2027-03-10 (1)
volgende maand: 2027-04-01 (1), next month: 2027-04-01 (1)
over 2 weken: 2027-03-17 (1), in 2 weeks: 2027-03-17 (1)
SEEN
