import { describe, expect, it } from 'bun:test';

import { createTokenMemory } from './token-memory.ts';

describe('the memory of checked tokens', () => {
  it('drops the oldest when it is full, and never grows', () => {
    const memory = createTokenMemory(3);
    for (const token of ['a', 'b', 'c', 'd', 'e']) memory.remember(token, { sub: token });
    expect(['a', 'b', 'c', 'd', 'e'].filter((token) => memory.get(token) !== undefined)).toEqual([
      'c',
      'd',
      'e',
    ]);
  });

  it('is of a thousand', () => {
    const memory = createTokenMemory();
    for (let n = 0; n < 1_000; n++) memory.remember(String(n), { sub: 'a' });
    expect(memory.get('0')).toBeDefined();
    memory.remember('1000', { sub: 'a' });
    expect(memory.get('0')).toBeUndefined();
  });

  it('forgets what it is told to, and knows no names of an object’s own', () => {
    const memory = createTokenMemory();
    memory.remember('a', { sub: 'a' });
    memory.forget('a');
    for (const token of ['a', '__proto__', 'constructor'])
      expect(memory.get(token)).toBeUndefined();
  });
});
