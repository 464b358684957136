import { describe, expect, it } from 'bun:test';

import fc from 'fast-check';

import { lex } from './lexer.ts';

const read = (sql: string): unknown => {
  const lexed = lex(sql);
  return lexed.ok ? lexed.value : lexed.error.code;
};
const statementOf = (sql: string): unknown => {
  const lexed = lex(sql);
  return lexed.ok ? lexed.value.statement : lexed.error.code;
};

describe('the lexer', () => {
  it('cuts closing semicolons and what follows them', () => {
    expect(statementOf('SELECT 1 ;; -- done\n ; /* x */')).toBe('SELECT 1');
  });

  it('keeps comments inside the statement', () => {
    expect(statementOf('/* a */ SELECT -- b\n 1 -- c')).toBe('/* a */ SELECT -- b\n 1');
  });

  it('finds parameters only outside quotes and comments', () => {
    expect(read(`SELECT ?, '?', "?", [?], \`?\` -- ?\n /* ? */ + ?`)).toMatchObject({
      parameterCount: 2,
    });
  });

  it('shows the parser digit separators as digits, in numbers only', () => {
    const sql = `SELECT 1_000, 0xf_f, a_1, '1_0', "2_0", 1__0, _1`;
    expect(read(sql)).toMatchObject({
      statement: sql,
      forParser: `SELECT 10000, 0xf0f, a_1, '1_0', "2_0", 1__0, _1`,
    });
  });

  it('lets a line end only by LF, as SQLite does', () => {
    expect(statementOf('SELECT 1 --\r; DELETE')).toBe('SELECT 1');
    expect(statementOf('SELECT 1 --\n; DELETE')).toBe('SQL_MULTIPLE_STATEMENTS');
  });

  it('refuses what is not closed', () => {
    for (const sql of ["'a", "'a''", '"a', '`a', '[a', '/* a', '/*/', '(', 'a)', ')(']) {
      expect(statementOf(sql)).toBe('SQL_SYNTAX');
    }
  });

  it('refuses parameters that could name ours', () => {
    for (const sql of ['?1', ':a', '@a', '$a', '#1', 'a:b']) {
      expect(statementOf(sql)).toBe('SQL_PARAMETERS');
    }
    expect(statementOf('SELECT a$b')).toBe('SELECT a$b');
  });

  it('refuses a text that holds no statement, and one that begins with a semicolon', () => {
    for (const sql of ['', ' ', ';', ' ;; ', '/* a */', '-- a']) {
      expect(statementOf(sql)).toBe('SQL_EMPTY');
    }
    expect(statementOf('; SELECT 1')).toBe('SQL_SYNTAX');
  });

  it('refuses a character that means nothing to SQLite outside quotes', () => {
    for (const sql of ['SELECT \\', 'SELECT {', 'SELECT ^ 1', 'SELECT \v 1', 'SELECT \u0001']) {
      expect(statementOf(sql)).toBe('SQL_ILLEGAL_CHARACTER');
    }
    expect(statementOf("SELECT '\\{^'")).toBe("SELECT '\\{^'");
  });

  it('takes a doubled quote for one that stands for itself, but not a doubled bracket', () => {
    for (const quote of ["'", '"', '`']) {
      const doubled = `SELECT ${quote}a${quote}${quote}; b${quote}`;
      expect(statementOf(doubled)).toBe(doubled);
    }
    expect(statementOf('SELECT [a]]')).toBe('SQL_ILLEGAL_CHARACTER');
    expect(statementOf('SELECT [a][;] FROM b')).toBe('SELECT [a][;] FROM b');
    expect(statementOf('SELECT [a];b')).toBe('SQL_MULTIPLE_STATEMENTS');
  });

  it('reads on right behind a quoted text, a comment and a parameter', () => {
    expect(statementOf("SELECT 'a';b")).toBe('SQL_MULTIPLE_STATEMENTS');
    expect(statementOf('SELECT /*a*/;b')).toBe('SQL_MULTIPLE_STATEMENTS');
    expect(statementOf('SELECT ?;b')).toBe('SQL_MULTIPLE_STATEMENTS');
    expect(statementOf("SELECT ''(")).toBe('SQL_SYNTAX');
    expect(statementOf('SELECT ?(')).toBe('SQL_SYNTAX');
    expect(statementOf('SELECT /**/(')).toBe('SQL_SYNTAX');
  });

  it('counts no parenthesis that stands in quotes', () => {
    for (const sql of ["SELECT '('", 'SELECT ")"', 'SELECT `(`', 'SELECT [)]']) {
      expect(statementOf(sql)).toBe(sql);
    }
  });

  const inert = fc.oneof(
    fc.string().map((text) => `'${text.replaceAll("'", "''")}'`),
    fc.string().map((text) => `"${text.replaceAll('"', '""')}"`),
    fc.string().map((text) => `\`${text.replaceAll('`', '``')}\``),
    fc.string().map((text) => `[${text.replaceAll(']', '')}]`),
    fc.string().map((text) => `/*${text.replaceAll('*', '')}*/`),
    fc.string().map((text) => `--${text.replaceAll('\n', '')}\n`),
    fc.constantFrom('SELECT', 'a1', '12', '1.5', ',', '(1)', 'x.y', '->', '||'),
  );
  const pieces = fc.array(inert).map((texts) => texts.join(' '));

  it('finds a semicolon exactly where one stands outside quotes and comments', () => {
    fc.assert(
      fc.property(pieces, pieces, (before, after) => {
        const text = `a ${before} `;
        expect(statementOf(text)).toBeOneOf([text.trimEnd(), expect.any(String)]);
        expect(lex(text).ok).toBe(true);
        expect(statementOf(`${text}; b ${after}`)).toBe('SQL_MULTIPLE_STATEMENTS');
      }),
      { numRuns: 500 },
    );
  });
});
