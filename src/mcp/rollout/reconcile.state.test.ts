// What each rule makes of the state, field by field; reconcile.test.ts has how they play together.
import { describe, expect, it } from 'bun:test';

import type { Reading } from './kv-flags.ts';
import { LAG_MS, decided, firstSeen, observed, stateSchema, written } from './reconcile.ts';

const T = 1_000_000;
const seen = (now: number) => ({ now, isOwnSeen: true });
const read = (text: string | null, mark?: number): Reading => ({
  text,
  ...(mark !== undefined && { mark }),
});

describe('what the registry knows', () => {
  it('at first is what KV says, and the default where it says nothing', () => {
    const known = { updatedAt: T, isUnwritten: false, settlesAt: 0, echoes: [] };
    expect(firstSeen(read(null), T)).toEqual({
      ...known,
      version: 1,
      text: null,
      source: 'default',
      updatedBy: 'default',
      known: read(null),
      confirmed: 0,
    });
    expect(firstSeen(read('25', 6), T)).toEqual({
      ...known,
      version: 7,
      text: '25',
      source: 'kv',
      updatedBy: 'kv',
      known: read('25', 6),
      confirmed: 6,
    });
  });

  it('after a decision is that, to be written, and what it replaces may echo', () => {
    const first = firstSeen(read('0'), T);
    const put = decided(first, { percentage: 25, by: 'admin:ana' }, T + 1);
    expect(put).toEqual({
      ...first,
      version: 2,
      text: '25',
      source: 'admin',
      updatedAt: T + 1,
      updatedBy: 'admin:ana',
      isUnwritten: true,
      settlesAt: T + 1 + LAG_MS,
      echoes: ['0'],
    });
    const done = written(put, 2, T + 2);
    expect(done).toMatchObject({ known: read('25', 2), confirmed: 2, isUnwritten: false });
    expect(decided(done, { percentage: 50, by: 'admin' }, T + 3).echoes).toEqual(['0']);
    expect(decided(done, { percentage: 50, by: 'admin' }, T + 2 + LAG_MS).echoes).toEqual([]);
  });

  it('of echoes is sixteen at most, the last', () => {
    let state = firstSeen(read('0'), T);
    for (let n = 1; n <= 20; n++) {
      state = decided(state, { percentage: 99, by: 'admin' }, T);
      state = observed(written(state, state.version, T), read(String(n)), seen(T));
    }
    expect(decided(state, { percentage: 99, by: 'admin' }, T).echoes).toEqual(
      Array.from({ length: 16 }, (_, n) => String(n + 5)),
    );
  });

  it('is not what KV has confirmed of an older decision, or confirms again', () => {
    const put = decided(firstSeen(read('0'), T), { percentage: 25, by: 'admin' }, T);
    expect(written(put, 1, T)).toBe(put);
    const done = written(put, 2, T);
    expect(written(done, 2, T + 5)).toBe(done);
  });

  it('says of a key that was taken away that the default counts', () => {
    const first = firstSeen(read('25'), T);
    expect(observed(first, read(null), seen(T + 1))).toMatchObject({
      text: null,
      source: 'default',
      updatedBy: 'kv',
      version: 2,
    });
    expect(observed(first, read('25'), seen(T + 1))).toBe(first);
  });

  it('that is to be written again may be nothing at all, which carries no version', () => {
    const state = { ...firstSeen(read(null), T), isUnwritten: true };
    expect(written(state, 1, T).known).toEqual(read(null));
  });

  it('is kept with whoever said it, and with nobody else', () => {
    const state = firstSeen(read('25', 6), T);
    for (const source of ['default', 'kv', 'admin'] as const)
      expect(stateSchema.parse({ ...state, source })).toEqual({ ...state, source });
    expect(stateSchema.safeParse({ ...state, source: '' }).success).toBe(false);
  });
});

describe('within the minute that KV may be late', () => {
  const put = decided(firstSeen(read('0'), T), { percentage: 25, by: 'admin' }, T);
  const done = written(put, 2, T);
  const wrangler = observed(done, read('10'), seen(T + 20_000));

  it('which is sixty seconds', () => {
    expect(LAG_MS).toBe(60_000);
  });

  it('an older write of ours is not believed, and from its end on it is', () => {
    const end = wrangler.updatedAt + LAG_MS;
    expect(observed(wrangler, read('25', 2), seen(end - 1))).toBe(wrangler);
    expect(observed(wrangler, read('25', 2), seen(end))).toMatchObject({ text: '25', version: 4 });
  });

  it('and after it, a decision that KV has not taken yet is not undone by an older one that it has', () => {
    const again = decided(wrangler, { percentage: 50, by: 'admin' }, T + 30_000);
    expect(observed(again, read('25', 2), seen(T + 10 * LAG_MS))).toMatchObject({
      text: '50',
      isUnwritten: true,
    });
  });

  it('whose value KV holds is told by the mark, also where the value is the same', () => {
    const taken = observed(done, read('25'), seen(T + 1));
    expect(taken.known).toStrictEqual(read('25'));
    expect(observed(taken, read('25', 2), seen(T + 2)).known).toStrictEqual(read('25', 2));
  });
});
