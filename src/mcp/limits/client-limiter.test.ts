// The limiter object in a real workerd, on a real disk where it matters.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type LimitsCloud, startLimits } from '../../../test/kit/limits-cloud.ts';
import type { Verdict } from './client-limiter.ts';

const IS_DEEP = process.env['LIMITS_DEEP'] !== undefined;
const CLIENTS = IS_DEEP ? 20 : 2;
const KILLS = IS_DEEP ? 20 : 2;

const allowed = (verdicts: readonly Verdict[]): Verdict[] =>
  verdicts.filter((verdict) => verdict.allowed);
const countdown = (limit: number): number[] => Array.from({ length: limit }, (_, left) => left);
const remainders = (verdicts: readonly Verdict[]): number[] =>
  allowed(verdicts)
    .map(({ remaining }) => remaining)
    .toSorted((a, b) => a - b);

/** `calls` at once: over several connections, several on each. */
const together = async (cloud: LimitsCloud, client: string, limit: number, calls: number) => {
  const per = Math.ceil(calls / 8);
  const parts = Array.from({ length: 8 }, (_, part) => Math.min(per, calls - part * per));
  const taken = parts.filter((times) => times > 0).map((n) => cloud.take(client, { limit }, n));
  return (await Promise.all(taken)).flat();
};

const folders: string[] = [];
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'limits-'));
  folders.push(folder);
  return folder;
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

describe('the limit of a client', () => {
  let cloud: LimitsCloud;
  beforeAll(async () => {
    cloud = await startLimits();
  });
  afterAll(() => cloud.stop());

  it.each([100, 500, 1_000])('of %d lets exactly that many of concurrent calls pass', async (n) => {
    for (const calls of [n + 1, 4 * n]) {
      const clients = Array.from({ length: CLIENTS }, (_, i) => `${n} of ${calls}, ${i}`);
      for (const client of clients) {
        const verdicts = await together(cloud, client, n, calls);
        expect(verdicts).toHaveLength(calls);
        expect(remainders(verdicts)).toEqual(countdown(n));
        expect((await cloud.peek(client))?.used).toBe(n);
      }
    }
  });

  it('of 10,000 too', async () => {
    const verdicts = await together(cloud, 'much', 10_000, 10_100);
    expect(remainders(verdicts)).toEqual(countdown(10_000));
    await cloud.evict('much');
    expect((await cloud.peek('much'))?.used).toBe(10_000);
  }, 20_000);

  it('is its own, whatever others do', async () => {
    const clients = Array.from({ length: 10 }, (_, i) => `neighbour ${i}`);
    const taken = clients.map((client) => cloud.take(client, { limit: 20 }, 30));
    for (const verdicts of await Promise.all(taken)) expect(allowed(verdicts)).toHaveLength(20);
  });

  it('outlives its object', async () => {
    const before = await cloud.life('evicted');
    expect(allowed(await cloud.take('evicted', { limit: 100 }, 60))).toHaveLength(60);
    await cloud.evict('evicted');
    expect(await cloud.life('evicted')).not.toBe(before);
    const after = await cloud.take('evicted', { limit: 100 }, 100);
    expect(remainders(after)).toEqual(countdown(40));
  });

  it('is kept when the object goes away again and again under load', async () => {
    let admitted = 0;
    for (let round = 0; round < 8; round += 1) {
      // Calls that an eviction breaks off are answered with an error, so none of them is an admission.
      const calls = Array.from({ length: 6 }, () =>
        cloud.take('unlucky', { limit: 100 }, 5).catch(() => []),
      );
      await cloud.evict('unlucky').catch(() => undefined);
      admitted += allowed((await Promise.all(calls)).flat()).length;
    }
    admitted += allowed(await cloud.take('unlucky', { limit: 100 }, 200)).length;
    expect(admitted).toBeLessThanOrEqual(100);
    expect((await cloud.peek('unlucky'))?.used).toBe(100);
  });

  it('leaves nobody waiting for a caller who has gone', async () => {
    const leaving = Array.from({ length: 20 }, (_, i) =>
      cloud
        .take('left', { limit: 1_000 }, 10, { signal: AbortSignal.timeout(i % 5) })
        .catch(() => []),
    );
    const staying = Array.from({ length: 20 }, () => cloud.take('left', { limit: 1_000 }, 10));
    expect(allowed((await Promise.all(staying)).flat())).toHaveLength(200);
    await Promise.all(leaving);
  });
});

describe('the window', () => {
  it('slides: no span of its length sees more than the limit, across boundaries', async () => {
    const windowMs = 500;
    const limit = 40;
    await using cloud = await disposable(startLimits({ windowMs }));
    const admitted: number[] = [];
    let last: Verdict | undefined;
    for (const end = performance.now() + 2_200; performance.now() < end;) {
      const verdicts = await cloud.take('steady', { limit }, 8);
      admitted.push(...allowed(verdicts).map(({ decidedAt }) => decidedAt));
      last = verdicts.at(-1);
      await Bun.sleep(15);
    }
    admitted.sort((a, b) => a - b);
    for (const [index, at] of admitted.entries())
      expect(at - (admitted[index - limit] ?? 0)).toBeGreaterThanOrEqual(windowMs);
    expect(admitted.length).toBeGreaterThanOrEqual(4 * limit);
    // Waiting as long as it says is enough.
    await Bun.sleep((last?.resetAt ?? 0) - Date.now());
    expect(allowed(await cloud.take('steady', { limit }))).toHaveLength(1);
  });
});

describe('after SIGKILL of workerd', () => {
  it('exactly the limit has been admitted, counting both lives', async () => {
    const folder = newFolder();
    let cloud = await startLimits({ folder });
    expect(allowed(await together(cloud, 'killed', 100, 60))).toHaveLength(60);
    await cloud.kill();
    cloud = await startLimits({ folder });
    expect(remainders(await together(cloud, 'killed', 100, 100))).toEqual(countdown(40));
    await cloud.stop();
  });

  it('in the middle of a load, no admission that a caller heard of is forgotten', async () => {
    const limit = 500;
    const folder = newFolder();
    for (let kill = 0; kill < KILLS; kill += 1) {
      const client = `killed ${kill}`;
      let cloud = await startLimits({ folder });
      let heard = 0;
      // Over the whole load, so that some calls are answered, some are in flight and some never arrive.
      const load = Array.from({ length: 30 }, async (_, i) => {
        await Bun.sleep(i * 2);
        const verdicts = await cloud.take(client, { limit }, 10).catch(() => []);
        heard += allowed(verdicts).length;
      });
      await Bun.sleep(25 + kill);
      await cloud.kill();
      await Promise.all(load);
      cloud = await startLimits({ folder });
      const used = (await cloud.peek(client))?.used ?? 0;
      expect(used).toBeGreaterThanOrEqual(heard);
      const after = allowed(await together(cloud, client, limit, 2 * limit));
      expect(after).toHaveLength(limit - used);
      await cloud.stop();
    }
  }, 120_000);
});

describe('a revocation', () => {
  const hour = 3_600;
  const nowS = (): number => Math.floor(Date.now() / 1_000);

  it('holds from the next call on, counts nothing, and outlives restart and SIGKILL', async () => {
    const folder = newFolder();
    let cloud = await startLimits({ folder });
    const stolen = { limit: 5, jti: 'stolen', issuedAt: nowS() };
    const good = { ...stolen, jti: 'good' };
    expect(await cloud.take('acme', stolen)).toMatchObject([{ allowed: true, revoked: false }]);
    await cloud.revoke('acme', { jti: 'stolen', until: nowS() + hour });
    const refused = { allowed: false, revoked: true, remaining: 4 };
    expect(await cloud.take('acme', stolen, 3)).toMatchObject([refused, refused, refused]);
    expect(await cloud.take('acme', good)).toMatchObject([{ allowed: true, remaining: 3 }]);
    expect(await cloud.take('other', stolen)).toMatchObject([{ allowed: true }]);
    await cloud.evict('acme');
    expect(await cloud.take('acme', stolen)).toMatchObject([{ revoked: true }]);
    await cloud.kill();
    cloud = await startLimits({ folder });
    expect(await cloud.take('acme', stolen)).toMatchObject([{ revoked: true }]);
    expect(await cloud.take('acme', good)).toMatchObject([{ allowed: true, remaining: 2 }]);
    await cloud.stop();
  });

  it('of a client goes by when a token was issued', async () => {
    await using cloud = await disposable(startLimits());
    const at = nowS();
    await cloud.revoke('acme', { before: at });
    // An earlier epoch takes nothing back.
    await cloud.revoke('acme', { before: at - hour });
    await cloud.evict('acme');
    const revoked = async (issuedAt?: number) =>
      (await cloud.take('acme', { limit: 9, jti: 'x', issuedAt }))[0]?.revoked;
    expect(await revoked(at - 1)).toBe(true);
    expect(await revoked(at)).toBe(true);
    expect(await revoked()).toBe(true);
    expect(await revoked(at + 1)).toBe(false);
    expect(await cloud.peek('acme')).toMatchObject({ used: 1, notBefore: at });
  });

  it('is forgotten when its token has long ended', async () => {
    await using cloud = await disposable(startLimits());
    await cloud.revoke('acme', { jti: 'old', until: nowS() - hour });
    await cloud.revoke('acme', { jti: 'new', until: nowS() + hour });
    // Revoking it again does not shorten anything.
    await cloud.revoke('acme', { jti: 'new', until: nowS() - hour });
    await cloud.evict('acme');
    expect((await cloud.peek('acme'))?.revokedTokens).toMatchObject([{ jti: 'new' }]);
    expect(await cloud.take('acme', { limit: 1, jti: 'new' })).toMatchObject([{ revoked: true }]);
  });

  it('given in milliseconds by mistake is refused, for it could not be taken back', async () => {
    await using cloud = await disposable(startLimits());
    const mistake = cloud.revoke('acme', { before: Date.now() });
    expect(await mistake.catch((error: unknown) => error)).toBeInstanceOf(Error);
    expect(await cloud.take('acme', { limit: 1 })).toMatchObject([{ revoked: false }]);
  });
});

/** For `await using`: stopped at the end of the test, however it ends. */
const disposable = async (starting: Promise<LimitsCloud>) => {
  const cloud = await starting;
  return { ...cloud, [Symbol.asyncDispose]: () => cloud.stop() };
};
