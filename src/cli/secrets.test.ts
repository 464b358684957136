// `bun mcp secrets`: whole rotations, with a server that is deployed anew after each step, and what a person may do wrong.
import { afterAll, beforeEach, describe, expect, it, setDefaultTimeout } from 'bun:test';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { mcp, mcpProcess } from '../../test/kit/cli.ts';
import { type Cloud, startCloud } from '../../test/kit/cloud.ts';
import { ping } from '../../test/kit/edge-calls.ts';
import { keeps } from '../../test/kit/keeps.ts';
import {
  ADMIN_TOKEN,
  JWT_SECRET,
  KEYS,
  RUNNER_TOKEN,
  SHARED_SECRET,
  token,
} from '../../test/kit/tokens.ts';
import { parseKeys, type TokenKey } from '../contract/key-ring.ts';
import { SECRET_NAMES } from './secrets/names.ts';

setDefaultTimeout(60_000);

const HOUR_MS = 3_600_000;
const START = [
  '# of the team',
  'ENVIRONMENT=production',
  `MCP_SHARED_SECRET=${SHARED_SECRET}`,
  `export MCP_JWT_SECRET="${JWT_SECRET}" # first`,
  '',
  `MCP_ADMIN_TOKEN='${ADMIN_TOKEN}'`,
  `MCP_RUNNER_TOKEN=${RUNNER_TOKEN}`,
  'OTHER="a  b" # stays',
  '',
].join('\n');

const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, '.env');
beforeEach(() => {
  writeFileSync(file, START);
});

/** What a process in the folder has in its environment: Bun reads the file, and nobody else. */
const loaded = async (): Promise<Record<string, string>> => {
  const names = JSON.stringify([...SECRET_NAMES, 'ENVIRONMENT', 'OTHER']);
  const code = `console.log(JSON.stringify(Object.fromEntries(${names}.map((n) => [n, process.env[n]]))))`;
  const run = Bun.spawn([process.execPath, '-e', code], {
    cwd: folder,
    env: { PATH: process.env['PATH'] },
    stdout: 'pipe',
  });
  return JSON.parse(await new Response(run.stdout).text());
};

const keysOf = (env: Record<string, string>): readonly TokenKey[] => {
  const parsed = parseKeys(env['MCP_JWT_SECRETS']);
  return parsed.ok ? parsed.value : [];
};

const all: string[] = [];
/** In the folder, as a person does. */
const secrets = async (words: readonly string[], env: Record<string, string> = {}) => {
  const run = await mcpProcess(['secrets', ...words], { env, folder });
  all.push(run.out, run.err);
  return run;
};

/** The same an hour or so later. */
const later = (ms: number, words: readonly string[], env: Record<string, string> = {}) =>
  mcp(['secrets', ...words, '--env', file], { env, now: () => Date.now() + ms });

const refused = async (run: Promise<{ code: number; out: string; err: string }>, told: string) => {
  const { code, out, err } = await run;
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toContain(told);
  expect(err.split('\n')).toHaveLength(1);
};

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

describe('the file', () => {
  it('keeps every other line, and is nobody else’s to read', async () => {
    chmodSync(file, 0o644);
    for (const name of ['jwt', 'shared', 'admin', 'runner'])
      expect((await secrets(['rotate', name])).code).toBe(0);
    const lines = readFileSync(file, 'utf8').split('\n');
    const others = START.split('\n').filter((line) => !line.includes('MCP_'));
    expect(lines.filter((line) => !line.includes('MCP_'))).toEqual(others);
    expect(lines.filter((line) => line.includes('MCP_JWT_SECRET'))).toHaveLength(2);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).filter((name) => name.startsWith('.env'))).toEqual(['.env']);
    expect(await loaded()).toMatchObject({ OTHER: 'a  b', ENVIRONMENT: 'production' });
  });

  it('may be a link, which stays one', async () => {
    const real = join(folder, 'elsewhere');
    writeFileSync(real, START);
    rmSync(file);
    symlinkSync(real, file);
    expect((await secrets(['rotate', 'admin'])).code).toBe(0);
    expect(readFileSync(real, 'utf8')).not.toContain(ADMIN_TOKEN);
    rmSync(file);
  });

  it('reads the same to a shell, whatever a key is made of', async () => {
    const odd = { kid: 'odd', secret: `$HOME'"\\#\`a1b2c3d4e5f60718293a4b5c6d7e8f90` };
    const list = JSON.stringify([odd]).replace('$', '\\u0024').replace("'", '\\u0027');
    writeFileSync(file, `${START}MCP_JWT_SECRETS='${list}'\n`);
    expect((await secrets(['rotate', 'jwt'])).code).toBe(0);
    expect(keysOf(await loaded())[0]).toEqual(odd);
    const script = 'set -a; . ./.env; set +a; printf %s "$MCP_JWT_SECRETS"';
    const shell = Bun.spawn(['bash', '-c', script], { cwd: folder, env: {}, stdout: 'pipe' });
    const MCP_JWT_SECRETS = await new Response(shell.stdout).text();
    expect(keysOf({ MCP_JWT_SECRETS })[0]).toEqual(odd);
  });

  it.each([
    ['is not there', () => rmSync(file), {}, 'There is no .env here.'],
    [
      'says one thing and the environment another',
      () => {},
      { MCP_ADMIN_TOKEN: RUNNER_TOKEN },
      'is in the environment with another value',
    ],
    [
      'has a name twice',
      () => writeFileSync(file, `${START}MCP_JWT_SECRET=x\n`),
      {},
      'has two lines of MCP_JWT_SECRET',
    ],
    [
      'holds a list that is none',
      () => writeFileSync(file, `${START}MCP_JWT_SECRETS=[]\n`),
      {},
      'MCP_JWT_SECRETS is not valid',
    ],
  ] as const)('is left alone when it %s', async (_, prepare, env, told) => {
    prepare();
    await refused(secrets(['rotate', 'jwt'], env), told);
    writeFileSync(file, START);
  });
});

describe('GitHub', () => {
  const bin = join(folder, 'bin');
  const heard = join(folder, 'heard');
  const withGh = (exit = 0) => {
    mkdirSync(bin, { recursive: true });
    writeFileSync(
      join(bin, 'gh'),
      `#!/bin/sh\n{ echo "$@"; cat; echo; } >> '${heard}'\nexit ${exit}\n`,
    );
    chmodSync(join(bin, 'gh'), 0o755);
    rmSync(heard, { force: true });
    return { PATH: `${bin}:${process.env['PATH']}` };
  };

  it('is given the new values through stdin, with --gh', async () => {
    expect((await secrets(['rotate', 'shared', '--gh'], withGh())).code).toBe(0);
    const { MCP_SHARED_SECRET: fresh } = await loaded();
    expect(readFileSync(heard, 'utf8').trim().split('\n')).toEqual([
      'secret set MCP_SHARED_SECRET',
      fresh ?? '',
      'secret set MCP_SHARED_SECRET_PREVIOUS',
      SHARED_SECRET,
    ]);
    expect((await secrets(['rotate', 'shared', '--finish', '--gh'], withGh())).code).toBe(0);
    expect(readFileSync(heard, 'utf8').trim()).toBe('secret delete MCP_SHARED_SECRET_PREVIOUS');
  });

  it('may refuse, which is told with the command that is left', async () => {
    const run = await secrets(['rotate', 'admin', '--gh'], withGh(1));
    expect(run.code).toBe(1);
    expect(run.err).toContain(
      'bun mcp secrets print MCP_ADMIN_TOKEN | gh secret set MCP_ADMIN_TOKEN',
    );
  });

  it('without the command gh changes nothing', async () => {
    const { code, err } = await secrets(['rotate', 'admin', '--gh'], { PATH: '/nowhere' });
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('cli.github.com') });
    expect(readFileSync(file, 'utf8')).toBe(START);
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

  it('is in nothing that any other command has said', async () => {
    const known = [...Object.values(await loaded()), ...KEYS.map(({ secret }) => secret)];
    const values = [...known, SHARED_SECRET, JWT_SECRET].filter((value) => value.length >= 32);
    expect(values.filter((value) => all.some((text) => text.includes(value)))).toEqual([]);
    // Whatever was drawn meanwhile looks like this.
    expect(all.join('\n')).not.toMatch(/[0-9a-f]{32}/);
  });
});
