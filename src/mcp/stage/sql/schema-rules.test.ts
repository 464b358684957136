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

function codeOf(sql: string, declared: readonly object[]): string {
  const parsed = parseSelect(sql);
  const names = parsed.ok ? namesIn(parsed.value) : parsed;
  if (!names.ok) throw new Error(names.error.message);
  const checked = checkSchema(names.value, parseSchema(declared));
  return checked.ok ? 'passes' : checked.error.code;
}

describe('schema rules', () => {
  it('open views of views, down to the greatest depth', () => {
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

  it('refuse a name that nobody declared: it would be a table of the engine', () => {
    expect(codeOf('SELECT * FROM some_module', [table('t')])).toBe('SQL_FORBIDDEN_TABLE');
  });

  it('check a table that a WITH name hides, for it is hidden only inside the WITH', () => {
    const hidden = [view('v', 'SELECT * FROM pragma_optimize')];
    expect(codeOf('WITH v AS (SELECT 1) SELECT * FROM v', hidden)).toBe('SQL_FORBIDDEN_TABLE');
    expect(codeOf('WITH w AS (SELECT 1) SELECT * FROM w', hidden)).toBe('passes');
  });

  it('open the table a full-text table takes its text from', () => {
    const declared = (content: string) => [
      table('t'),
      view('v', 'SELECT * FROM pragma_optimize'),
      { name: 'f', type: 'table', sql: `CREATE VIRTUAL TABLE f USING fts5(a, ${content})` },
    ];
    expect(codeOf('SELECT * FROM f', declared(`content='t'`))).toBe('passes');
    expect(codeOf('SELECT * FROM f', declared(`content=''`))).toBe('passes');
    for (const content of [`content='v'`, 'content=v', 'CONTENT = "V"', 'content=[v]']) {
      expect(codeOf('SELECT * FROM f', declared(content))).toBe('SQL_FORBIDDEN_TABLE');
    }
  });

  it('refuse the inside of virtual tables, and modules that are not known', () => {
    const fts = { name: 'F', type: 'table', sql: 'CREATE VIRTUAL TABLE F USING fts5(a)' };
    expect(codeOf('SELECT * FROM f_data', [fts, table('f_data')])).toBe('SQL_FORBIDDEN_TABLE');
    expect(codeOf('SELECT * FROM f_node', [fts, table('f_node')])).toBe('passes');
    const vocabulary = { name: 'x', type: 'table', sql: `CREATE VIRTUAL TABLE x USING evil('y')` };
    expect(codeOf('SELECT * FROM x', [vocabulary])).toBe('SQL_FORBIDDEN_TABLE');
  });
});
