import { describe, expect, it } from 'bun:test';

import { isRevoked, revocationSchema } from './revocations.ts';

const nothing = { tokens: new Map<string, number>(), before: undefined };

describe('whether a token is revoked', () => {
  it('is no while nothing is', () => {
    expect(isRevoked({}, nothing, 0)).toBe(false);
    expect(isRevoked({ jti: 'a', issuedAt: 1 }, nothing, 0)).toBe(false);
  });

  it('goes by its id, until it has ended on every clock', () => {
    const revoked = { ...nothing, tokens: new Map([['a', 1_000]]) };
    expect(isRevoked({ jti: 'a' }, revoked, 0)).toBe(true);
    expect(isRevoked({ jti: 'a' }, revoked, 1_299_999)).toBe(true);
    expect(isRevoked({ jti: 'a' }, revoked, 1_300_000)).toBe(false);
    for (const jti of ['b', 'A', '', undefined]) expect(isRevoked({ jti }, revoked, 0)).toBe(false);
  });

  it('goes by its second, and by the worst of it where it does not say', () => {
    const revoked = { ...nothing, before: 1_000 };
    for (const issuedAt of [undefined, 0, 999.9, 1_000])
      expect(isRevoked({ issuedAt }, revoked, 0)).toBe(true);
    expect(isRevoked({ issuedAt: 1_001 }, revoked, 0)).toBe(false);
    // Revoked within a second: the tokens of that second's beginning are among them.
    expect(isRevoked({ issuedAt: 1_000 }, { ...nothing, before: 1_000.7 }, 0)).toBe(true);
  });

  it('is said in one of two ways, in seconds', () => {
    const accepts = (value: unknown) => revocationSchema.safeParse(value).success;
    expect(accepts({ jti: 'a', until: 1_795_000_000 })).toBe(true);
    expect(accepts({ before: 1_795_000_000 })).toBe(true);
    for (const odd of [
      {},
      { jti: 'a' },
      { jti: '', until: 1 },
      { jti: 'a', until: 1, before: 1 },
      { before: 1_795_000_000_000 },
      { before: Number.NaN },
      { before: -1 },
      { before: '1' },
    ])
      expect(accepts(odd)).toBe(false);
  });
});
