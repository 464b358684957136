// `bun mcp secrets`: whole rotations, with a server that is deployed anew after each step.
import { describe, expect, it, setDefaultTimeout } from 'bun:test';
import { readFileSync, writeFileSync } from 'node:fs';

import { mcp, mcpProcess } from '../../test/kit/cli.ts';
import { type Cloud, startCloud } from '../../test/kit/cloud.ts';
import { ping } from '../../test/kit/edge-calls.ts';
import { keeps } from '../../test/kit/keeps.ts';
import { ADMIN_TOKEN, JWT_SECRET, KEYS, SHARED_SECRET, token } from '../../test/kit/tokens.ts';
import { keysOf, refused, START, useEnvFolder } from './secrets/env-folder.fixture.ts';

setDefaultTimeout(60_000);

const HOUR_MS = 3_600_000;
const { folder, file, loaded, secrets, secretsTold } = useEnvFolder();

/** The same an hour or so later. */
const later = (ms: number, words: readonly string[], env: Record<string, string> = {}) =>
  mcp(['secrets', ...words, '--env', file], { env, now: () => Date.now() + ms });

const deployed = async (): Promise<Cloud> => startCloud({ bare: true, settings: await loaded() });

const minted = async (): Promise<string> => {
  const { out } = await mcpProcess(['token', '--client', 'cli'], { env: {}, folder });
  return out;
};

const statusOf = async (cloud: Cloud, credential: Record<string, string>): Promise<number> =>
  (await ping(cloud, credential)).status;
const bearing = (text: string) => ({ Authorization: `Bearer ${text}` });

describe('bun mcp secrets rotate jwt', () => {
  keeps(
    'security.rotation',
    'takes three steps, and refuses nobody in any; then the old key is good for nothing',
    async () => {
      const old = await minted();
      const bare = token();
      {
        await using before = await deployed();
        expect(await statusOf(before, bearing(old))).toBe(200);
        expect((await secrets(['rotate', 'jwt'])).out).toStartWith('Step 1 of 3');
        // It would be refused, so it does not sign yet; and the server has to have it first.
        expect(await statusOf(before, bearing(await minted()))).toBe(200);
        await refused(secrets(['rotate', 'jwt', '--url', before.url.origin]), 'does not know key');
      }
      {
        await using known = await deployed();
        for (const credential of [old, bare, await minted()])
          expect(await statusOf(known, bearing(credential))).toBe(200);
        const step = await secrets(['rotate', 'jwt', '--url', known.url.origin]);
        expect(step.out).toContain('Step 2 of 3');
        expect(step.err).toContain('rotate jwt --finish');
        // Signed with the new key, and taken by the server that has not heard of this step.
        expect(await statusOf(known, bearing(await minted()))).toBe(200);
      }
      const fresh = await minted();
      {
        await using both = await deployed();
        for (const credential of [old, bare, fresh])
          expect(await statusOf(both, bearing(credential))).toBe(200);
        const status = await secrets(['status', '--url', both.url.origin]);
        expect(status.out).toMatch(/default +checks until --finish; the server knows it/);
        expect(status.out).toMatch(/20\d\d-\d\d-\d\d +signs and checks, since .*knows it/);
      }
      await refused(secrets(['rotate', 'jwt']), 'signs already');
      await refused(secrets(['rotate', 'jwt', '--finish']), 'are good until');
      expect(await later(HOUR_MS - 60_000, ['rotate', 'jwt', '--finish'])).toMatchObject({
        code: 1,
      });
      expect(await later(HOUR_MS + 10_000, ['rotate', 'jwt', '--finish'])).toMatchObject({
        code: 0,
        out: expect.stringContaining('Step 3 of 3'),
      });
      await using after = await deployed();
      expect(await statusOf(after, bearing(fresh))).toBe(200);
      expect(await statusOf(after, bearing(await minted()))).toBe(200);
      for (const credential of [old, bare, token({}, JWT_SECRET, 'default')])
        expect(await statusOf(after, bearing(credential))).toBe(401);
      await refused(secrets(['rotate', 'jwt', '--finish']), 'No rotation is under way.');
    },
  );

  it('goes on from a key of the list, and leaves the others alone', async () => {
    const [a, b] = KEYS;
    writeFileSync(file, `${START}MCP_JWT_SECRETS='${JSON.stringify(KEYS)}'\n`);
    expect((await secrets(['rotate', 'jwt'])).code).toBe(0);
    const [first, second, waiting] = keysOf(await loaded());
    expect([first, second]).toEqual([a, b]);
    expect(waiting).toMatchObject({ standby: true, replaces: a.kid });
    await refused(secrets(['rotate', 'jwt', '--finish']), 'does not sign yet');
    expect((await secrets(['rotate', 'jwt', '--now'])).code).toBe(0);
    const env = await loaded();
    expect(keysOf(env).map(({ kid }) => kid)).toEqual([waiting?.kid ?? '', b.kid]);
    expect(env['MCP_JWT_SECRET']).toBe(JWT_SECRET);
  });

  it('with --now waits for nothing: the key that has leaked is gone at once', async () => {
    expect((await secrets(['rotate', 'jwt', '--now'])).out).toContain('key default is gone');
    const env = await loaded();
    expect(env['MCP_JWT_SECRET']).not.toBe(JWT_SECRET);
    expect(keysOf(env)).toMatchObject([{ since: expect.any(String) }]);
    // The same day again, under a name of its own.
    expect((await secrets(['rotate', 'jwt', '--now'])).code).toBe(0);
    expect(keysOf(await loaded())[0]?.kid).toMatch(/^\d{4}-\d\d-\d\d\.2$/);
  });

  it('waits as long as tokens live where it runs, a day outside production', async () => {
    const since = new Date(Date.now() - 2 * HOUR_MS).toISOString();
    const list = [{ ...KEYS[0], since, replaces: 'default' }];
    const text = START.replace('production', 'development');
    writeFileSync(file, `${text}MCP_JWT_SECRETS='${JSON.stringify(list)}'\n`);
    await refused(secrets(['rotate', 'jwt', '--finish']), 'in 22 h');
    expect((await later(23 * HOUR_MS, ['rotate', 'jwt', '--finish'])).code).toBe(0);
  });
});

describe('bun mcp secrets rotate shared', () => {
  it('keeps the old one good until --finish', async () => {
    const withSecret = (secret = '') => ({ 'X-MCP-Secret': secret });
    expect((await secrets(['rotate', 'shared'])).code).toBe(0);
    const fresh = (await loaded())['MCP_SHARED_SECRET'];
    expect(fresh).not.toBe(SHARED_SECRET);
    {
      await using both = await deployed();
      for (const secret of [SHARED_SECRET, fresh])
        expect(await statusOf(both, withSecret(secret))).toBe(200);
      expect(await statusOf(both, withSecret(JWT_SECRET))).toBe(401);
    }
    await refused(secrets(['rotate', 'shared']), '--finish');
    expect((await secrets(['status'])).out).toContain('good until --finish');
    expect((await secrets(['rotate', 'shared', '--finish'])).code).toBe(0);
    await using after = await deployed();
    expect(await statusOf(after, withSecret(fresh))).toBe(200);
    expect(await statusOf(after, withSecret(SHARED_SECRET))).toBe(401);
    await refused(secrets(['rotate', 'shared', '--finish']), 'No rotation is under way.');
  });

  it('with --now keeps none', async () => {
    await secrets(['rotate', 'shared']);
    expect((await secrets(['rotate', 'shared', '--now'])).code).toBe(0);
    expect(readFileSync(file, 'utf8')).not.toContain('PREVIOUS');
  });
});

describe('the tokens of operator and runner', () => {
  it.each([
    ['admin', 'MCP_ADMIN_TOKEN'],
    ['runner', 'MCP_RUNNER_TOKEN'],
  ])('%s is replaced at once, and that is said', async (name, variable) => {
    const before = await loaded();
    const { code, out } = await secrets(['rotate', name]);
    expect(code).toBe(0);
    expect(out).toContain('the old one is refused');
    const after = await loaded();
    expect(after[variable]).toMatch(/^[0-9a-f]{64}$/);
    expect({ ...after, [variable]: '' }).toEqual({ ...before, [variable]: '' });
    await refused(secrets(['rotate', name, '--finish']), 'has no overlap');
  });
});

describe('a secret', () => {
  it('is shown by `secrets print` alone, for a pipe', async () => {
    const run = await mcpProcess(['secrets', 'print', 'MCP_ADMIN_TOKEN'], { env: {}, folder });
    expect(run).toEqual({ code: 0, out: ADMIN_TOKEN, err: '' });
    await refused(secrets(['print', 'HOME']), 'Which secret?');
    await refused(secrets(['print', 'MCP_JWT_SECRETS']), '.env has no MCP_JWT_SECRETS');
    await refused(secrets(['rotate', 'all']), 'Which secret?');
  });

  it('is in nothing that any other command has said', () => {
    expect(secretsTold()).toEqual([]);
  });
});
