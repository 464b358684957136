import { describe, expect, it } from 'bun:test';

import { canonicalHash } from './canonical-hash.ts';

describe('the hash of a value', () => {
  it('is SHA-256 in hex, and minds neither the order of keys nor what is absent', async () => {
    const hash = await canonicalHash({ b: [1, { y: 2, x: 3 }], a: 'ä' });
    expect(hash).toBe(await canonicalHash({ a: 'ä', c: undefined, b: [1, { x: 3, y: 2 }] }));
    expect(hash).toBe(
      new Bun.CryptoHasher('sha256').update('{"a":"ä","b":[1,{"x":3,"y":2}]}').digest('hex'),
    );
  });

  it('tells apart what differs', async () => {
    const values = [
      {},
      [],
      null,
      '',
      0,
      false,
      { a: null },
      { a: '' },
      [[]],
      [1, 2],
      [2, 1],
      '1',
      1,
    ];
    const hashes = await Promise.all(values.map(canonicalHash));
    expect(new Set(hashes).size).toBe(values.length);
  });
});
