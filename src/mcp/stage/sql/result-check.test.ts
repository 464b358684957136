import { describe, expect, it } from 'bun:test';

import { changedNothing, createBreaker } from './result-check.ts';

const untouched = { changed_db: false, changes: 0, rows_written: 0 };

describe('the result check', () => {
  it('passes only a result that says it changed nothing', () => {
    expect(changedNothing({ ...untouched, rows_read: 5 })).toBe(true);
    expect(changedNothing({ ...untouched, changed_db: true })).toBe(false);
    expect(changedNothing({ ...untouched, changes: 1 })).toBe(false);
    expect(changedNothing({ ...untouched, rows_written: 1 })).toBe(false);
  });

  it('takes silence for no proof', () => {
    expect(changedNothing({ changes: 0, rows_written: 0 })).toBe(false);
    expect(changedNothing(undefined)).toBe(false);
  });
});

describe('the breaker', () => {
  it('closes one database, not its neighbours', () => {
    const breaker = createBreaker();
    breaker.open('shop');
    expect(breaker.isOpen('shop')).toBe(true);
    expect(breaker.isOpen('blog')).toBe(false);
  });
});
