#!/usr/bin/env bash
# chrono-node 2.10.3 (npm): its Dutch reads "vanavond 8 uur" (tonight at 8) as eight in the morning, others by half.
#
# What: `chrono.nl` drops the part of the day once an hour stands beside it, the day in "zaterdagochtend 10 uur" (Saturday
# morning), the first day of "12 t/m 14 mei" (12 up to and including 14 May), and gives the Tuesday that has been for
# "komende dinsdag" (this coming Tuesday). `text` shows what was left out, but not that "vanavond" did not count.
# Expected: what its English gives for the same words; the README counts nl among the languages it supports, beside others
# with "partial support" (https://github.com/wanasit/chrono).
# Seen by: reading when alumni say that they can come.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit chrono-node@2.10.3 >/dev/null
cat >run.mjs <<'SCRIPT'
import * as chrono from "chrono-node";

const now = new Date(2027, 2, 3, 12); // a Wednesday
const shown = (moment) => moment.date().toString().slice(0, 21);
const read = (parser, text) =>
  parser.parse(text, now).map((found) => `[${found.text}] ${[found.start, found.end].filter(Boolean).map(shown).join(" to ")}`).join(", ");
for (const [dutch, english] of [
  ["vanavond 8 uur", "tonight at 8"],
  ["zaterdagochtend 10 uur", "saturday morning 10:00"],
  ["12 t/m 14 mei", "12 through 14 May"],
  ["12 tot 14 mei", "12 to 14 May"],
  ["komende dinsdag", "next tuesday"],
])
  console.log(`${dutch}: ${read(chrono.nl, dutch)}; ${english}: ${read(chrono, english)}`);
SCRIPT
TZ=Europe/Amsterdam node run.mjs | tee seen
diff seen - <<'SEEN'
vanavond 8 uur: [vanavond 8 uur] Wed Mar 03 2027 08:00; tonight at 8: [tonight at 8] Wed Mar 03 2027 20:00
zaterdagochtend 10 uur: [10 uur] Wed Mar 03 2027 10:00; saturday morning 10:00: [saturday morning 10:00] Sat Mar 06 2027 10:00
12 t/m 14 mei: [14 mei] Fri May 14 2027 12:00; 12 through 14 May: [12 through 14 May] Wed May 12 2027 12:00 to Fri May 14 2027 12:00
12 tot 14 mei: [12 tot 14 mei] Wed May 12 2027 12:00 to Fri May 14 2027 12:00; 12 to 14 May: [12 to 14 May] Wed May 12 2027 12:00 to Fri May 14 2027 12:00
komende dinsdag: [dinsdag] Tue Mar 02 2027 12:00; next tuesday: [next tuesday] Tue Mar 09 2027 12:00
SEEN
