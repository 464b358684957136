import { Database } from 'bun:sqlite';
import { describe, expect, it } from 'bun:test';

import { RevocationStore, isRevoked, revocationEntrySchema } from './revocations.ts';

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
    const accepts = (value: unknown) => revocationEntrySchema.safeParse(value).success;
    expect(accepts({ jti: 'a', until: 1_795_000_000 })).toBe(true);
    expect(accepts({ jti: 'a'.repeat(512), until: 99_999_999_999 })).toBe(true);
    expect(accepts({ before: 1_795_000_000 })).toBe(true);
    expect(accepts({ before: 0 })).toBe(true);
    for (const odd of [
      {},
      { jti: 'a' },
      { jti: '', until: 1 },
      { jti: 'a'.repeat(513), until: 1 },
      { before: 99_999_999_999.5 },
      { jti: 'a', until: 1, before: 1 },
      { before: 1_795_000_000_000 },
      { before: Number.NaN },
      { before: -1 },
      { before: '1' },
    ])
      expect(accepts(odd)).toBe(false);
  });
});

/** The part of a Durable Object's storage that revocations use, over a real SQLite. */
const openDisk = () => {
  const database = new Database(':memory:');
  const disk = { isFull: false };
  const exec = (query: string, ...values: (string | number)[]) => {
    if (disk.isFull && query.startsWith('INSERT')) throw new Error('SQLITE_FULL');
    if (values.length === 0 && query.includes(';')) return void database.run(query);
    const rows = database.query(query).all(...values);
    return { toArray: () => rows };
  };
  const transactionSync = (write: () => void) => database.transaction(write)();
  const storage = { sql: { exec }, transactionSync } as unknown as DurableObjectStorage;
  return { disk, open: () => new RevocationStore(storage) };
};

const HOUR_MS = 3_600_000;

describe('the store of revocations', () => {
  it('begins with nothing, and knows after a restart what it was told', () => {
    const { open } = openDisk();
    expect(open().revoked).toEqual(nothing);
    const store = open();
    store.add({ jti: 'a', until: 7_200 }, HOUR_MS);
    store.add({ before: 3_600 }, HOUR_MS);
    const known = { tokens: new Map([['a', 7_200]]), before: 3_600 };
    expect(store.revoked).toEqual(known);
    expect(open().revoked).toEqual(known);
  });

  it('never shortens what was said of a token, nor lowers the epoch', () => {
    const { open } = openDisk();
    const store = open();
    for (const until of [7_200, 3_700, 0]) store.add({ jti: 'a', until }, HOUR_MS);
    for (const before of [3_600, 100]) store.add({ before }, HOUR_MS);
    for (const { revoked } of [store, open()])
      expect(revoked).toEqual({ tokens: new Map([['a', 7_200]]), before: 3_600 });
    store.add({ jti: 'a', until: 9_000 }, HOUR_MS);
    store.add({ before: 3_601 }, HOUR_MS);
    for (const { revoked } of [store, open()])
      expect(revoked).toEqual({ tokens: new Map([['a', 9_000]]), before: 3_601 });
  });

  it('takes a token that ends at once at its word', () => {
    const { open } = openDisk();
    open().add({ jti: 'a', until: 0 }, 0);
    expect(open().revoked.tokens).toEqual(new Map([['a', 0]]));
  });

  it('drops the tokens that have ended on every clock, and those alone', () => {
    const { open } = openDisk();
    const store = open();
    store.add({ jti: 'old', until: 3_299 }, 0);
    store.add({ jti: 'young', until: 3_301 }, 0);
    store.add({ jti: 'new', until: 7_200 }, HOUR_MS);
    for (const { revoked } of [store, open()])
      expect([...revoked.tokens.keys()].toSorted()).toEqual(['new', 'young']);
  });

  it('revokes nothing half-way when the disk takes nothing', () => {
    const { disk, open } = openDisk();
    const store = open();
    store.add({ jti: 'old', until: 1 }, 0);
    disk.isFull = true;
    expect(() => store.add({ jti: 'a', until: 7_200 }, HOUR_MS)).toThrow('SQLITE_FULL');
    expect(() => store.add({ before: 3_600 }, HOUR_MS)).toThrow('SQLITE_FULL');
    for (const { revoked } of [store, open()])
      expect(revoked).toEqual({ tokens: new Map([['old', 1]]), before: undefined });
  });
});
