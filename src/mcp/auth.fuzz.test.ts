// Header values nobody wrote by hand. MCP_FUZZ_RUNS makes it as many as there is time for.
import { describe, expect, it } from 'bun:test';

import fc from 'fast-check';

import { useCloud } from '../../test/kit/cloud.ts';
import { ADMIN_TOKEN, JWT_SECRET, KEYS, SHARED_SECRET, token } from '../../test/kit/tokens.ts';
import { createAuthenticate, isAdmin } from './auth.ts';
import type { Settings } from './settings.ts';

const RUNS = Number(process.env['MCP_FUZZ_RUNS'] ?? 10_000);
const SENT_TO_A_WORKER = 150;

const SETTINGS: Settings = {
  environment: 'production',
  allowedOrigins: [],
  sharedSecret: SHARED_SECRET,
  jwtSecret: JWT_SECRET,
  jwtSecrets: KEYS,
  adminToken: ADMIN_TOKEN,
  catalog: { stack: 'demo', stage: 'prod', hub: 'prod', self: 'mcp-server', entries: [] },
};

const VALID = [token(), ...KEYS.map(({ kid, secret }) => token({}, secret, kid))];
const GOOD: readonly string[] = [...VALID, SHARED_SECRET, ADMIN_TOKEN];

/** What a header may hold at all, and often what tokens are made of. */
const character = fc.oneof(
  fc.constantFrom(...'AEQgw048_-=.+/,;" \t'.split('')),
  fc
    .integer({ min: 0x20, max: 0xff })
    .filter((code) => code !== 0x7f)
    .map((code) => String.fromCharCode(code)),
);
const words = fc.array(character, { maxLength: 120 }).map((parts) => parts.join(''));

/** A good credential after a slip of the pen: something cut out, put in, doubled or turned round. */
const slip = fc
  .record({
    good: fc.constantFrom(...GOOD),
    at: fc.nat(400),
    length: fc.nat(6),
    put: fc.oneof(fc.constant(''), words, character),
    turn: fc.constantFrom('none', 'twice', 'upper', 'reverse'),
  })
  .map(({ good, at, length, put, turn }) => {
    const start = at % good.length;
    const text = good.slice(0, start) + put + good.slice(start + length);
    if (turn === 'twice') return text + text;
    if (turn === 'upper') return text.replaceAll(/[a-z]/g, (letter) => letter.toUpperCase());
    return turn === 'reverse' ? text.split('').toReversed().join('') : text;
  });

const encode = (value: unknown): string =>
  Buffer.from(JSON.stringify(value) ?? '').toString('base64url');
const key = fc.constantFrom(
  'alg',
  'kid',
  'typ',
  'crit',
  'b64',
  'jwk',
  'jku',
  'x5c',
  'sub',
  'exp',
  'iss',
);
const value = fc.oneof(
  fc.constantFrom('HS256', 'none', 'RS256', 'default', KEYS[0].kid, '__proto__', 4_000_000_000),
  fc.jsonValue({ maxDepth: 2 }),
);
const json = fc.dictionary(key, value);
/** Well made, and signed by nobody, or with the signature of another token. */
const forged = fc
  .tuple(json, json, fc.oneof(words, fc.constantFrom(...VALID.map((it) => it.split('.')[2] ?? ''))))
  .map(
    ([header, claims, signature]) =>
      `${encode({ alg: 'HS256', ...header })}.${encode(claims)}.${signature}`,
  );

const credential = fc.oneof(slip, forged, words);
const scheme = fc.constantFrom(
  'Bearer ',
  'bearer ',
  'Bearer  ',
  'Basic ',
  'Bearer\t',
  'Bearer',
  '',
);
const headerPair = fc.oneof(
  fc.tuple(
    fc.constant('Authorization'),
    fc.tuple(scheme, credential).map((parts) => parts.join('')),
  ),
  fc.tuple(fc.constant('X-MCP-Secret'), credential),
);

/** A slip may have changed nothing, and a header's edges are trimmed on the way. */
const isGood = ([, text]: readonly [string, string]): boolean =>
  GOOD.includes(text.trim().replace(/^Bearer +/i, ''));

describe('header values nobody wrote', () => {
  const authenticate = createAuthenticate(SETTINGS);

  it(`are refused, all ${RUNS}, and none is a crash`, async () => {
    await fc.assert(
      fc.asyncProperty(headerPair, async (pair) => {
        fc.pre(!isGood(pair));
        const headers = new Headers([pair]);
        expect(await authenticate(headers, Date.now())).toMatchObject({ ok: false });
        expect(await isAdmin(headers, SETTINGS)).toBe(false);
      }),
      { numRuns: RUNS },
    );
  }, 600_000);

  const cloud = useCloud({
    bare: true,
    settings: { MCP_JWT_SECRETS: JSON.stringify(KEYS), MCP_ADMIN_TOKEN: ADMIN_TOKEN },
  });

  it(`are 401 from a Worker, as all of ${SENT_TO_A_WORKER} were`, async () => {
    const pairs = fc.sample(headerPair, SENT_TO_A_WORKER).filter((pair) => !isGood(pair));
    expect(pairs.length).toBeGreaterThan(SENT_TO_A_WORKER * 0.9);
    for (const pair of pairs) {
      const response = await cloud().fetch('/mcp', { method: 'POST', headers: [pair], body: '{}' });
      expect(response.status, JSON.stringify(pair)).toBe(401);
      await response.body?.cancel();
    }
  });
});
