#!/usr/bin/env bash
# node-ical 0.26.1 (npm): of the periods on one FREEBUSY line only the first is kept, with raw text for its end.
#
# What: the line is cut at its slashes only, so a second period is lost and `end` is the end of the first together with the
# start of the second, as text. Where a period has a length, `end` is that text (PT2H). One period with a start and an end
# is right. A VAVAILABILITY without an end, which is open, gets one at its start.
# Expected: each period, with a moment as its end: RFC 5545, section 3.8.2.6, allows a list of periods and shows one, and
# by 3.3.9 a period may have a length; ical.js 2.2.1 reads both. An end left out stays open (RFC 7953, section 3.1).
# Seen by: reading when an alumnus is busy from the answer of a calendar.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit node-ical@0.26.1 ical.js@2.2.1 >/dev/null 2>&1
cat >run.mjs <<'SCRIPT'
import ICAL from "ical.js";
import nodeIcal from "node-ical";

const component = (name, ...lines) => [`BEGIN:${name}`, "UID:1", "DTSTAMP:20270101T000000Z", ...lines, `END:${name}`];
const calendar = (lines) => ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//EN", ...lines, "END:VCALENDAR"].join("\r\n");
const shown = (moment) => moment?.toISOString?.().slice(0, 16) ?? moment;
for (const periods of [
  "20270301T180000Z/20270301T200000Z",
  "20270301T180000Z/PT2H",
  "20270301T180000Z/20270301T200000Z,20270302T180000Z/20270302T200000Z",
]) {
  const text = calendar(component("VFREEBUSY", "DTSTART:20270301T000000Z", "DTEND:20270308T000000Z", `FREEBUSY:${periods}`));
  const found = nodeIcal.sync.parseICS(text)["1"].freebusy.map(({ start, end }) => `${shown(start)} to ${shown(end)}`);
  const peer = new ICAL.Component(ICAL.parse(text)).getFirstSubcomponent("vfreebusy").getFirstProperty("freebusy");
  console.log(`${found.length} of ${peer.getValues().length}: ${found}`);
}
const open = calendar(component("VAVAILABILITY", "DTSTART:20270301T000000Z"));
console.log(`open availability: until ${shown(nodeIcal.sync.parseICS(open)["1"].end)}`);
SCRIPT
TZ=UTC node run.mjs | grep -v injected | tee seen
diff seen - <<'SEEN'
1 of 1: 2027-03-01T18:00 to 2027-03-01T20:00
1 of 1: 2027-03-01T18:00 to PT2H
1 of 2: 2027-03-01T18:00 to 20270301T200000Z,20270302T180000Z
open availability: until 2027-03-01T00:00
SEEN
