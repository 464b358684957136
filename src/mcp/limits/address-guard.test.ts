// Brute force: the object in a real workerd, and what an isolate remembers of its answers.
import { afterAll, beforeAll, describe, expect, it } from 'bun:test';

import { eventually } from '../../../test/kit/eventually.ts';
import { type LimitsCloud, startLimits } from '../../../test/kit/limits-cloud.ts';
import type { AddressGuard, FailureCount } from './address-guard.ts';
import { createBruteForceGuard } from './brute-force.ts';
import { tooManyFailures } from './too-many-requests.ts';

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

describe('the failures of an address', () => {
  let cloud: LimitsCloud;
  beforeAll(async () => {
    cloud = await startLimits();
  });
  afterAll(() => cloud.stop());

  it('are numbered exactly, however many come at once: one is the eleventh', async () => {
    for (const address of upTo(10).map((n) => `203.0.113.${n}`)) {
      const connections = Array.from({ length: 11 }, () => cloud.fail(address));
      const counts = (await Promise.all(connections)).flat();
      const numbers = counts.map(({ failures }) => failures).toSorted((a, b) => a - b);
      expect(numbers).toEqual(upTo(11));
      const blocked = counts.filter(({ blockedUntil }) => blockedUntil !== undefined);
      expect(blocked).toMatchObject([{ failures: 11 }]);
    }
  });

  it('block it until the first of the last eleven is fifteen minutes old', async () => {
    const counts: FailureCount[] = [];
    for (let failure = 0; failure < 13; failure += 1) {
      counts.push(...(await cloud.fail('198.51.100.1')));
      await Bun.sleep(5);
    }
    const times = counts.map(({ decidedAt }) => decidedAt);
    for (const last of [10, 11, 12])
      expect(counts[last]?.blockedUntil).toBe((times[last - 10] ?? 0) + 15 * 60_000);
  });

  it('are counted to a thousand, for an attacker must not fill a disk', async () => {
    const counts = await cloud.fail('198.51.100.2', 1_100);
    expect(counts.at(-1)?.failures).toBe(1_000);
    expect(counts.at(-1)?.blockedUntil).toBeGreaterThan(Date.now());
  });
});

describe('after the window', () => {
  it('an address starts anew, and its object has left nothing behind', async () => {
    const cloud = await startLimits({ windowMs: 300 });
    expect((await cloud.fail('192.0.2.1', 12)).at(-1)?.failures).toBe(12);
    expect(await cloud.stored('192.0.2.1')).toBeGreaterThan(0);
    await eventually(async () => ((await cloud.stored('192.0.2.1')) === 0 ? true : undefined));
    const [count] = await cloud.fail('192.0.2.1');
    expect(count?.failures).toBe(1);
    expect(count?.blockedUntil).toBeUndefined();
    await cloud.stop();
  });
});

const GUESS = { isGuess: true };

type Fail = () => Promise<FailureCount>;

/** Guards that answer as told. */
const fakeGuards = (fail: Fail) =>
  ({
    idFromName: (name: string) => name,
    get: () => ({ fail }),
  }) as unknown as Pick<DurableObjectNamespace<AddressGuard>, 'get' | 'idFromName'>;

const start = (fail: Fail) => {
  const clock = { now: 5_000_000 };
  const guard = createBruteForceGuard({
    guards: fakeGuards(fail),
    now: () => clock.now,
    attemptMs: 20,
  });
  return { clock, guard };
};

describe('an isolate', () => {
  it('refuses an address it saw blocked without asking, for as long as the object said', async () => {
    let asked = 0;
    // Its clock is an hour ahead: the wait counts, not the time.
    const { clock, guard } = start(async () => {
      asked += 1;
      return { failures: 11, decidedAt: 8_600_000, blockedUntil: 8_600_000 + 90_500 };
    });
    expect(guard.isBlocked('a')).toBeUndefined();
    expect(await guard.fail('a', GUESS)).toEqual({ kind: 'blocked', retryAfterS: 91 });
    expect(guard.isBlocked('a')).toEqual({ retryAfterS: 91 });
    expect(guard.isBlocked('b')).toBeUndefined();
    clock.now += 90_499;
    expect(guard.isBlocked('a')).toEqual({ retryAfterS: 1 });
    clock.now += 1;
    expect(guard.isBlocked('a')).toBeUndefined();
    expect(asked).toBe(1);
  });

  it('blocks nobody for ten failures', async () => {
    const { guard } = start(async () => ({ failures: 10, decidedAt: 0, blockedUntil: undefined }));
    expect(await guard.fail('a', GUESS)).toEqual({ kind: 'counted' });
    expect(guard.isBlocked('a')).toBeUndefined();
  });

  it('asks once more when the object fails or is silent, and then says so', async () => {
    for (const answer of [
      () => Promise.reject(new Error('gone')),
      () => new Promise<never>(() => {}),
    ]) {
      let asked = 0;
      const { guard } = start(() => {
        asked += 1;
        return answer();
      });
      expect(await guard.fail('a', GUESS)).toMatchObject({ kind: 'unavailable' });
      expect(asked).toBe(2);
    }
  });

  it('remembers so many addresses and no more', async () => {
    const { guard } = start(async () => ({ failures: 11, decidedAt: 0, blockedUntil: 60_000 }));
    for (let address = 0; address <= 10_000; address += 1) await guard.fail(String(address), GUESS);
    expect(guard.isBlocked('0')).toBeUndefined();
    expect(guard.isBlocked('1')).toBeDefined();
    expect(guard.isBlocked('10000')).toBeDefined();
  });

  it('answers 429 with the time to wait', async () => {
    const answer = tooManyFailures({ retryAfterS: 91 }, 'request-1');
    expect(answer.status).toBe(429);
    expect(answer.headers.get('retry-after')).toBe('91');
    expect(await answer.json()).toEqual({
      error: 'Rate limit exceeded',
      message: 'Too many failed authentications. Retry after 91 seconds',
      retryAfter: 91,
      code: 'TOO_MANY_FAILURES',
      requestId: 'request-1',
    });
  });
});
