import { describe, expect, it } from 'bun:test';

import { parse } from 'sqlite3-parser';

import { parseSelect } from './parse-select.ts';
import { READABLE_NODES } from './policy.ts';
import { namesIn } from './statement-rules.ts';
import { nodesOf } from './syntax-tree.ts';

function check(sql: string): ReturnType<typeof namesIn> {
  const parsed = parseSelect(sql);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return namesIn(parsed.value);
}

describe('statement rules', () => {
  it('tell the tables, the WITH names and the parameters, folded as SQLite folds', () => {
    const sql = 'WITH Aa AS (SELECT ?) SELECT ? FROM Bb, AA WHERE 1 IN main."C c"';
    expect(check(sql)).toEqual({
      ok: true,
      value: {
        tables: new Set(['bb', 'aa', 'c c']),
        locals: new Set(['aa']),
        parameterCount: 2,
      },
    });
  });

  it('see names wherever they hang in the tree', () => {
    for (const sql of [
      'SELECT CASE WHEN 1 IN pragma_optimize THEN 1 END',
      'SELECT 1 FROM a JOIN b ON 1 IN pragma_optimize',
      'SELECT sum(1) OVER (ORDER BY 1 ROWS (SELECT 1 FROM pragma_optimize) PRECEDING) FROM a',
      'SELECT 1 FROM a WINDOW w AS (PARTITION BY 1 IN pragma_optimize)',
      "SELECT 'a' LIKE 'b' ESCAPE (SELECT 1 FROM pragma_optimize)",
      "SELECT group_concat(x, ',' ORDER BY (SELECT 1 FROM pragma_optimize)) FROM a",
      'SELECT 1 FROM json_each((SELECT 1 FROM pragma_optimize))',
      'SELECT 1 LIMIT 1 OFFSET (SELECT 1 FROM pragma_optimize)',
    ]) {
      expect(check(sql)).toMatchObject({ ok: false, error: { code: 'SQL_FORBIDDEN_TABLE' } });
    }
  });

  it.each([
    ['a pragma that acts', 'SELECT * FROM pragma_optimize', 'SQL_FORBIDDEN_TABLE'],
    ['a table of the platform', 'SELECT * FROM _cf_kv', 'SQL_FORBIDDEN_TABLE'],
    ['a table of SQLite', 'SELECT * FROM sqlite_sequence', 'SQL_FORBIDDEN_TABLE'],
    ['a table of the engine', 'SELECT * FROM dbstat', 'SQL_FORBIDDEN_TABLE'],
    ['the record of migrations', 'SELECT * FROM d1_migrations', 'SQL_FORBIDDEN_TABLE'],
    ['another schema', 'SELECT * FROM temp.users', 'SQL_FORBIDDEN_TABLE'],
    ['a table function', "SELECT * FROM load_it('a')", 'SQL_FORBIDDEN_TABLE'],
    ['a table function after IN', "SELECT 1 IN load_it('a')", 'SQL_FORBIDDEN_TABLE'],
    ['a function', 'SELECT load_extension(1)', 'SQL_FORBIDDEN_FUNCTION'],
    ['a function of everything', 'SELECT load_extension(*)', 'SQL_FORBIDDEN_FUNCTION'],
    ['a numbered parameter', 'SELECT ?1', 'SQL_PARAMETERS'],
    ['a named parameter', 'SELECT :a', 'SQL_PARAMETERS'],
    [
      'a recursion without an end',
      'WITH RECURSIVE a AS (SELECT 1 UNION ALL SELECT 1 FROM a) SELECT * FROM a',
      'SQL_UNBOUNDED_RECURSION',
    ],
  ])('refuse %s', (_, sql, code) => {
    expect(check(sql)).toMatchObject({ ok: false, error: { code } });
  });

  it.each([
    'SELECT * FROM sqlite_schema',
    'SELECT * FROM main.users',
    "SELECT * FROM pragma_table_info('users')",
    "SELECT * FROM json_each('[1]')",
    "SELECT 1 IN json_each('[1]')",
    'SELECT 1 IN users',
    'SELECT * FROM users_cf_, my_sqlite_',
    'SELECT count(*), count(id), max(?) FROM users',
  ])('let pass: %s', (sql) => {
    expect(check(sql)).toMatchObject({ ok: true });
  });

  it('refuse a kind of node that is not on the list', () => {
    const invented = { type: 'SelectStmt', body: { type: 'AttachExpr' } };
    expect(namesIn(invented)).toMatchObject({ ok: false, error: { code: 'SQL_NOT_A_READ' } });
  });

  it('list no kind of node that only a change has', () => {
    const changes = [
      'INSERT INTO a (b) VALUES (1) ON CONFLICT (b) DO UPDATE SET b = 2 RETURNING b',
      'CREATE TABLE a (b INTEGER PRIMARY KEY REFERENCES c ON DELETE CASCADE, CHECK (b > 0))',
      'PRAGMA a = 1',
    ];
    for (const sql of changes) {
      const parsed = parse(sql);
      const kinds = parsed.status === 'ok' ? [...nodesOf(parsed.root)].map(({ type }) => type) : [];
      expect(kinds.some((kind) => !READABLE_NODES.has(kind) && kind !== 'CmdList')).toBe(true);
    }
  });

  it('fold only ASCII letters: the Kelvin sign is no k', () => {
    expect(check('SELECT * FROM \u212A')).toMatchObject({ value: { tables: new Set(['\u212A']) } });
    expect(check('SELECT ran\u212A()')).toMatchObject({
      error: { code: 'SQL_FORBIDDEN_FUNCTION' },
    });
  });
});
