import { describe, expect, it } from 'bun:test';

import { BoundedMap } from './bounded-map.ts';

const filled = (keys: string, maxEntries = 3): BoundedMap<string, string> => {
  const map = new BoundedMap<string, string>(maxEntries);
  for (const key of keys) map.set(key, key.toUpperCase());
  return map;
};

const keysOf = (map: BoundedMap<string, string>): string =>
  ['a', 'b', 'c', 'd', 'e'].filter((key) => map.get(key) !== undefined).join('');

describe('a map of three', () => {
  it('keeps three, and no more', () => {
    expect(keysOf(filled('abc'))).toBe('abc');
    expect(filled('abc').size).toBe(3);
    expect(keysOf(filled('abcd'))).toBe('bcd');
    expect(filled('abcde').size).toBe(3);
  });

  it('takes an entry that is set again for new, and drops none for it', () => {
    expect(keysOf(filled('abca'))).toBe('abc');
    expect(keysOf(filled('abcad'))).toBe('acd');
    expect(keysOf(filled('abcc'))).toBe('abc');
  });

  it('forgets what it is told to', () => {
    const map = filled('abc');
    map.delete('b');
    expect(keysOf(map)).toBe('ac');
    expect(map.size).toBe(2);
  });
});
