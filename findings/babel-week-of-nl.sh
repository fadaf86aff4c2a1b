#!/usr/bin/env bash
# Babel 2.19.0: the locale "nl" numbers weeks otherwise than "nl_NL", wrong for the Netherlands in three years of seven.
#
# What: without a country, Babel takes the rules for the whole world, by which the week of 1 January is week 1 however few
# of its days are in the new year. In years that begin on a Friday, Saturday or Sunday `w` is one too high from the first
# Monday on: 3 May 2027 is week 18 on each Dutch calendar, 19 for "nl".
# Expected: for "nl" the rules of the Netherlands: Babel ships CLDR's list of likely regions, in which nl is NL
# (https://www.unicode.org/reports/tr35/#Likely_Subtags), and Dutch weeks are those of ISO 8601.
# Seen by: naming the week of a course in a letter; schools plan in week numbers.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3.11 -m pip install --quiet --target "$folder/lib" --disable-pip-version-check babel==2.19.0 2>/dev/null
PYTHONPATH="$folder/lib" python3.11 - <<'PYTHON' | tee "$folder/seen"
from datetime import date, timedelta

from babel.core import Locale, get_global
from babel.dates import format_date

print("nl is most likely", get_global("likely_subtags")["nl"])
days = [date(2020, 1, 1) + timedelta(number) for number in range(366 + 7 * 365 + 1)]
for name in "nl", "nl_NL":
    shown = format_date(date(2027, 5, 3), "'week' w", locale=name)
    wrong = [day for day in days if int(format_date(day, "w", locale=name)) != day.isocalendar().week]
    years = sorted({day.year for day in wrong if day.month == 5})
    print(f"{name}: least days {Locale.parse(name).min_week_days}, 3 May 2027 is {shown}, May wrong in {years}")
PYTHON
diff "$folder/seen" - <<'SEEN'
nl is most likely nl_Latn_NL
nl: least days 1, 3 May 2027 is week 19, May wrong in [2021, 2022, 2023, 2027]
nl_NL: least days 4, 3 May 2027 is week 18, May wrong in []
SEEN
