import { describe, expect, it } from 'bun:test';

import { parseSelect } from './parse-select.ts';
import { MAX_VIEW_DEPTH, checkSchema, parseSchema } from './schema-rules.ts';
import { namesIn } from './statement-rules.ts';

const view = (name: string, body: string) => ({
  name,
  type: 'view',
  sql: `CREATE VIEW ${name} AS ${body}`,
});
const table = (name: string) => ({ name, type: 'table', sql: null });
const virtual = (name: string, using: string) => ({
  name,
  type: 'table',
  sql: `CREATE VIRTUAL TABLE ${name} USING ${using}`,
});

function codeOf(sql: string, declared: readonly object[]): string {
  const parsed = parseSelect(sql);
  const names = parsed.ok ? namesIn(parsed.value) : parsed;
  if (!names.ok) throw new Error(names.error.message);
  const checked = checkSchema(names.value, parseSchema(declared));
  return checked.ok ? 'passes' : checked.error.code;
}

describe('schema rules', () => {
  it('open views of views, down to the greatest depth', () => {
    expect(MAX_VIEW_DEPTH).toBe(8);
    const chain = [table('t'), view('v0', 'SELECT * FROM t')];
    for (let n = 1; n <= MAX_VIEW_DEPTH; n++) chain.push(view(`v${n}`, `SELECT * FROM v${n - 1}`));
    expect(codeOf(`SELECT * FROM v${MAX_VIEW_DEPTH - 1}`, chain)).toBe('passes');
    expect(codeOf(`SELECT * FROM v${MAX_VIEW_DEPTH}`, chain)).toBe('SQL_FORBIDDEN_TABLE');
  });

  it('survive views that name each other', () => {
    const circle = [view('a', 'SELECT * FROM b'), view('b', 'SELECT * FROM a')];
    expect(codeOf('SELECT * FROM a', circle)).toBe('passes');
  });

  it('refuse a view that cannot be read back', () => {
    const odd = { name: 'v', type: 'view', sql: 'CREATE VIEW v AS SELECT #1 FROM' };
    expect(codeOf('SELECT * FROM v', [odd])).toBe('SQL_FORBIDDEN_TABLE');
  });

  it('let a view have WITH names of its own', () => {
    const own = [view('v', 'WITH w AS (SELECT 1) SELECT * FROM w')];
    expect(codeOf('SELECT * FROM v', own)).toBe('passes');
  });

  it('know SQLite’s own catalogue and functions, which nobody declares', () => {
    for (const name of ['sqlite_schema', `json_each('[]')`])
      expect(codeOf(`SELECT * FROM ${name}`, [])).toBe('passes');
  });

  it('refuse a name that nobody declared: it would be a table of the engine', () => {
    expect(codeOf('SELECT * FROM some_module', [table('t')])).toBe('SQL_FORBIDDEN_TABLE');
  });

  it('check a table that a WITH name hides, for it is hidden only inside the WITH', () => {
    const hidden = [view('v', 'SELECT * FROM pragma_optimize')];
    expect(codeOf('WITH v AS (SELECT 1) SELECT * FROM v', hidden)).toBe('SQL_FORBIDDEN_TABLE');
    expect(codeOf('WITH w AS (SELECT 1) SELECT * FROM w', hidden)).toBe('passes');
  });

  describe('of a virtual table', () => {
    const textOf = (content: string, others: readonly object[] = []) =>
      codeOf('SELECT * FROM f', [
        table('t'),
        view('v', 'SELECT * FROM pragma_optimize'),
        virtual('f', `FTS5(a, ${content})`),
        ...others,
      ]);

    it('open the table it takes its text from', () => {
      expect(textOf(`content='t'`)).toBe('passes');
      expect(textOf(`content=''`)).toBe('passes');
      for (const content of [`content='v'`, 'content=v', 'CONTENT = "V"', 'content=[v]'])
        expect(textOf(content)).toBe('SQL_FORBIDDEN_TABLE');
    });

    it('take that table’s name as it is written, and no other setting for it', () => {
      expect(textOf(`content="a'b"`, [table(`a'b`)])).toBe('passes');
      expect(textOf(`content="a'b"`, [table('ab')])).toBe('SQL_FORBIDDEN_TABLE');
      expect(textOf('xcontent=v')).toBe('passes');
    });

    it('refuse it where it takes its text from an internal one, though that is declared', () => {
      for (const name of ['_cf_KV', 'd1_migrations', 'sqlite_stat1'])
        expect(textOf(`content=${name}`, [table(name)])).toBe('SQL_FORBIDDEN_TABLE');
    });

    it('take one that says nothing of its columns', () => {
      expect(codeOf('SELECT * FROM f', [virtual('f', 'fts5')])).toBe('passes');
    });

    it('refuse its inside, and modules that are not known', () => {
      const fts = virtual('F', 'fts5(a)');
      expect(codeOf('SELECT * FROM f_data', [fts, table('f_data')])).toBe('SQL_FORBIDDEN_TABLE');
      expect(codeOf('SELECT * FROM f_node', [fts, table('f_node')])).toBe('passes');
      expect(codeOf('SELECT * FROM x', [virtual('x', `evil('y')`)])).toBe('SQL_FORBIDDEN_TABLE');
    });

    it('refuse one that cannot be read back, and read the others beside it', () => {
      const odd = [virtual('x', ''), { name: 'y', type: 'table', sql: 'CREATE TABLE y (a)' }];
      for (const name of ['x', 'y'])
        expect(codeOf(`SELECT * FROM ${name}`, odd)).toBe('SQL_FORBIDDEN_TABLE');
      expect(codeOf('SELECT * FROM t', [...odd, table('t')])).toBe('passes');
    });
  });
});
