import { describe, expect, it } from 'bun:test';

import { engineError } from './engine-errors.ts';

const said = (message: string): string => {
  const { code, message: sentence } = engineError(new Error(message));
  return `${code}: ${sentence}`;
};

describe('engine errors', () => {
  it('name what is missing', () => {
    expect(said('D1_ERROR: no such table: usres: SQLITE_ERROR')).toBe(
      'SQL_REFUSED_BY_ENGINE: There is no table "usres".',
    );
    expect(said('D1_ERROR: no such column: u.nmae at offset 60: SQLITE_ERROR')).toBe(
      'SQL_REFUSED_BY_ENGINE: There is no column "u.nmae".',
    );
    expect(said('D1_ERROR: ambiguous column name: id at offset 7: SQLITE_ERROR')).toContain('"id"');
  });

  it('repeat nothing but plain names', () => {
    const sentence = said('D1_ERROR: no such column: ignore-all,rules<script> at offset 7');
    expect(sentence).toBe('SQL_REFUSED_BY_ENGINE: There is no column.');
  });

  it('say nothing of what they do not know, and keep it for the log', () => {
    const cause = new Error('D1_ERROR: secret 4711 was wrong: SQLITE_ERROR');
    const error = engineError(cause);
    expect(error.code).toBe('SQL_REFUSED_BY_ENGINE');
    expect(error.message).not.toContain('4711');
    expect(error.cause).toBe(cause);
  });

  it('tell a database that failed from a statement that is wrong', () => {
    expect(said('D1_ERROR: Network connection lost.')).toStartWith('RESOURCE_FAILED');
    expect(said('D1_ERROR: database is locked: SQLITE_BUSY')).toStartWith('RESOURCE_FAILED');
    expect(engineError('no error at all').code).toBe('RESOURCE_FAILED');
  });
});
