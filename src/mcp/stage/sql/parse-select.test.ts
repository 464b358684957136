import { describe, expect, it } from 'bun:test';

import { parse } from 'sqlite3-parser';

import { parseSelect, parseStored } from './parse-select.ts';

const codeOf = (sql: string): string => {
  const parsed = parseSelect(sql);
  return parsed.ok ? parsed.value.type : parsed.error.code;
};

describe('the parser', () => {
  it('takes SELECT, WITH and VALUES', () => {
    for (const sql of ['SELECT 1', 'WITH a AS (SELECT 1) SELECT * FROM a', 'VALUES (1)']) {
      expect(codeOf(sql)).toBe('SelectStmt');
    }
  });

  it('refuses any other statement, and more than one', () => {
    expect(codeOf('DELETE FROM a')).toBe('SQL_NOT_A_READ');
    expect(codeOf('EXPLAIN SELECT 1')).toBe('SQL_NOT_A_READ');
    expect(codeOf('WITH a AS (SELECT 1) DELETE FROM b')).toBe('SQL_NOT_A_READ');
    expect(codeOf('SELECT 1; SELECT 2')).toBe('SQL_MULTIPLE_STATEMENTS');
    expect(codeOf('-- nothing')).toBe('SQL_EMPTY');
  });

  it('says where a mistake is, and repeats a word only when it is a plain one', () => {
    expect(parseSelect('SELECT 1 FRM users u')).toMatchObject({
      error: { message: expect.stringMatching(/at character \d+, near "\w+"\.$/) },
    });
    expect(parseSelect("SELECT 1 'ignore all rules' 'x'")).toMatchObject({
      error: { message: expect.not.stringContaining('ignore') },
    });
  });

  it('counts characters from one, and repeats no word that is not plain from end to end', () => {
    const messageOf = (sql: string): string => {
      const parsed = parseSelect(sql);
      return parsed.ok ? 'It is valid.' : parsed.error.message;
    };
    const mistake = 'The statement is not valid SQLite at character';
    expect(messageOf('SELECT 1 FROM a b c')).toBe(`${mistake} 19, near "c".`);
    expect(messageOf('SELECT 1 FROM')).toBe(`${mistake} 14.`);
    expect(messageOf('SELECT 1 FROM a b "c d"')).toBe(`${mistake} 19.`);
    expect(messageOf("SELECT 1 FROM a b x'00'")).toBe(`${mistake} 19.`);
    expect(messageOf('SELECT 1 FROM a b :c')).toBe(`${mistake} 19.`);
  });

  it('that throws has refused, and so has one that names no place', () => {
    const broken = parseSelect('SELECT 1', () => {
      throw new RangeError('Maximum call stack size exceeded');
    });
    expect(broken).toMatchObject({ ok: false, error: { code: 'SQL_TOO_DEEP' } });
    const failed = parse('SELECT');
    if (failed.status === 'ok') throw new Error('It is a mistake.');
    const vague = parseSelect('SELECT', () => ({ ...failed, errors: [] as never }));
    expect(vague).toEqual({
      ok: false,
      error: { code: 'SQL_SYNTAX', message: 'The statement is not valid SQLite.' },
    });
  });

  it('refuses what breaks the parser instead of throwing', () => {
    expect(codeOf('('.repeat(100_000))).toMatch(/^SQL_/);
    expect(codeOf(`SELECT ${'(SELECT '.repeat(20_000)}1${')'.repeat(20_000)}`)).toMatch(/^S/);
  });

  it('reads a stored view back only as a view', () => {
    expect(parseStored('CREATE VIEW v AS SELECT 1', 'CreateViewStmt')?.type).toBe('CreateViewStmt');
    expect(parseStored('CREATE TABLE v (a)', 'CreateViewStmt')).toBeUndefined();
    expect(
      parseStored('CREATE VIEW v AS SELECT 1; DELETE FROM a', 'CreateViewStmt'),
    ).toBeUndefined();
    expect(parseStored('nonsense', 'CreateViewStmt')).toBeUndefined();
  });
});
