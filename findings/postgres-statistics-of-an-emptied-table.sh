#!/usr/bin/env bash
# PostgreSQL 17.5 (as @electric-sql/pglite 0.3.14; 15 does the same): values of deleted rows stay in pg_statistic for good
# once a table is empty, whatever is run on the table.
#
# What: ANALYZE replaces the statistics of a column as long as it finds a row. When the last row is gone it leaves what it
# had, so values of people who were deleted can be read in `pg_stats` after DELETE, VACUUM (FULL, ANALYZE), and TRUNCATE.
# Giving a column the type that it has already removes them, without writing the table anew.
# Expected: nothing of deleted rows in the statistics after VACUUM (FULL, ANALYZE), which writes the table anew; the pages
# on ANALYZE and VACUUM name no exception (https://www.postgresql.org/docs/17/sql-analyze.html).
# Seen by: an erasure proven by reading the files of the database, in a school whose last alumnus had gone.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit @electric-sql/pglite@0.3.14 >/dev/null
cat >run.mjs <<'SCRIPT'
import { PGlite } from "@electric-sql/pglite";

const database = new PGlite();
const run = async (...statements) => {
  for (const statement of statements) await database.query(statement);
  const sql = "SELECT coalesce(string_agg(attname || ' ' || histogram_bounds::text, ', '), 'nothing') AS kept FROM pg_stats";
  const { rows } = await database.query(`${sql} WHERE tablename = 'people'`);
  console.log(`${statements.at(-1)}: ${rows[0].kept}`);
};
await run("CREATE TABLE people (name text)", "INSERT INTO people VALUES ('Anna'), ('Bram')", "ANALYZE people");
await run("UPDATE people SET name = 'C' || name", "VACUUM (FULL, ANALYZE) people");
await run("DELETE FROM people", "VACUUM (FULL, ANALYZE) people");
await run("TRUNCATE people", "ANALYZE people");
await run("ALTER TABLE people ALTER name TYPE text");
SCRIPT
node run.mjs | tee seen
diff seen - <<'SEEN'
ANALYZE people: name {Anna,Bram}
VACUUM (FULL, ANALYZE) people: name {CAnna,CBram}
VACUUM (FULL, ANALYZE) people: name {CAnna,CBram}
ANALYZE people: name {CAnna,CBram}
ALTER TABLE people ALTER name TYPE text: nothing
SEEN
