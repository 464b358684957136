import { describe, expect, it } from 'bun:test';

import { eventually } from '../../../test/kit/eventually.ts';
import { ADMIN_TOKEN, PERCENTAGE, useRollout } from '../../../test/kit/rollout-cloud.ts';

const start = useRollout();

const historyOf = async (cloud: Awaited<ReturnType<typeof start>>) => {
  const response = await cloud.fetch('/admin/dark-launch/history', {
    headers: { Authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  const { entries } = (await response.json()) as { entries: Record<string, unknown>[] };
  return entries;
};

const percentageOf = async (cloud: Awaited<ReturnType<typeof start>>, isolate = 'own') =>
  (await cloud.status(isolate))['percentage'];

describe('the percentage', () => {
  it('is the default while nobody has said anything', async () => {
    const cloud = await start();
    expect(await cloud.status()).toEqual({ percentage: 100, source: 'default' });
    expect(await historyOf(cloud)).toEqual([]);
  });

  it('is what wrangler has written', async () => {
    const cloud = await start();
    await cloud.wrangler(PERCENTAGE, '25\n');
    expect(await cloud.status()).toEqual({
      percentage: 25,
      source: 'kv',
      updatedAt: expect.any(String),
    });
  });

  it('follows wrangler within a minute, and back to the default when the key is gone', async () => {
    const cloud = await start();
    await cloud.wrangler(PERCENTAGE, '25');
    expect(await percentageOf(cloud)).toBe(25);
    await cloud.wrangler(PERCENTAGE, '0');
    await cloud.pass(14_000);
    expect(await percentageOf(cloud)).toBe(0);
    await cloud.wrangler(PERCENTAGE, null);
    await cloud.pass(14_000);
    expect(await cloud.status()).toMatchObject({ percentage: 100, source: 'default' });
    expect((await historyOf(cloud)).map(({ by, from, to }) => [by, from, to])).toEqual([
      ['kv', 0, 100],
      ['kv', 25, 0],
      ['kv', 100, 25],
    ]);
  });

  it('that is unreadable closes, says so, and opens again when it is corrected', async () => {
    const cloud = await start();
    await cloud.wrangler(PERCENTAGE, 'fifty sk-canary-1');
    const status = await cloud.status();
    expect(status).toMatchObject({ percentage: 0, source: 'kv' });
    expect(status['problem']).toStartWith(`${PERCENTAGE} is not a whole number`);
    expect(JSON.stringify([status, await historyOf(cloud)])).not.toContain('canary');
    expect((await cloud.decide('a')).status).toBe(503);
    await cloud.wrangler(PERCENTAGE, '100');
    await cloud.pass(14_000);
    expect((await cloud.decide('a')).status).toBe(200);
    expect((await cloud.status())['problem']).toBeUndefined();
  });

  it('is read from KV once for all isolates, every ten seconds at most', async () => {
    const cloud = await start();
    await cloud.status();
    const before = await cloud.reads();
    await Promise.all(Array.from({ length: 20 }, (_, n) => cloud.status(`isolate-${n}`)));
    expect(await cloud.reads()).toBe(before);
    await cloud.pass(11_000);
    await Promise.all(Array.from({ length: 20 }, (_, n) => cloud.status(`isolate-${n}`)));
    expect(await cloud.reads()).toBe(before + 1);
  });
});

describe('a PUT', () => {
  it('is in force in every isolate within 5 seconds, and in KV', async () => {
    const cloud = await start();
    const isolates = ['own', 'second', 'third'];
    for (const isolate of isolates) expect(await percentageOf(cloud, isolate)).toBe(100);
    expect((await cloud.put(0)).status).toBe(200);
    expect(await percentageOf(cloud)).toBe(0);
    await cloud.pass(4_500);
    for (const isolate of isolates) expect(await percentageOf(cloud, isolate)).toBe(0);
    expect(await cloud.kv(PERCENTAGE)).toBe('0');
  });

  it('is not undone by the old value that KV gives back for a minute', async () => {
    const cloud = await start();
    await cloud.wrangler(PERCENTAGE, '0');
    expect(await percentageOf(cloud)).toBe(0);
    await cloud.bendKv('frozen');
    await cloud.put(25);
    for (let seconds = 0; seconds < 57; seconds += 3) {
      await cloud.pass(3_000);
      expect(await percentageOf(cloud)).toBe(25);
    }
    await cloud.bendKv('sound');
    await cloud.pass(30_000);
    expect(await cloud.status()).toMatchObject({ percentage: 25, source: 'admin' });
    expect(await historyOf(cloud)).toHaveLength(2);
  });

  it('is not undone by what wrangler wrote just before it, unseen', async () => {
    const cloud = await start();
    await cloud.put(25);
    expect(await percentageOf(cloud)).toBe(25);
    await cloud.wrangler(PERCENTAGE, '10');
    await cloud.bendKv('frozen');
    await cloud.put(50);
    for (let seconds = 0; seconds < 55; seconds += 5) {
      await cloud.pass(5_000);
      expect(await percentageOf(cloud)).toBe(50);
    }
  });

  it('gives way to wrangler’s word of the same minute', async () => {
    const cloud = await start();
    await cloud.put(25);
    await cloud.pass(4_500);
    expect(await percentageOf(cloud)).toBe(25);
    await cloud.wrangler(PERCENTAGE, '0');
    await cloud.pass(14_000);
    expect(await cloud.status()).toMatchObject({ percentage: 0, source: 'kv' });
  });

  it('gives way to wrangler putting back the old value, when the minute is over', async () => {
    const cloud = await start();
    await cloud.wrangler(PERCENTAGE, '0');
    expect(await percentageOf(cloud)).toBe(0);
    await cloud.put(25);
    await cloud.pass(4_500);
    expect(await percentageOf(cloud)).toBe(25);
    await cloud.wrangler(PERCENTAGE, '0');
    await cloud.pass(50_000);
    expect(await percentageOf(cloud)).toBe(25);
    await cloud.pass(6_000);
    expect(await percentageOf(cloud)).toBe(0);
  });

  it('wins alone, of a hundred that expect the same version', async () => {
    const cloud = await start();
    const read = await cloud.put(1);
    const etag = read.headers.get('etag') ?? '';
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) => cloud.put(n + 1, { 'If-Match': etag })),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 412)).toHaveLength(99);
    const winner = (await answers.find(({ status }) => status === 200)?.json()) as object;
    expect(await cloud.status()).toMatchObject({ percentage: Reflect.get(winner, 'percentage') });
    expect(await cloud.kv(PERCENTAGE)).toBe(String(Reflect.get(winner, 'percentage')));
    expect(await historyOf(cloud)).toHaveLength(2);
  });

  it('and another one, and KV ends with the last', async () => {
    const cloud = await start();
    await Promise.all(Array.from({ length: 30 }, (_, n) => cloud.put(n)));
    const { percentage } = await cloud.status();
    expect(await cloud.kv(PERCENTAGE)).toBe(String(percentage));
    const [last] = await historyOf(cloud);
    expect(last).toMatchObject({ version: 31, to: percentage });
  });

  it('outlives the machine it was made on', async () => {
    const cloud = await start();
    await cloud.put(25, { 'X-Admin-Name': 'ana' });
    await cloud.fetch('/die');
    await cloud.pass(5_000);
    expect(await cloud.status()).toMatchObject({ percentage: 25, source: 'admin' });
    expect(await historyOf(cloud)).toMatchObject([{ by: 'admin:ana', from: 100, to: 25 }]);
  });
});

describe('a KV that fails', () => {
  it('to write: the PUT is in force, says so, and is written later', async () => {
    const cloud = await start();
    await cloud.status();
    await cloud.bendKv('unwritable');
    const response = await cloud.put(25);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      percentage: 25,
      problem: expect.stringContaining('could not be written yet'),
    });
    await cloud.pass(120_000);
    expect(await percentageOf(cloud)).toBe(25);
    await cloud.bendKv('sound');
    await cloud.pass(11_000);
    await cloud.status();
    expect(await eventually(async () => (await cloud.kv(PERCENTAGE)) ?? undefined)).toBe('25');
    await cloud.pass(11_000);
    expect((await cloud.status())['problem']).toBeUndefined();
  });

  it.each(['unreadable', 'hanging'])('to read (%s): what was known counts', async (mode) => {
    const cloud = await start();
    await cloud.wrangler(PERCENTAGE, '25');
    await cloud.wrangler('feature:tool:query_database', '0');
    await cloud.status();
    await cloud.bendKv(mode);
    await cloud.pass(11_000);
    expect(await percentageOf(cloud)).toBe(25);
    if (mode === 'hanging') return;
    expect((await cloud.status())['problem']).toContain('MCP_KV cannot be read');
    await cloud.fetch('/die');
    await cloud.pass(11_000);
    expect(await percentageOf(cloud)).toBe(25);
    const response = await cloud.decide('ana', { scope: 'rollout:bypass' });
    expect(await response.json()).toEqual({ toolsOut: [] });
  });

  it('from the beginning: closed, until KV answers or an admin and KV do', async () => {
    const cloud = await start();
    await cloud.bendKv('unreadable');
    expect((await cloud.decide('a')).status).toBe(503);
    expect(await cloud.status()).toMatchObject({ percentage: 0, source: 'unknown' });
    await cloud.bendKv('sound');
    await cloud.pass(11_000);
    expect((await cloud.decide('a')).status).toBe(200);
  });
});

describe('a client', () => {
  it('outside is told so with 503, the same way each of a thousand times', async () => {
    const cloud = await start();
    await cloud.put(50);
    const names = Array.from({ length: 20 }, (_, n) => `client-${n}`);
    const statuses = await Promise.all(
      names.map(async (name) => {
        const seen = new Set<number>();
        for (let n = 0; n < 50; n++)
          seen.add((await cloud.decide(name, { isolate: `isolate-${n % 3}` })).status);
        return [...seen];
      }),
    );
    for (const seen of statuses) expect(seen).toHaveLength(1);
    expect(new Set(statuses.flat())).toEqual(new Set([200, 503]));
    const outside = names[statuses.findIndex(([status]) => status === 503)] ?? '';
    const response = await cloud.decide(outside);
    expect(response.headers.get('retry-after')).toBe('300');
    expect(await response.json()).toEqual({
      error: 'Service temporarily unavailable',
      message: 'This server is being rolled out, and this client is not in yet.',
      code: 'NOT_IN_ROLLOUT',
      requestId: 'request-1',
      retryAfter: 300,
    });
  });

  it('and three hundred more are answered at once by an isolate that has just started', async () => {
    const cloud = await start();
    const options = { isolate: 'cold' };
    const decide = async (_: unknown, n: number) => (await cloud.decide(`c-${n}`, options)).status;
    const statuses = await Promise.all(Array.from({ length: 300 }, decide));
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(await cloud.reads()).toBeGreaterThan(0);
  });

  it('on the list, or with the scope, is in at 0', async () => {
    const cloud = await start();
    await cloud.wrangler('feature:dark-launch-testers', 'ana,\n bob');
    await cloud.put(0);
    expect((await cloud.decide('ana')).status).toBe(200);
    expect((await cloud.decide('bob')).status).toBe(200);
    expect((await cloud.decide('eve')).status).toBe(503);
    expect((await cloud.decide('eve', { scope: 'rollout:bypass' })).status).toBe(200);
  });

  it('loses the tools that are not rolled out to it, within a minute', async () => {
    const cloud = await start();
    expect(await (await cloud.decide('a')).json()).toEqual({ toolsOut: [] });
    await cloud.wrangler('feature:tool:deploy_infrastructure', '0');
    await cloud.wrangler('feature:tool:query_database', 'no');
    await cloud.pass(14_000);
    expect(await (await cloud.decide('a')).json()).toEqual({
      toolsOut: ['query_database', 'deploy_infrastructure'],
    });
    expect((await cloud.status())['problem']).toStartWith('feature:tool:query_database is not');
  });
});
