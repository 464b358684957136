import { describe, expect, it } from 'bun:test';

import { MAX_NESTING, MAX_SQL_LENGTH, checkText } from './text-rules.ts';

const codeOf = (sql: string): string => {
  const checked = checkText(sql);
  return checked.ok ? 'passes' : checked.error.code;
};

describe('text rules', () => {
  it('take a text of exactly the greatest length and nesting', () => {
    expect([MAX_SQL_LENGTH, MAX_NESTING]).toEqual([10_000, 100]);
    expect(codeOf('a'.repeat(MAX_SQL_LENGTH))).toBe('passes');
    expect(codeOf('a'.repeat(MAX_SQL_LENGTH + 1))).toBe('SQL_TOO_LONG');
    expect(codeOf('('.repeat(MAX_NESTING))).toBe('passes');
    expect(codeOf('('.repeat(MAX_NESTING + 1))).toBe('SQL_TOO_DEEP');
  });

  it('count open parentheses, not all of them', () => {
    expect(codeOf('()'.repeat(4000))).toBe('passes');
    expect(codeOf('(a'.repeat(MAX_NESTING + 1))).toBe('SQL_TOO_DEEP');
  });

  it('refuse what SQLite and the parser read differently', () => {
    for (const sql of ['a\u0000', '\uFEFFa', 'a\uFEFF', '\uD800', '\uDC00\uD800']) {
      expect(codeOf(sql)).toBe('SQL_ILLEGAL_CHARACTER');
    }
    expect(codeOf('🎈 é 日本')).toBe('passes');
  });

  it('refuse a blank text', () => {
    expect(codeOf(' \n\t')).toBe('SQL_EMPTY');
  });
});
