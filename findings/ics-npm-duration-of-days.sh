#!/usr/bin/env bash
# ics 3.12.0 (npm, writes calendars): a length or a reminder of whole days ends in a bare T, "P1DT", which is not allowed.
#
# What: the T is written even if no time follows, so a day is P1DT and a week P1WT; weeks stand beside days (P1W2DT). A
# comma within a category is not escaped, though the one in a title is: "zorg, welzijn" is read as two categories.
# Expected: P1D, P1W and P9D, by the grammar of RFC 5545, section 3.3.6 (a T is followed by hours, minutes or seconds, and
# weeks stand alone), and `zorg\, welzijn` (3.8.1.2 with 3.3.11). Most readers forgive the T, not all
# (https://github.com/bitfireAT/icsx5/issues/100).
# Seen by: a reminder one day before the evening of a course.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit ics@3.12.0 ical.js@2.2.1 >/dev/null
cat >run.mjs <<'SCRIPT'
import ICAL from "ical.js";
import * as ics from "ics";

const grammar = /^[+-]?P(\d+W|\d+D(T.+)?|T.+)$/;
const event = (more) => ics.createEvent({ title: "Zorg, avond", start: [2027, 3, 1], ...more }).value;
for (const duration of [{ days: 1 }, { weeks: 1 }, { weeks: 1, days: 2 }, { days: 1, hours: 2 }, { hours: 2 }]) {
  const alarms = [{ action: "display", description: "x", trigger: { before: true, ...duration } }];
  const text = event({ duration, alarms });
  const written = ["DURATION", "TRIGGER"].map((name) => text.match(new RegExp(`${name}:(.*)\r`))[1]);
  console.log(written.map((value) => `${value} ${grammar.test(value) ? "valid" : "not valid"}`).join(", "));
}
const read = new ICAL.Component(ICAL.parse(event({ duration: { hours: 2 }, categories: ["zorg, welzijn"] })));
const first = read.getFirstSubcomponent("vevent");
console.log(first.getFirstPropertyValue("summary"), first.getFirstProperty("categories").getValues());
SCRIPT
node run.mjs | tee seen
diff seen - <<'SEEN'
P1DT not valid, -P1DT not valid
P1WT not valid, -P1WT not valid
P1W2DT not valid, -P1W2DT not valid
P1DT2H valid, -P1DT2H valid
PT2H valid, -PT2H valid
Zorg, avond [ 'zorg', ' welzijn' ]
SEEN
