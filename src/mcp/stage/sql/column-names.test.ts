import { describe, expect, it } from 'bun:test';

import { columnNames } from './column-names.ts';

describe('column names', () => {
  it('are duplicates again', () => {
    expect(columnNames(['id', 'id:1', 'ID:2'], 'SELECT id, id, ID')).toEqual(['id', 'id', 'ID']);
  });

  it('stay when nothing before has the name', () => {
    expect(columnNames(['a:1', 'b'], 'SELECT * FROM t')).toEqual(['a:1', 'b']);
  });

  it('stay when the statement writes them', () => {
    expect(columnNames(['a', 'a:1'], 'SELECT 1 AS a, 2 AS "a:1"')).toEqual(['a', 'a:1']);
  });
});
