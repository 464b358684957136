// Every way we know to make a read do more than read, each with the code that must refuse it. Test data only: the
// statements are run for real against workerd's SQLite (attacks.test.ts), with everything it holds compared after each.
import type { Attack } from './corpus-attack.ts';
import { BOMBS_AND_BREAKOUTS } from './corpus-attacks-bombs.ts';
import { FORBIDDEN_NAMES } from './corpus-attacks-names.ts';
import { WRITES_AND_COMMANDS } from './corpus-attacks-writes.ts';

/** What the attacks are aimed at. Made once, never by an attack. */
export const ATTACKED_SCHEMA: readonly string[] = [
  `CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, "delete" TEXT, CHECK (id < 1000))`,
  `INSERT INTO users (name, "delete") VALUES ('Ada', 'no'), ('Bob', 'no'), ('Cyd', 'yes')`,
  'CREATE TABLE orders (id INTEGER PRIMARY KEY AUTOINCREMENT, user INTEGER, total REAL)',
  'INSERT INTO orders (user, total) VALUES (1, 9.5), (2, 3.25)',
  'CREATE INDEX users_by_name ON users (name)',
  'CREATE VIRTUAL TABLE docs USING fts5(title, body)',
  `INSERT INTO docs VALUES ('one', 'the quick fox'), ('two', 'a lazy dog')`,
  'CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY, name TEXT)',
  `INSERT INTO d1_migrations (name) VALUES ('0001_users.sql')`,
  'CREATE TABLE __alchemy_migrations (id INTEGER PRIMARY KEY, name TEXT)',
  `INSERT INTO __alchemy_migrations (name) VALUES ('0001')`,
  'CREATE VIEW harmless AS SELECT id, name FROM users',
  'CREATE VIEW writable AS SELECT id, name FROM users',
  'CREATE TRIGGER writable_insert INSTEAD OF INSERT ON writable BEGIN DELETE FROM users; END',
  'CREATE VIEW hidden1 AS SELECT * FROM pragma_optimize',
  'CREATE VIEW hidden2 AS SELECT * FROM hidden1',
  `CREATE VIEW "Hidden 3" AS SELECT id FROM users WHERE id IN (SELECT 1 FROM hidden2)`,
  'CREATE VIEW hidden_in AS SELECT 1 IN pragma_optimize AS x',
  'CREATE VIEW hidden_quoted AS SELECT * FROM main."PRAGMA_OPTIMIZE"',
  'CREATE VIEW hidden_cte AS WITH a AS (SELECT * FROM [pragma_optimize]) SELECT * FROM a',
  'CREATE VIEW hidden_function AS SELECT total_changes() AS n',
  'CREATE VIEW hidden_migrations AS SELECT * FROM d1_migrations',
  'CREATE VIEW hidden_shadow AS SELECT * FROM docs_data',
  'CREATE VIEW hidden_join AS SELECT u.id FROM users u JOIN hidden1',
  `CREATE VIRTUAL TABLE borrowed USING fts5(id, content='hidden2', content_rowid='id')`,
  'CREATE VIEW deep0 AS SELECT id FROM users',
  ...Array.from({ length: 9 }, (_, n) => `CREATE VIEW deep${n + 1} AS SELECT id FROM deep${n}`),
  'CREATE TABLE "pragma_optimize_log" (id INTEGER)',
];

export const ATTACKS: readonly Attack[] = [
  ...WRITES_AND_COMMANDS,
  ...FORBIDDEN_NAMES,
  ...BOMBS_AND_BREAKOUTS,
];
