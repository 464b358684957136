// A page of a real database: what is read, where it ends, and what is refused on the way.
import { afterAll, beforeAll, describe, expect, it } from 'bun:test';

import { type TestD1, refusalOf, startD1 } from '../../../../test/kit/real-d1.ts';
import { ok } from '../../../lib/result.ts';
import type { ReadPage, ReadRequest } from './read-query.ts';
import { MAX_OFFSET, MAX_ROWS, createReadQuery } from './read-query.ts';
import { createBreaker } from './result-check.ts';
import { BLOB_PREVIEW_BYTES, MAX_PAGE_BYTES } from './wrap.ts';

const counting = (to: number, columns: string): string =>
  `WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ${to}) SELECT ${columns} FROM c`;

describe('a page', () => {
  let cloud: TestD1;

  beforeAll(async () => {
    cloud = await startD1([
      'CREATE TABLE items (id INTEGER PRIMARY KEY, rank INTEGER, word TEXT)',
      `INSERT INTO items ${counting(2500, "n, (n * 7919) % 2503, 'w' || n")}`,
      'CREATE VIEW writer AS SELECT * FROM pragma_optimize',
      'CREATE INDEX items_by_rank ON items (rank)',
    ]);
  });
  afterAll(() => cloud.stop());

  async function page(sql: string, more: Partial<ReadRequest> = {}): Promise<ReadPage> {
    const answer = await cloud.read({ sql, ...more });
    if ('page' in answer) return answer.page;
    throw new Error(`${answer.code}: ${answer.message}`);
  }
  async function everyPage(sql: string, limit: number): Promise<ReadPage['rows']> {
    const rows: ReadPage['rows'][number][] = [];
    let offset: number | undefined = 0;
    while (offset !== undefined) {
      const next: ReadPage = await page(sql, { limit, offset });
      expect(next.truncated).toBe(next.nextOffset !== undefined);
      rows.push(...next.rows);
      offset = next.nextOffset;
    }
    return rows;
  }

  describe('is cut', () => {
    it('to the rows asked for, and says that more exist', async () => {
      const first = await page(counting(1001, 'n'), { limit: MAX_ROWS });
      expect(first).toMatchObject({ truncated: true, nextOffset: 1000 });
      expect(first.rows).toHaveLength(1000);
      const last = await page(counting(1001, 'n'), { limit: MAX_ROWS, offset: 1000 });
      expect(last).toMatchObject({ rows: [[1001]], truncated: false });
      expect(last).not.toHaveProperty('nextOffset');
    });

    it('not, when exactly the rows asked for exist', async () => {
      expect(await page(counting(1000, 'n'), { limit: 1000 })).toMatchObject({ truncated: false });
      expect(await page('SELECT id FROM items LIMIT 5', { limit: 5 })).toMatchObject({
        truncated: false,
      });
    });

    it('below the LIMIT of the statement, never above it', async () => {
      const limited = await page('SELECT id FROM items ORDER BY id LIMIT 3 OFFSET 2', { limit: 2 });
      expect(limited).toMatchObject({ rows: [[3], [4]], truncated: true, nextOffset: 2 });
      expect(
        await page('SELECT id FROM items ORDER BY id LIMIT 3 OFFSET 2', { limit: 2, offset: 2 }),
      ).toMatchObject({ rows: [[5]], truncated: false });
    });

    it('to the bytes of a page inside the database, and goes on behind them', async () => {
      const sql = counting(1001, "n, printf('%.*c', 100000, 'x')");
      const first = await page(sql, { limit: 1000 });
      expect(first).toMatchObject({ truncated: true, nextOffset: 2 });
      expect(JSON.stringify(first.rows).length).toBeLessThanOrEqual(MAX_PAGE_BYTES);
      const second = await page(sql, { limit: 1000, offset: 2 });
      expect(second.rows.map(([n]) => n)).toEqual([3, 4]);
    });

    it('to the bytes, not the characters', async () => {
      const { rows } = await page(counting(50, "replace(printf('%.*c', 5000, 'x'), 'x', '日')"));
      expect(rows.length).toBe(17);
    });

    it('never for ever: a row larger than a page is refused by name', async () => {
      const large = "printf('%.*c', 99000, 'x')";
      const sql = `SELECT 1, 'small' UNION ALL SELECT 2, ${large} || ${large} || ${large}`;
      expect(await page(sql)).toMatchObject({ rows: [[1, 'small']], nextOffset: 1 });
      expect(await cloud.read({ sql, offset: 1 })).toEqual({
        code: 'SQL_ROW_TOO_LARGE',
        message: 'Row 2 alone is larger than the 256 KiB of a page.',
      });
    });

    it('before a text that only grows when it is written as JSON', async () => {
      const control = `replace(printf('%.*c', 60000, 'x'), 'x', char(1))`;
      expect(await cloud.read({ sql: `SELECT ${control}` })).toMatchObject({
        code: 'SQL_ROW_TOO_LARGE',
      });
    });

    it('short of the greatest offset', async () => {
      const end = await page(counting(100_010, 'n'), { offset: MAX_OFFSET - 5, limit: 10 });
      expect(end.truncated).toBe(true);
      expect(end).not.toHaveProperty('nextOffset');
    });
  });

  describe('keeps', () => {
    const orders: Readonly<Record<string, string>> = {
      'an order by an index': 'SELECT id, rank FROM items ORDER BY rank, id',
      'an order by a sort': 'SELECT id, rank FROM items ORDER BY word || id DESC',
      'an order by something not shown': 'SELECT id FROM items ORDER BY rank DESC, id',
      'an order by an expression': 'SELECT id FROM items ORDER BY abs(rank - 1000), id DESC',
      'an order by position': 'SELECT rank, id FROM items ORDER BY 1 DESC, 2',
      'an order with a collation and nulls':
        'SELECT nullif(rank, 7) FROM items ORDER BY nullif(rank, 7) NULLS LAST, word COLLATE NOCASE',
      'an order of groups':
        'SELECT rank % 50, count(*) FROM items GROUP BY 1 ORDER BY count(*), 1 DESC',
      'an order of distinct rows': 'SELECT DISTINCT rank % 97 FROM items ORDER BY 1 DESC',
      'an order of a union':
        'SELECT id FROM items WHERE id < 900 UNION SELECT -id FROM items ORDER BY 1',
      'an order of a union all':
        'SELECT id FROM items UNION ALL SELECT id + 5000 FROM items ORDER BY 1 DESC',
      'an order with a limit': 'SELECT id FROM items ORDER BY rank LIMIT 1200 OFFSET 100',
      'an order of windows':
        'SELECT id, row_number() OVER (ORDER BY rank) AS r FROM items ORDER BY r DESC, id',
      'an order of a join':
        'SELECT a.id, b.id FROM items a JOIN items b ON b.id = a.rank ORDER BY a.rank, b.id DESC',
      'an order of a left join':
        'SELECT a.id, b.id FROM items a LEFT JOIN items b ON b.id = a.rank * 2 ORDER BY b.id, a.id',
      'an order of values': 'VALUES (3), (1), (2)',
      'an order of a WITH':
        'WITH a AS (SELECT * FROM items WHERE id > 10) SELECT id FROM a ORDER BY rank, id',
      'an order of a depth-first tree':
        'WITH RECURSIVE t(id, d) AS (SELECT 1, 0 UNION ALL SELECT id * 2 + k, d + 1 FROM t, (SELECT 0 AS k UNION SELECT 1) WHERE d < 9 ORDER BY 2 DESC) SELECT id, d FROM t',
    };
    for (const [name, sql] of Object.entries(orders)) {
      it(`${name}, page after page`, async () => {
        const straight = await cloud.db.prepare(sql).raw<(number | string | null)[]>();
        expect(await everyPage(sql, 701)).toEqual(straight);
      });
    }

    it('columns of one name apart, with their names', async () => {
      const { columns, rows } = await page('SELECT id, id, word AS id FROM items LIMIT 1');
      expect(columns.map(({ name }) => name)).toEqual(['id', 'id', 'id']);
      expect(rows).toEqual([[1, 1, 'w1']]);
    });

    it('the names of columns when there are no rows', async () => {
      const { columns } = await page(
        'SELECT id, word AS "a b", count(*) FROM items GROUP BY 1 HAVING 0',
      );
      expect(columns).toEqual([
        { name: 'id', type: 'null' },
        { name: 'a b', type: 'null' },
        { name: 'count(*)', type: 'null' },
      ]);
    });

    it('numbers exact', async () => {
      const { rows, columns } = await page(
        'SELECT 9007199254740991, 9007199254740993, -9223372036854775807 - 1, 1e999, 0.1 + 0.2, 1e300',
      );
      expect(rows[0]?.slice(0, 5)).toEqual([
        9007199254740991,
        '9007199254740993',
        '-9223372036854775808',
        'Infinity',
        0.30000000000000004,
      ]);
      expect(typeof rows[0]?.[5]).toBe('string');
      expect(columns.map(({ type }) => type).join()).toBe('integer,integer,integer,real,real,real');
    });

    it('nulls, empty texts, NULs and blobs apart', async () => {
      const { rows } = await page("SELECT NULL, '', x'', CAST(x'610062' AS TEXT), x'00', 'null'");
      expect(rows).toEqual([
        [null, '', { base64: '', bytes: 0 }, 'a\u0000b', { base64: 'AA==', bytes: 1 }, 'null'],
      ]);
    });

    it('only the start of a large blob, and its size', async () => {
      const { rows } = await page("SELECT CAST(printf('%.*c', 90000, 'x') AS BLOB)");
      expect(rows[0]?.[0]).toEqual({ base64: btoa('x'.repeat(BLOB_PREVIEW_BYTES)), bytes: 90_000 });
    });

    it('a text that is JSON a text', async () => {
      expect((await page(`SELECT json('{"a":[1]}'), json_array(1)`)).rows).toEqual([
        ['{"a":[1]}', '[1]'],
      ]);
    });

    it('one answer of random() for each cell', async () => {
      const { rows } = await page(
        "SELECT CASE WHEN random() > 0 THEN 'text' ELSE 7 END FROM items",
        { limit: 1000 },
      );
      expect(new Set(rows.map(([cell]) => cell))).toEqual(new Set(['text', 7]));
    });
  });

  describe('is refused', () => {
    it('outside the limits of a window', async () => {
      for (const window of [
        { limit: 0 },
        { limit: 1001 },
        { limit: 1.5 },
        { offset: -1 },
        { offset: 100_001 },
      ]) {
        expect(await cloud.read({ sql: 'SELECT 1', ...window })).toMatchObject({
          code: 'INVALID_ARGUMENT',
        });
      }
    });

    it('with our sentence, not the database’s', async () => {
      expect(await cloud.read({ sql: 'SELECT nmae FROM items' })).toEqual({
        code: 'SQL_REFUSED_BY_ENGINE',
        message: 'There is no column "nmae".',
      });
    });

    it('after the time is up, saying that the query may still run', async () => {
      const readQuery = createReadQuery({ timeoutMs: 20 });
      const request = { sql: counting(2_000_000, 'sum(n)'), params: [], limit: 1, offset: 0 };
      expect(await refusalOf(readQuery(cloud.db, request, 'db'))).toMatchObject({
        code: 'RESOURCE_TIMEOUT',
        message: expect.stringContaining('may still run'),
      });
    });
  });

  it('is answered to many callers at once, each with its own rows', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        page('SELECT ?, id FROM items WHERE id = ?', { params: [`p${n}`, n + 1] }),
      ),
    );
    expect(answers.map(({ rows }) => rows[0])).toEqual(
      Array.from({ length: 40 }, (_, n) => [`p${n}`, n + 1]),
    );
  });

  it('is withheld when the read changed something, and that database stays closed', async () => {
    const breaker = createBreaker();
    // Without the schema rules the view reaches pragma_optimize, which writes.
    const readQuery = createReadQuery({ breaker, layers: { checkSchema: (names) => ok(names) } });
    const ask = (sql: string, database: string) =>
      readQuery(cloud.db, { sql, params: [], limit: 1, offset: 0 }, database);
    expect(await ask('SELECT 1', 'shop')).toMatchObject({ rows: [[1]] });
    expect(await refusalOf(ask('SELECT * FROM writer', 'shop'))).toMatchObject({
      code: 'SQL_GUARD_BREACH',
      message: 'A read on "shop" changed data. Its rows are withheld.',
    });
    expect(await refusalOf(ask('SELECT 1', 'shop'))).toMatchObject({ code: 'SQL_GUARD_BREACH' });
    expect(await ask('SELECT 1', 'other')).toMatchObject({ rows: [[1]] });
  });
});
