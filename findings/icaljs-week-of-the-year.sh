#!/usr/bin/env bash
# ical.js 2.2.1 (npm): "each year on the Monday of week 20" becomes every Monday of the year except that one.
#
# What: with BYWEEKNO and BYDAY the iterator gives each such day of the year but those of the week asked for; with BYWEEKNO
# alone it gives nothing; with BYDAY=20MO (the 20th Monday of the year) every Monday. BYDAY=2MO is right. No error.
# Expected: the dates that RFC 5545 prints beside these two rules among its examples (section 3.8.5.3): 12 May 1997,
# 11 May 1998 and 17 May 1999; and 19 May 1997, 18 May 1998 and 17 May 1999.
# Seen by: evenings of a course and open days, which schools plan in week numbers.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit ical.js@2.2.1 >/dev/null
cat >run.mjs <<'SCRIPT'
import ICAL from "ical.js";

for (const [rule, start] of [
  ["FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "1997-05-12T09:00:00"],
  ["FREQ=YEARLY;BYWEEKNO=20", "1997-05-12T09:00:00"],
  ["FREQ=YEARLY;BYDAY=20MO", "1997-05-19T09:00:00"],
  ["FREQ=YEARLY;BYDAY=2MO", "1997-01-13T09:00:00"],
]) {
  const days = ICAL.Recur.fromString(rule).iterator(ICAL.Time.fromString(start));
  const found = [];
  for (let day = days.next(); day && found.length < 3; day = days.next()) found.push(day.toString().slice(0, 10));
  console.log(`${rule} from ${start.slice(0, 10)}: ${found.join(", ") || "nothing"}`);
}
SCRIPT
node run.mjs | tee seen
diff seen - <<'SEEN'
FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO from 1997-05-12: 1997-05-19, 1997-05-26, 1997-06-02
FREQ=YEARLY;BYWEEKNO=20 from 1997-05-12: nothing
FREQ=YEARLY;BYDAY=20MO from 1997-05-19: 1997-05-19, 1997-05-26, 1997-06-02
FREQ=YEARLY;BYDAY=2MO from 1997-01-13: 1997-01-13, 1998-01-12, 1999-01-11
SEEN
