import { describe, expect, it } from 'bun:test';

import fc from 'fast-check';

import { SHARED_SECRET } from '../../test/kit/tokens.ts';
import { isSameSecret, sha256 } from './hash.ts';

describe('the hash', () => {
  it('is SHA-256 of the text’s UTF-8', async () => {
    const hashed = Buffer.from(await sha256('Ådam')).toString('hex');
    expect(hashed).toBe(new Bun.CryptoHasher('sha256').update('Ådam').digest('hex'));
  });
});

describe('the comparison of secrets', () => {
  it('is equality, wherever two differ and however long they are', async () => {
    const printable = fc.string({ unit: 'grapheme-ascii', maxLength: 80 });
    await fc.assert(
      fc.asyncProperty(printable, printable, async (a, b) => {
        expect(await isSameSecret(a, b)).toBe(a === b);
        expect(await isSameSecret(a, a)).toBe(true);
        expect(await isSameSecret(a, `${a}x`)).toBe(false);
      }),
    );
    for (let at = 0; at < SHARED_SECRET.length; at++) {
      const other = `${SHARED_SECRET.slice(0, at)}!${SHARED_SECRET.slice(at + 1)}`;
      expect(await isSameSecret(other, SHARED_SECRET)).toBe(false);
    }
  });
});
