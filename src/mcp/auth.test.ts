import { describe, expect, it, spyOn } from 'bun:test';

import fc from 'fast-check';

import { useCloud } from '../../test/kit/cloud.ts';
import { type Credentials, forgeries, misuses } from '../../test/kit/forgeries.ts';
import { refusal, rpc } from '../../test/kit/mcp-calls.ts';
import { rawHttp } from '../../test/kit/raw-http.ts';
import {
  ADMIN_TOKEN,
  bearer,
  JWT_SECRET,
  RUNNER_TOKEN,
  SHARED_SECRET,
  token,
} from '../../test/kit/tokens.ts';
import { SCOPES } from '../contract/scopes.ts';
import { isSameSecret } from '../lib/hash.ts';
import { bearerToken, createAuthenticate, isAdmin } from './auth.ts';
import type { Settings } from './settings.ts';

const SETTINGS: Settings = {
  environment: 'production',
  allowedOrigins: [],
  sharedSecret: SHARED_SECRET,
  jwtSecret: JWT_SECRET,
  catalog: { stack: 'demo', stage: 'prod', hub: 'prod', self: 'mcp-server', entries: [] },
};

const cloud = useCloud({ settings: { MCP_ADMIN_TOKEN: ADMIN_TOKEN } });

const LIST = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });

const listWith = (credentials: Credentials, path = '/mcp') =>
  rawHttp(
    cloud().url,
    [
      `POST ${path} HTTP/1.1`,
      'Content-Type: application/json',
      ...credentials.map(([name, value]) => `${name}: ${value}`),
    ],
    LIST,
  );

describe('credentials that are not ours', () => {
  const cases = [...forgeries(), ...misuses()];
  const seen = new Set<string>();

  it('are at least 60, each another', () => {
    expect(new Set(cases.map(([what]) => what)).size).toBe(cases.length);
    expect(cases.length).toBeGreaterThanOrEqual(60);
  });

  it.each(cases)('are refused: %s', async (_, credentials) => {
    const { status, headers, body } = await listWith(credentials);
    expect(status).toBe(401);
    headers.delete('x-request-id');
    headers.delete('date');
    const sameForAll = body.replace(/"requestId":"[0-9a-f-]{36}"/, '"requestId":"…"');
    seen.add(JSON.stringify([Object.fromEntries(headers), sameForAll]));
  });

  it('are all answered alike, so that nobody learns how near they came', () => {
    expect([...seen]).toHaveLength(1);
    expect([...seen][0]).toContain('Valid credentials are required.');
  });

  it('are not looked for in the address', async () => {
    for (const name of ['token', 'access_token', 'authorization', 'secret', 'X-MCP-Secret'])
      for (const value of [token(), SHARED_SECRET])
        expect((await listWith([], `/mcp?${name}=${value}`)).status).toBe(401);
  });

  it('leave a reason in the log, and nothing of themselves', async () => {
    await listWith([['X-MCP-Secret', 'canary-3f9a']]);
    const reasons = cloud().logs.filter((line) => line.includes('auth.refused'));
    expect(reasons.length).toBeGreaterThan(cases.length / 2);
    const all = cloud().logs.join('\n');
    for (const secret of ['canary-3f9a', SHARED_SECRET, JWT_SECRET, ADMIN_TOKEN, 'eyJ'])
      expect(all).not.toContain(secret);
  });
});

describe('credentials that are ours', () => {
  const valid = token();

  it.each([
    ['the shared secret', [['X-MCP-Secret', SHARED_SECRET]]],
    ['a token', [['Authorization', `Bearer ${valid}`]]],
    ['bearer in small letters', [['Authorization', `bearer ${valid}`]]],
    ['more than one space', [['Authorization', `Bearer    ${valid}`]]],
    ['header names in capitals', [['X-MCP-SECRET', SHARED_SECRET]]],
  ] satisfies [string, Credentials][])('are let in: %s', async (_, credentials) => {
    const { status } = await listWith(credentials);
    expect(status).toBe(200);
  });
});

describe('a token that ended a moment ago', () => {
  it('is let in for 5 s, because clocks differ, and no longer', async () => {
    const authenticate = createAuthenticate(SETTINGS);
    const exp = 1_800_000_000;
    const headers = new Headers(bearer({ iat: exp - 60, exp }));
    expect((await authenticate(headers, (exp + 4) * 1_000)).ok).toBe(true);
    expect(await authenticate(headers, (exp + 6) * 1_000)).toEqual({ ok: false, error: 'expired' });
    expect((await authenticate(headers, (exp + 4) * 1_000)).ok).toBe(true);
  });
});

describe('a token seen before', () => {
  const verifications = async (work: () => Promise<unknown>): Promise<number> => {
    const verify = spyOn(crypto.subtle, 'verify');
    try {
      await work();
      return verify.mock.calls.length;
    } finally {
      verify.mockRestore();
    }
  };

  it('costs no cryptography a second time, and means the same', async () => {
    const authenticate = createAuthenticate(SETTINGS);
    const headers = new Headers(bearer({ scope: 'db:query', stages: ['prod'] }));
    const first = await authenticate(headers, Date.now());
    expect(first).toMatchObject({ ok: true, value: { scopes: ['db:query'], stages: ['prod'] } });
    const again = async () => expect(await authenticate(headers, Date.now())).toEqual(first);
    expect(await verifications(again)).toBe(0);
  });

  it('is checked each time when it is ours and no longer good', async () => {
    const authenticate = createAuthenticate(SETTINGS);
    const exp = 1_800_000_000;
    const headers = new Headers(bearer({ iat: exp - 60, exp }));
    const late = () => authenticate(headers, (exp + 60) * 1_000);
    for (let call = 0; call < 2; call++) expect(await verifications(late)).toBe(1);
  });

  it('is checked each time when it is bad, and leaves the good ones alone', async () => {
    const authenticate = createAuthenticate(SETTINGS);
    const good = new Headers(bearer());
    await authenticate(good, Date.now());
    const attack = async () => {
      for (let n = 0; n < 1_500; n++) {
        const forged = `Bearer ${token({ sub: `user-${n}` }, RUNNER_TOKEN)}`;
        await authenticate(new Headers({ Authorization: forged }), Date.now());
      }
    };
    expect(await verifications(attack)).toBe(1_500);
    expect(await verifications(() => authenticate(good, Date.now()))).toBe(0);
  });
});

describe('the admin token', () => {
  const settings = { ...SETTINGS, adminToken: ADMIN_TOKEN };
  const asked = (Authorization: string, given: Settings = settings) =>
    isAdmin(new Headers({ Authorization }), given);

  it('is known as Bearer, and nothing else is', async () => {
    expect(await asked(`Bearer ${ADMIN_TOKEN}`)).toBe(true);
    for (const other of [
      SHARED_SECRET,
      JWT_SECRET,
      token(),
      ADMIN_TOKEN.slice(1),
      `${ADMIN_TOKEN}0`,
    ])
      expect(await asked(`Bearer ${other}`)).toBe(false);
    expect(await asked(ADMIN_TOKEN)).toBe(false);
    expect(await isAdmin(new Headers(), settings)).toBe(false);
    expect(await isAdmin(new Headers({ 'X-MCP-Secret': ADMIN_TOKEN }), settings)).toBe(false);
  });

  it('is nothing where none is set', async () => {
    for (const word of ['undefined', '', ADMIN_TOKEN])
      expect(await asked(`Bearer ${word}`, SETTINGS)).toBe(false);
  });
});

describe('the shared secret', () => {
  it('may use every tool, and is subject to the dark launch like any client', async () => {
    const authenticate = createAuthenticate(SETTINGS);
    const caller = await authenticate(new Headers({ 'X-MCP-Secret': SHARED_SECRET }), Date.now());
    const scopes = caller.ok ? caller.value.scopes : [];
    expect(scopes).toEqual(SCOPES.filter((scope) => scope !== 'rollout:bypass'));
  });
});

describe('the comparison of secrets', () => {
  it('is equality, wherever two differ and however long they are', async () => {
    const printable = fc.string({ unit: 'grapheme-ascii', maxLength: 80 });
    await fc.assert(
      fc.asyncProperty(printable, printable, async (a, b) => {
        expect(await isSameSecret(a, b)).toBe(a === b);
        expect(await isSameSecret(a, a)).toBe(true);
        expect(await isSameSecret(a, `${a}x`)).toBe(false);
      }),
    );
    for (let at = 0; at < SHARED_SECRET.length; at++) {
      const other = `${SHARED_SECRET.slice(0, at)}!${SHARED_SECRET.slice(at + 1)}`;
      expect(await isSameSecret(other, SHARED_SECRET)).toBe(false);
    }
  });
});

describe('the Bearer header', () => {
  it('yields one token of the allowed characters, or none', () => {
    expect(bearerToken('Bearer a.b.c')).toBe('a.b.c');
    expect(bearerToken(null)).toBeUndefined();
    expect(bearerToken('Bearer a.b.c, Bearer a.b.c')).toBeUndefined();
    expect(bearerToken(`Bearer ${'a'.repeat(8_193)}`)).toBeUndefined();
  });
});

describe('a scope', () => {
  const namesFor = async (claims: Record<string, unknown>) => {
    const { result } = await rpc(cloud(), 'tools/list', undefined, bearer(claims));
    return JSON.stringify(result);
  };

  it('hides the tools it does not cover, and calling one names what is missing', async () => {
    const listed = await namesFor({ scope: 'infra:read' });
    expect(listed).toContain('get_resource_status');
    expect(listed).not.toContain('trigger_workflow');
    const args = { workflowName: 'OnboardingWorkflow' };
    const refused = await refusal(
      cloud(),
      'trigger_workflow',
      args,
      bearer({ scope: 'infra:read' }),
    );
    expect(refused).toMatchObject({ code: 'SCOPE_MISSING' });
    expect(refused.next).toContain('workflow:trigger');
  });

  it('left out reads only', async () => {
    expect(await namesFor({})).not.toMatch(/trigger_workflow|send_durable_object_message/);
  });
});

describe('the stages of a token', () => {
  it.each([
    [['prod'], true],
    [['*'], true],
    [['p*'], true],
    [['*rod'], true],
    [['staging', 'prod'], true],
    [[], false],
    [[''], false],
    [['staging'], false],
    [['preview-*'], false],
    [['PROD'], false],
    [['prod2'], false],
    [['pro'], false],
    [['.*'], false],
    [['pr?d'], false],
  ])('%j on prod: %p', async (stages, allowed) => {
    const scope = 'cache:read';
    const args = { name: 'get_cache_stats', arguments: { stage: 'prod' } };
    const { result } = await rpc(cloud(), 'tools/call', args, bearer({ scope, stages }));
    expect(result?.['isError'] ?? false).toBe(!allowed);
    if (!allowed) expect(JSON.stringify(result)).toContain('STAGE_NOT_ALLOWED');
  });

  it('keep a stage secret that the token may not use: it hears the same of every other', async () => {
    const headers = bearer({ stages: ['preview-*'] });
    const words = [];
    for (const stage of ['prod', 'staging', 'no-such']) {
      const { code, message } = await refusal(cloud(), 'get_cache_stats', { stage }, headers);
      words.push(`${code} ${message.replace(stage, '…')}`);
    }
    expect(new Set(words).size).toBe(1);
  });
});
