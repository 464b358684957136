import { describe, expect, it } from 'bun:test';

import { WINDOW_MS, createLimits, limitFrom } from './limits.ts';

/** A KV whose reads are counted, and whose answers can be held back. */
const fakeKv = (values: Record<string, string> = {}) => {
  const kv = {
    values,
    reads: 0,
    isDown: false,
    hold: undefined as Promise<void> | undefined,
    get: async (key: string): Promise<string | null> => {
      kv.reads += 1;
      await kv.hold;
      if (kv.isDown) throw new Error('KV said hunter2');
      return kv.values[key] ?? null;
    },
  };
  return kv;
};

const start = (values: Record<string, string> = {}) => {
  const kv = fakeKv(values);
  const clock = { now: 1_000_000 };
  const limitOf = createLimits({ environment: 'staging', overrides: kv, now: () => clock.now });
  return { kv, clock, limitOf };
};

describe('the limit of a client', () => {
  it.each([
    ['production', 100],
    ['staging', 500],
    ['development', 1_000],
  ] as const)('in %s is %d a minute', async (environment, limit) => {
    const limitOf = createLimits({ environment, overrides: fakeKv(), now: () => 0 });
    expect(await limitOf('acme')).toEqual({ limit });
    expect(WINDOW_MS).toBe(60_000);
  });

  it('is what the operator stored for it', async () => {
    const { limitOf } = start({ 'limit:acme': '2500', 'limit:slow': '1', 'limit:big': '10000\n' });
    expect(await limitOf('acme')).toEqual({ limit: 2_500 });
    expect(await limitOf('slow')).toEqual({ limit: 1 });
    expect(await limitOf('big')).toEqual({ limit: 10_000 });
    expect(await limitOf('other')).toEqual({ limit: 500 });
  });

  it('is the usual one, and says so, where the stored value is none', () => {
    for (const odd of [
      '',
      '0',
      '10001',
      '-5',
      '1e3',
      '5.5',
      'many',
      '{"limit":5}',
      'NaN',
      '１００',
    ])
      expect(limitFrom(odd, 'acme', 'production')).toEqual({
        limit: 100,
        problem:
          'limit:acme in MCP_KV is not a whole number from 1 to 10000; the usual 100 applies.',
      });
  });

  it('is read at most every twenty seconds, and holds for thirty at most', async () => {
    const { kv, clock, limitOf } = start({ 'limit:acme': '700' });
    for (let call = 0; call < 50; call += 1) await limitOf('acme');
    kv.values['limit:acme'] = '800';
    clock.now += 19_999;
    expect(await limitOf('acme')).toEqual({ limit: 700 });
    expect(kv.reads).toBe(1);
    clock.now += 1;
    expect(await limitOf('acme')).toEqual({ limit: 800 });
    expect(kv.reads).toBe(2);
  });

  it('is read again by one request while the others go on, until it is too old', async () => {
    const { kv, clock, limitOf } = start({ 'limit:acme': '700' });
    await limitOf('acme');
    const { promise, resolve } = Promise.withResolvers<void>();
    kv.hold = promise;
    kv.values['limit:acme'] = '800';
    clock.now += 25_000;
    const reader = limitOf('acme');
    expect(await limitOf('acme')).toEqual({ limit: 700 });
    expect(kv.reads).toBe(2);
    // The reader may be gone for good; another sets out.
    clock.now += 3_000;
    const second = limitOf('acme');
    expect(kv.reads).toBe(3);
    clock.now += 2_000;
    const third = limitOf('acme');
    expect(kv.reads).toBe(4);
    resolve();
    expect(await Promise.all([reader, second, third])).toEqual([
      { limit: 800 },
      { limit: 800 },
      { limit: 800 },
    ]);
  });

  it('goes on as it was while KV is down, and says so once a reading', async () => {
    const { kv, clock, limitOf } = start({ 'limit:acme': '700' });
    await limitOf('acme');
    kv.isDown = true;
    clock.now += 60_000;
    const problem = 'MCP_KV could not be read; acme goes on with 700.';
    expect(await limitOf('acme')).toEqual({ limit: 700, problem });
    expect(await limitOf('acme')).toEqual({ limit: 700 });
    expect(await limitOf('other')).toMatchObject({ limit: 500 });
  });

  it('is read again when the clock has stepped back', async () => {
    const { kv, clock, limitOf } = start({ 'limit:acme': '700' });
    await limitOf('acme');
    clock.now -= 1;
    await limitOf('acme');
    expect(kv.reads).toBe(2);
  });

  it('is remembered of so many clients and no more', async () => {
    const { kv, limitOf } = start();
    for (let client = 0; client <= 5_000; client += 1) await limitOf(`client ${client}`);
    await limitOf('client 5000');
    expect(kv.reads).toBe(5_001);
    await limitOf('client 0');
    expect(kv.reads).toBe(5_002);
  });
});
