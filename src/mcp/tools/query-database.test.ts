// The tool around the guarded reads of ../stage/sql, which has its own corpus of attacks and reads.
import { beforeAll, describe, expect, it } from 'bun:test';

import { useCloud } from '../../../test/kit/cloud.ts';
import { ask, refusal } from '../../../test/kit/mcp-calls.ts';
import { queryDatabase } from './query-database.ts';

const cloud = useCloud({ databases: ['demo-db', 'archive-db'] });
const query = (sql: string, args: Record<string, unknown> = {}) =>
  ask(cloud(), queryDatabase, { query: sql, ...args });
const refuse = (sql: string, args: Record<string, unknown> = {}) =>
  refusal(cloud(), 'query_database', { query: sql, ...args });

beforeAll(async () => {
  const archive = await cloud().database('archive-db');
  await archive.batch([
    archive.prepare('CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT)'),
    archive.prepare("INSERT INTO orders VALUES (1, 'first'), (2, 'second'), (3, 'third')"),
  ]);
});

describe('query_database', () => {
  it('answers what is in the tables now: a row written changes the answer', async () => {
    const count = async () => (await query('SELECT count(*) FROM users')).rows;
    expect(await count()).toEqual([[12]]);
    const database = await cloud().database();
    await database
      .prepare(
        "INSERT INTO users VALUES ('user-999', 'New', 'new@example.com', 'team', '2026-11-22')",
      )
      .run();
    expect(await count()).toEqual([[13]]);
    await database.prepare("DELETE FROM users WHERE id = 'user-999'").run();
    expect(await count()).toEqual([[12]]);
  });

  it('tells columns with their types, the values as they are stored, and how many', async () => {
    const sql = "SELECT 1 AS n, 1.5 AS x, 'text' AS t, NULL AS absent, x'00ff' AS b";
    expect(await query(sql)).toMatchObject({
      stage: 'prod',
      database: 'demo-db',
      columns: [
        { name: 'n', type: 'integer' },
        { name: 'x', type: 'real' },
        { name: 't', type: 'text' },
        { name: 'absent', type: 'null' },
        { name: 'b', type: 'blob' },
      ],
      rows: [[1, 1.5, 'text', null, { bytes: 2, base64: 'AP8=' }]],
      rowCount: 1,
      truncated: false,
    });
  });

  it('keeps columns of the same name apart', async () => {
    const { columns, rows } = await query('SELECT 1 AS id, 2 AS id, 3 AS id');
    expect(columns.map(({ name }) => name)).toEqual(['id', 'id', 'id']);
    expect(rows).toEqual([[1, 2, 3]]);
  });

  it('binds params instead of reading them', async () => {
    const injection = "' OR 1=1; DROP TABLE users; --";
    const sql = 'SELECT name FROM users WHERE id = ?';
    expect((await query(sql, { params: ['user-129'] })).rows).toEqual([['Grace Hopper']]);
    expect((await query(sql, { params: [injection] })).rows).toEqual([]);
    expect((await refuse(sql)).code).toBe('SQL_PARAMETERS');
    expect((await refuse(sql, { params: ['a', 'b'] })).code).toBe('SQL_PARAMETERS');
  });

  it('reads the first database unless another is named, and names both', async () => {
    const sql = 'SELECT note FROM orders ORDER BY id';
    expect(await query(sql, { database: 'archive-db' })).toMatchObject({
      database: 'archive-db',
      rows: [['first'], ['second'], ['third']],
    });
    expect((await refuse(sql)).code).toBe('SQL_REFUSED_BY_ENGINE');
    const { code, message } = await refuse(sql, { database: 'other-db' });
    expect(code).toBe('UNKNOWN_DATABASE');
    expect(message).toContain('Known: demo-db, archive-db.');
  });

  it('pages through everything once', async () => {
    const seen: unknown[] = [];
    let cursor: string | undefined;
    do {
      const args = { limit: 5, ...(cursor !== undefined && { cursor }) };
      const page = await query('SELECT id FROM users ORDER BY id', args);
      seen.push(...page.rows.flat());
      expect(page.rowCount).toBe(page.rows.length);
      expect(page.truncated).toBe(page.nextCursor !== undefined);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(seen).toEqual(Array.from({ length: 12 }, (_, n) => `user-${123 + n}`));
  });

  it.each([
    ['', 'SQL_EMPTY'],
    ['SELEC 1', 'SQL_SYNTAX'],
    ['DELETE FROM users', 'SQL_NOT_A_READ'],
    ['UPDATE users SET plan = plan', 'SQL_NOT_A_READ'],
    ['SELECT 1; DELETE FROM users', 'SQL_MULTIPLE_STATEMENTS'],
    ['WITH x AS (SELECT 1) DELETE FROM users', 'SQL_NOT_A_READ'],
    ['SELECT * FROM _cf_METADATA', 'SQL_FORBIDDEN_TABLE'],
    ["SELECT load_extension('x')", 'SQL_FORBIDDEN_FUNCTION'],
    ['SELECT * FROM no_such_table', 'SQL_REFUSED_BY_ENGINE'],
    [`SELECT '${'x'.repeat(10_000)}'`, 'SQL_TOO_LONG'],
  ])('refuses %p with a code of its own', async (sql, code) => {
    const refused = await refuse(sql);
    expect(refused.code).toBe(code);
    expect(refused.next).toMatch(/\.$/);
    expect((await query('SELECT count(*) FROM users')).rows).toEqual([[12]]);
  });

  it.each([
    {},
    { query: 7 },
    { query: 'SELECT 1', limit: 0 },
    { query: 'SELECT 1', limit: 1_001 },
    { query: 'SELECT 1', params: 'a' },
    { query: 'SELECT 1', params: [{}] },
    { query: 'SELECT 1', sql: 'SELECT 1' },
    { sql: 'SELECT 1' },
  ])('refuses %o', async (args) => {
    expect((await refusal(cloud(), 'query_database', args)).code).toBe('INVALID_ARGUMENT');
  });
});
