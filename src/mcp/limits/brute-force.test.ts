import { describe, expect, it } from 'bun:test';

import type { AddressGuard, FailureCount } from './address-guard.ts';
import { createBruteForceGuard } from './brute-force.ts';

const START = 1_640_000_000_000;
const ADDRESS = '203.0.113.7';
const GUESS = { isGuess: true };
const NO_GUESS = { isGuess: false };

/** A guard of addresses whose objects answer as told, `lateMs` later. */
const start = (answer: (address: string) => FailureCount, lateMs = 0) => {
  const state = { now: START };
  const guard = createBruteForceGuard({
    guards: {
      idFromName: (name: string) => name,
      get: (name: string) => ({
        fail: async () => {
          state.now += lateMs;
          return answer(name);
        },
      }),
    } as unknown as Pick<DurableObjectNamespace<AddressGuard>, 'get' | 'idFromName'>,
    now: () => state.now,
    attemptMs: 1_000,
  });
  return { state, guard };
};

const counted = (failures: number): FailureCount => ({
  failures,
  blockedUntil: undefined,
  decidedAt: START,
});

/** By an object whose clock is an hour ahead of ours. */
const blockedFor = (waitMs: number): FailureCount => ({
  failures: 11,
  blockedUntil: START + 3_600_000 + waitMs,
  decidedAt: START + 3_600_000,
});

describe('a failed login', () => {
  it('is counted, and the address may go on', async () => {
    const { guard } = start(() => counted(10));
    expect(await guard.fail(ADDRESS, GUESS)).toEqual({ kind: 'counted' });
    expect(guard.isBlocked(ADDRESS)).toBeUndefined();
  });

  it('that is one too many blocks the address for as long as its object says, whatever its clock', async () => {
    const { guard, state } = start(() => blockedFor(60_000));
    expect(await guard.fail(ADDRESS, GUESS)).toEqual({ kind: 'blocked', retryAfterS: 60 });
    state.now += 59_000;
    expect(guard.isBlocked(ADDRESS)).toEqual({ retryAfterS: 1 });
    state.now += 999;
    expect(guard.isBlocked(ADDRESS)).toEqual({ retryAfterS: 1 });
    state.now += 1;
    expect(guard.isBlocked(ADDRESS)).toBeUndefined();
  });

  it('blocks from when it was asked about, not from when the answer came', async () => {
    const { guard } = start(() => blockedFor(60_000), 10_000);
    expect(await guard.fail(ADDRESS, GUESS)).toMatchObject({ kind: 'blocked', retryAfterS: 50 });
    expect(guard.isBlocked(ADDRESS)).toEqual({ retryAfterS: 50 });
  });

  it('blocks for no time where the wait is over already', async () => {
    const { guard } = start(() => blockedFor(-60_000));
    expect(await guard.fail(ADDRESS, GUESS)).toMatchObject({ kind: 'blocked' });
    expect(guard.isBlocked(ADDRESS)).toBeUndefined();
  });

  it('blocks the one address and no other', async () => {
    const { guard } = start((address) => (address === ADDRESS ? blockedFor(1_000) : counted(1)));
    await guard.fail(ADDRESS, GUESS);
    expect(await guard.fail('198.51.100.1', GUESS)).toEqual({ kind: 'counted' });
    expect(guard.isBlocked('198.51.100.1')).toBeUndefined();
    expect(guard.isBlocked(ADDRESS)).toBeDefined();
  });

  it('whose block has been seen to end stays ended, also when the clock steps back', async () => {
    const { guard, state } = start(() => blockedFor(1_000));
    await guard.fail(ADDRESS, GUESS);
    state.now += 1_000;
    expect(guard.isBlocked(ADDRESS)).toBeUndefined();
    state.now -= 500;
    expect(guard.isBlocked(ADDRESS)).toBeUndefined();
  });

  it('that its object could not count says why, and blocks nothing', async () => {
    const cause = new Error('The object is gone.');
    const { guard } = start(() => {
      throw cause;
    });
    expect(await guard.fail(ADDRESS, GUESS)).toEqual({ kind: 'unavailable', cause });
    expect(guard.isBlocked(ADDRESS)).toBeUndefined();
  });
});

/** A guard whose objects nobody may ask. */
const startAlone = () =>
  start(() => {
    throw new Error('An object was asked.');
  });

describe('a request without a credential', () => {
  it('is answered ten times in fifteen minutes, and asks no object', async () => {
    const { guard, state } = startAlone();
    for (let request = 1; request <= 10; request += 1) {
      expect(await guard.fail(ADDRESS, NO_GUESS)).toEqual({ kind: 'counted' });
      state.now += 1_000;
    }
    expect(await guard.fail(ADDRESS, NO_GUESS)).toEqual({ kind: 'blocked', retryAfterS: 890 });
    state.now += 890_000;
    expect(await guard.fail(ADDRESS, NO_GUESS)).toEqual({ kind: 'counted' });
    expect(await guard.fail(ADDRESS, NO_GUESS)).toEqual({ kind: 'blocked', retryAfterS: 1 });
  });

  it('never shuts out those behind its address who have one', async () => {
    const { guard } = startAlone();
    for (let request = 1; request <= 30; request += 1) await guard.fail(ADDRESS, NO_GUESS);
    expect(guard.isBlocked(ADDRESS)).toBeUndefined();
  });

  it('counts for its own address only', async () => {
    const { guard } = startAlone();
    for (let request = 1; request <= 11; request += 1) await guard.fail(ADDRESS, NO_GUESS);
    expect(await guard.fail('198.51.100.1', NO_GUESS)).toEqual({ kind: 'counted' });
  });

  it('and a wrong one are counted together here: the eleventh failure is too many', async () => {
    const { guard } = start(() => counted(1));
    for (let request = 1; request <= 10; request += 1) await guard.fail(ADDRESS, NO_GUESS);
    expect(await guard.fail(ADDRESS, GUESS)).toEqual({ kind: 'blocked', retryAfterS: 900 });
    expect(guard.isBlocked(ADDRESS)).toBeUndefined();
  });
});

describe('while the objects are down', () => {
  it('this isolate counts alone', async () => {
    const { guard } = startAlone();
    for (let guess = 1; guess <= 10; guess += 1)
      expect(await guard.fail(ADDRESS, GUESS)).toMatchObject({ kind: 'unavailable' });
    expect(await guard.fail(ADDRESS, GUESS)).toEqual({ kind: 'blocked', retryAfterS: 900 });
  });
});
