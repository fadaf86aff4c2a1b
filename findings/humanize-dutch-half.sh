#!/usr/bin/env bash
# humanize 4.17.0: with nl_NL active, 8 and 20 become "8de" and "20de", amounts stay English: "12,345.5".
#
# What: the ending of an ordinal follows the last digit, as in English, so 8, 20 to 90 and 100 get "de" (achtste, twintigste
# and honderdste have "ste"). `intcomma` has no Dutch separators: 12,345 in a Dutch letter is twelve and a bit. `intword`
# says "1.2 miljoen", `natural_list` "a, b and c", `naturaldate` "May 03 2025", beside Dutch from the other functions.
# Expected: 8ste, 20ste, 100ste, 12.345,5 and "a, b en c"; the README lists Dutch among the languages and says that numbers
# use the separators of the locale (https://github.com/python-humanize/humanize).
# Seen by: "20ste bijeenkomst" and counts in letters to alumni.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3.11 -m pip install --quiet --target "$folder/lib" --disable-pip-version-check humanize==4.17.0 2>/dev/null
PYTHONPATH="$folder/lib" python3.11 - <<'PYTHON' | tee "$folder/seen"
from datetime import date, timedelta

import humanize

humanize.i18n.activate("nl_NL")
print("ordinals:", *(humanize.ordinal(number) for number in (1, 3, 8, 10, 11, 12, 20, 21, 30, 100)))
print("amounts:", humanize.intcomma(12345.5), humanize.intword(1200000))
print("lists and dates:", humanize.natural_list(["a", "b", "c"]), humanize.naturaldate(date(2025, 5, 3)))
print("others:", humanize.naturaltime(timedelta(days=14)), humanize.precisedelta(timedelta(days=33, hours=3)))
PYTHON
diff "$folder/seen" - <<'SEEN'
ordinals: 1ste 3de 8de 10de 11de 12de 20de 21ste 30de 100de
amounts: 12,345.5 1.2 miljoen
lists and dates: a, b and c May 03 2025
others: 14 dagen geleden 1 maand, 2 dagen en 3 uur
SEEN
