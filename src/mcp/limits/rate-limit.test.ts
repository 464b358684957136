import { afterAll, beforeAll, describe, expect, it } from 'bun:test';

import { type LimitsCloud, startLimits } from '../../../test/kit/limits-cloud.ts';
import type { ClientLimiter, TakeRequest, Verdict } from './client-limiter.ts';
import type { ClientLimit } from './limits.ts';
import { type Limited, createRateLimit } from './rate-limit.ts';
import { SlidingLog } from './sliding-log.ts';
import { tooManyRequests } from './too-many-requests.ts';

type Take = (request: TakeRequest, client: string) => Promise<Verdict>;

/** Limiters that answer as told. */
const fakeLimiters = (take: Take, onHash: () => void) =>
  ({
    idFromName: (name: string) => {
      onHash();
      return name;
    },
    get: (name: string) => ({ take: (request: TakeRequest) => take(request, name) }),
  }) as unknown as Pick<DurableObjectNamespace<ClientLimiter>, 'get' | 'idFromName'>;

const START = 1_640_000_000_250;

const start = (take: Take, limit: ClientLimit = { limit: 100 }) => {
  const state = { now: START, limit, asked: [] as TakeRequest[], hashed: 0 };
  const admit = createRateLimit({
    limiters: fakeLimiters(
      (request, client) => {
        state.asked.push(request);
        return take(request, client);
      },
      () => void (state.hashed += 1),
    ),
    limitOf: async () => state.limit,
    now: () => state.now,
    attemptMs: 20,
  });
  return { state, admit: (principal: Limited = { client: 'acme' }) => admit(principal) };
};

const verdict = (facts: Partial<Verdict>): Verdict => ({
  allowed: true,
  limit: 100,
  remaining: 95,
  resetAt: START + 44_100,
  decidedAt: START,
  revoked: false,
  ...facts,
});

describe('a call within the limit', () => {
  it('is admitted, and its answer says what is left', async () => {
    const { admit } = start(async () => verdict({}));
    expect(await admit()).toStrictEqual({
      kind: 'admitted',
      verdict: verdict({}),
      headers: {
        'X-RateLimit-Limit': '100',
        'X-RateLimit-Remaining': '95',
        'X-RateLimit-Reset': '1640000045',
        'RateLimit-Policy': '"client";q=100;w=60',
        RateLimit: '"client";r=95;t=45',
      },
    });
  });

  it('asks the object once, about the token too', async () => {
    const { admit, state } = start(async () => verdict({}), { limit: 7, problem: 'odd' });
    expect(await admit({ client: 'acme', tokenId: 'j', issuedAt: 9 })).toMatchObject({
      kind: 'admitted',
      problem: 'odd',
    });
    expect(state.asked).toEqual([{ limit: 7, jti: 'j', issuedAt: 9 }]);
  });
});

describe('the object of a client', () => {
  it('is its own, and its name is hashed once', async () => {
    const asked: string[] = [];
    const { admit, state } = start(async (_, client) => {
      asked.push(client);
      return verdict({});
    });
    for (const client of ['a', 'b', 'a', 'a']) await admit({ client });
    expect(asked).toEqual(['a', 'b', 'a', 'a']);
    expect(state.hashed).toBe(2);
  });

  it('is remembered of so many clients and no more', async () => {
    const { admit, state } = start(async () => verdict({}));
    for (let client = 0; client < 5_000; client += 1) await admit({ client: String(client) });
    await admit({ client: '0' });
    expect(state.hashed).toBe(5_000);
    await admit({ client: '5000' });
    await admit({ client: '0' });
    expect(state.hashed).toBe(5_002);
  });
});

describe('a call over the limit', () => {
  const refused = verdict({ allowed: false, remaining: 0 });

  it('is answered exactly as the guide says', async () => {
    const { admit } = start(async () => refused);
    const admission = await admit();
    if (admission.kind !== 'limited') throw new Error(admission.kind);
    const answer = tooManyRequests(admission, 'request-1');
    expect(answer.status).toBe(429);
    expect(Object.fromEntries(answer.headers)).toEqual({
      'content-type': 'application/json',
      'retry-after': '45',
      'x-ratelimit-limit': '100',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': '1640000045',
      'ratelimit-policy': '"client";q=100;w=60',
      ratelimit: '"client";r=0;t=45',
    });
    expect(await answer.json()).toEqual({
      error: 'Rate limit exceeded',
      message: 'Too many requests. Retry after 45 seconds',
      retryAfter: 45,
      code: 'RATE_LIMITED',
      requestId: 'request-1',
    });
  });

  it('is refused from memory until the slot frees, by the wait and not by the other clock', async () => {
    const hourAhead = { decidedAt: START + 3_600_000, resetAt: START + 3_600_000 + 44_100 };
    const { admit, state } = start(async () => ({ ...refused, ...hourAhead }));
    expect(await admit()).toMatchObject({ kind: 'limited', retryAfterS: 45 });
    state.now += 44_099;
    expect(await admit()).toMatchObject({
      kind: 'limited',
      retryAfterS: 1,
      headers: { RateLimit: '"client";r=0;t=1', 'X-RateLimit-Remaining': '0' },
    });
    expect(state.asked).toHaveLength(1);
    state.now += 1;
    await admit();
    expect(state.asked).toHaveLength(2);
  });

  it('is asked about again where the wait is over when the answer comes', async () => {
    const { admit, state } = start(async () => ({ ...refused, resetAt: START - 1 }));
    for (let call = 0; call < 2; call += 1)
      expect(await admit()).toMatchObject({ kind: 'limited', retryAfterS: 1 });
    expect(state.asked).toHaveLength(2);
  });

  it('is asked about again when the limit has been raised, not when it has been lowered', async () => {
    const { admit, state } = start(async () => refused);
    await admit();
    state.limit = { limit: 50 };
    expect(await admit()).toMatchObject({ headers: { 'X-RateLimit-Limit': '50' } });
    expect(state.asked).toHaveLength(1);
    state.limit = { limit: 101 };
    await admit();
    expect(state.asked).toHaveLength(2);
  });

  it('of one client is not remembered of another, nor of too many', async () => {
    const { admit, state } = start(async () => refused);
    for (let client = 0; client <= 5_000; client += 1) await admit({ client: String(client) });
    await admit({ client: '5000' });
    expect(state.asked).toHaveLength(5_001);
    await admit({ client: '0' });
    expect(state.asked).toHaveLength(5_002);
  });
});

describe('the memory of an isolate', () => {
  it('refuses nothing that the log would admit, whatever the object’s clock shows', async () => {
    for (let skew = -90_000; skew <= 90_000; skew += 30_000) {
      const log = new SlidingLog(60_000);
      const shadow = new SlidingLog(60_000);
      const { admit, state } = start(async ({ limit }) => {
        const decision = log.take(limit, state.now + skew);
        // The answer is on its way for a while.
        state.now += 20;
        return verdict({ ...decision, limit });
      });
      state.limit = { limit: 3 };
      for (let call = 0; call < 3_000; call += 1) {
        const before = state.asked.length;
        const at = state.now;
        const { kind } = await admit();
        if (state.asked.length > before) {
          if (kind === 'admitted') shadow.take(3, at);
        } else expect(shadow.look(3, at).remaining).toBe(0);
        state.now += 97;
      }
      expect(state.asked.length).toBeLessThan(100);
    }
  });
});

describe('a revoked token', () => {
  it('is told apart, and its client is not blocked by it', async () => {
    const { admit, state } = start(async ({ jti }) =>
      jti === 'stolen' ? verdict({ allowed: false, remaining: 0, revoked: true }) : verdict({}),
    );
    expect(await admit({ client: 'acme', tokenId: 'stolen' })).toEqual({ kind: 'revoked' });
    expect((await admit({ client: 'acme', tokenId: 'good' })).kind).toBe('admitted');
    expect(state.asked).toHaveLength(2);
  });
});

describe('a limiter that is down', () => {
  it('is asked once more; then reads go on uncounted, and whatever has an effect is refused', async () => {
    const cause = new Error('driver says hunter2');
    const { admit, state } = start(() => Promise.reject(cause));
    const admission = await admit();
    if (admission.kind !== 'unavailable') throw new Error(admission.kind);
    expect(state.asked).toHaveLength(2);
    expect(admission.cause).toBe(cause);
    expect(admission.headers).toEqual({
      'X-RateLimit-Limit': '100',
      'RateLimit-Policy': '"client";q=100;w=60',
      'X-RateLimit-Status': 'unavailable',
    });
    expect(admission.refusal.code).toBe('LIMITER_UNAVAILABLE');
    expect(admission.refusal.message).not.toContain('hunter2');
  });

  it('for one call only is not noticed', async () => {
    let calls = 0;
    const { admit } = start(async () => {
      calls += 1;
      if (calls === 1) throw new Error('moved');
      return verdict({});
    });
    expect((await admit()).kind).toBe('admitted');
  });

  it('and silent is given up after two attempts', async () => {
    const { admit, state } = start(() => new Promise(() => {}));
    expect((await admit()).kind).toBe('unavailable');
    expect(state.asked).toHaveLength(2);
  });

  it('because it has too much to do is not asked twice', async () => {
    const overloaded = Object.assign(new Error('overloaded'), { overloaded: true });
    const { admit, state } = start(() => Promise.reject(overloaded));
    expect((await admit()).kind).toBe('unavailable');
    expect(state.asked).toHaveLength(1);
  });
});

describe('in workerd', () => {
  let cloud: LimitsCloud;
  beforeAll(async () => {
    cloud = await startLimits();
  });
  afterAll(() => cloud.stop());

  it('exactly the limit of concurrent calls are admitted, and the rest limited', async () => {
    const admissions = await cloud.admit('acme', 100, 400);
    const admitted = admissions.flatMap((it) => (it.kind === 'admitted' ? [it] : []));
    const left = admitted.map(({ headers }) => Number(headers['X-RateLimit-Remaining']));
    expect(left.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    const limited = admissions.flatMap((it) => (it.kind === 'limited' ? [it] : []));
    expect(limited).toHaveLength(300);
    for (const { retryAfterS } of limited) {
      expect(retryAfterS).toBeGreaterThan(0);
      expect(retryAfterS).toBeLessThanOrEqual(60);
    }
  });

  it('an object that throws is unavailable', async () => {
    expect(await cloud.admit('acme', 100, 1, true)).toMatchObject([{ kind: 'unavailable' }]);
  });
});
