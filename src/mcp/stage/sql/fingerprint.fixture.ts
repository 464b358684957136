// Everything a statement could change in a test database, as one text: schema, rows, and how the connection behaves.
// Test support only. One trip, because it is taken after every attack; a new table shows in the schema.
import type { D1Database } from '@cloudflare/workers-types';

const SWITCHES = [
  'foreign_keys',
  'defer_foreign_keys',
  'recursive_triggers',
  'ignore_check_constraints',
  'reverse_unordered_selects',
  'legacy_alter_table',
];

/** Answers a function that takes the fingerprint of the tables the database has now. */
export async function fingerprinter(db: D1Database): Promise<() => Promise<string>> {
  const tables = await db
    .prepare(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'
       AND substr(name, 1, 4) <> '_cf_' ORDER BY name`,
    )
    .all<{ name: string }>();
  const texts = [
    'SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name',
    // D1 does not answer case_sensitive_like; its effect would tell.
    "SELECT 'a' LIKE 'A' AS folds",
    ...SWITCHES.map((name) => `PRAGMA ${name}`),
    ...tables.results.map(({ name }) => `SELECT * FROM "${name}"`),
  ];
  return async () => {
    const answers = await db.batch(texts.map((text) => db.prepare(text)));
    return JSON.stringify(answers.map(({ results }) => results));
  };
}
