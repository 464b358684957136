// Who is let in, without a Worker around it; auth.test.ts asks one.
import { describe, expect, it, spyOn } from 'bun:test';

import { type Credentials, claims, forgeries, misuses, signed } from '../../test/kit/forgeries.ts';
import {
  ADMIN_TOKEN,
  bearer,
  JWT_SECRET,
  RUNNER_TOKEN,
  SHARED_SECRET,
  token,
} from '../../test/kit/tokens.ts';
import { SCOPES } from '../contract/scopes.ts';
import { bearerToken, createAuthenticate, isAdmin, presentsCredential } from './auth.ts';
import type { Settings } from './settings.ts';

const SETTINGS: Settings = {
  environment: 'production',
  allowedOrigins: [],
  sharedSecret: SHARED_SECRET,
  jwtSecret: JWT_SECRET,
  catalog: { stack: 'demo', stage: 'prod', hub: 'prod', self: 'mcp-server', entries: [] },
};

const headersOf = (credentials: Credentials): Headers => {
  const headers = new Headers();
  for (const [name, value] of credentials) headers.append(name, value);
  return headers;
};

describe('credentials that are not ours', () => {
  it.each([...forgeries(), ...misuses()])('are refused: %s', async (_, credentials) => {
    const refused = await createAuthenticate(SETTINGS)(headersOf(credentials), Date.now());
    expect(refused).toEqual({ ok: false, error: expect.stringMatching(/^[a-z_]+$/) });
  });

  it.each([
    ['no_credential', {}],
    ['malformed', { Authorization: 'Bearer' }],
    ['wrong_secret', { 'X-MCP-Secret': '' }],
    ['wrong_secret', { 'X-MCP-Secret': 'no', ...bearer() }],
    ['wrong_algorithm', { Authorization: `Bearer ${signed({ alg: 'HS512' }, claims())}` }],
    ['bad_signature', { Authorization: `Bearer ${token({}, RUNNER_TOKEN)}` }],
  ] as const)('are told apart for the log: %s', async (error, headers) => {
    const refused = await createAuthenticate(SETTINGS)(new Headers(headers), Date.now());
    expect(refused).toEqual({ ok: false, error });
  });
});

it('whoever presents a credential of either kind has presented one, however wrong it is', () => {
  expect(presentsCredential(new Headers({ Authorization: '' }))).toBe(true);
  expect(presentsCredential(new Headers({ 'X-MCP-Secret': '' }))).toBe(true);
  expect(presentsCredential(new Headers({ Cookie: 'a=b' }))).toBe(false);
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

  it('is forgotten once it is no longer good', async () => {
    const authenticate = createAuthenticate(SETTINGS);
    const exp = 1_800_000_000;
    const headers = new Headers(bearer({ iat: exp - 60, exp }));
    await authenticate(headers, exp * 1_000);
    const late = () => authenticate(headers, (exp + 60) * 1_000);
    expect(await verifications(late)).toBe(0);
    expect(await verifications(late)).toBe(1);
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
    for (const given of [SETTINGS, { ...SETTINGS, adminToken: '' }])
      expect(await isAdmin(new Headers(), given)).toBe(false);
  });
});

describe('the shared secret', () => {
  const verdict = async (secret: string, settings: Partial<Settings> = {}) => {
    const authenticate = createAuthenticate({ ...SETTINGS, ...settings });
    const caller = await authenticate(new Headers({ 'X-MCP-Secret': secret }), Date.now());
    return caller.ok ? caller.value.client : caller.error;
  };

  it('is the operator’s, by that name and no other', async () => {
    expect(await verdict(SHARED_SECRET)).toBe('shared-secret');
    for (const other of ['', 'undefined', JWT_SECRET, ADMIN_TOKEN, `${SHARED_SECRET}0`])
      expect(await verdict(other)).toBe('wrong_secret');
  });

  it('may be the one before it, while that one is set', async () => {
    const rotated = { sharedSecret: RUNNER_TOKEN, previousSharedSecret: SHARED_SECRET };
    expect(await verdict(RUNNER_TOKEN, rotated)).toBe('shared-secret');
    expect(await verdict(SHARED_SECRET, rotated)).toBe('shared-secret');
    expect(await verdict(ADMIN_TOKEN, rotated)).toBe('wrong_secret');
    expect(await verdict(SHARED_SECRET, { sharedSecret: RUNNER_TOKEN })).toBe('wrong_secret');
  });

  it('has 8192 characters at most, and is not cut to them', async () => {
    for (const [length, client] of [
      [8_192, 'shared-secret'],
      [8_193, 'wrong_secret'],
    ] as const) {
      const sharedSecret = 'a'.repeat(length);
      expect(await verdict(sharedSecret, { sharedSecret })).toBe(client);
      expect(await verdict(`${sharedSecret}a`, { sharedSecret })).toBe('wrong_secret');
    }
  });

  it('is for every stage', async () => {
    const authenticate = createAuthenticate(SETTINGS);
    const caller = await authenticate(new Headers({ 'X-MCP-Secret': SHARED_SECRET }), Date.now());
    expect(caller).toMatchObject({ value: { subject: 'shared-secret', stages: ['*'] } });
  });

  it('may use every tool, and is subject to the dark launch like any client', async () => {
    const authenticate = createAuthenticate(SETTINGS);
    const caller = await authenticate(new Headers({ 'X-MCP-Secret': SHARED_SECRET }), Date.now());
    const scopes = caller.ok ? caller.value.scopes : [];
    expect(scopes).toEqual(SCOPES.filter((scope) => scope !== 'rollout:bypass'));
  });
});

describe('the Bearer header', () => {
  it('yields one token of the allowed characters, or none', () => {
    expect(bearerToken('Bearer a.b.c')).toBe('a.b.c');
    expect(bearerToken(null)).toBeUndefined();
    expect(bearerToken('Bearer a.b.c, Bearer a.b.c')).toBeUndefined();
    expect(bearerToken('xBearer a.b.c')).toBeUndefined();
    const longest = 'a'.repeat(8_192 - 'Bearer '.length);
    expect(bearerToken(`Bearer ${longest}`)).toBe(longest);
    expect(bearerToken(`Bearer ${longest}a`)).toBeUndefined();
  });
});
