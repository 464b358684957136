import { describe, expect, it } from 'bun:test';

import { JWT_SECRET, KEYS, token } from '../../test/kit/tokens.ts';
import { createReadSigned } from '../lib/signed-token.ts';
import { createKeyLookup, parseKeys, signingKey } from './key-ring.ts';

const [FIRST, SECOND] = KEYS;

describe('MCP_JWT_SECRETS', () => {
  it('is a JSON list of keys, the first of which signs', () => {
    const parsed = parseKeys(JSON.stringify(KEYS));
    expect(parsed).toEqual({ ok: true, value: [...KEYS] });
    expect(signingKey({ jwtSecret: JWT_SECRET, jwtSecrets: KEYS })).toEqual(FIRST);
    expect(signingKey({ jwtSecret: JWT_SECRET })).toEqual({ kid: 'default', secret: JWT_SECRET });
  });

  it('may hold a single key', () => {
    expect(parseKeys(JSON.stringify([FIRST]))).toEqual({ ok: true, value: [FIRST] });
  });

  it('may hold a key that stands by: it checks, and the next one signs, or MCP_JWT_SECRET', () => {
    const waiting = { ...FIRST, standby: true, replaces: 'default' } as const;
    const parsed = parseKeys(JSON.stringify([waiting, SECOND]));
    expect(parsed).toEqual({ ok: true, value: [waiting, SECOND] });
    const jwtSecret = JWT_SECRET;
    expect(signingKey({ jwtSecret, jwtSecrets: [waiting, SECOND] })).toEqual(SECOND);
    expect(signingKey({ jwtSecret, jwtSecrets: [waiting] }).kid).toBe('default');
    expect(createKeyLookup({ jwtSecret, jwtSecrets: [waiting] })(FIRST.kid)).toEqual({
      ok: true,
      value: FIRST.secret,
    });
  });

  const key = (over: object) => JSON.stringify([FIRST, { ...SECOND, ...over }]);

  it.each([
    ['nothing', ''],
    ['no JSON', `${FIRST.kid}:${FIRST.secret}`],
    ['half of it', JSON.stringify(KEYS).slice(0, -1)],
    ['no list', JSON.stringify(FIRST)],
    ['an empty list', '[]'],
    ['secrets alone', JSON.stringify(KEYS.map(({ secret }) => secret))],
    ['a key without kid', key({ kid: undefined })],
    ['an empty kid', key({ kid: '' })],
    ['a kid with a space', key({ kid: 'a b' })],
    ['a kid that is a number', key({ kid: 1 })],
    ['a misspelt field', key({ Secret: SECOND.secret })],
    ['a key that half stands by', key({ standby: false })],
    ['a time that is none', key({ since: 'yesterday' })],
    ['a short secret', key({ secret: 'a1b2c3d4e5f60718' })],
    ['a placeholder', key({ secret: 'your-jwt-secret-here-0123456789abcdef' })],
    ['the same kid twice', key({ kid: FIRST.kid })],
    [
      'eleven keys',
      JSON.stringify(Array.from({ length: 11 }, (_, n) => ({ ...FIRST, kid: `${n}` }))),
    ],
    ['something else', undefined],
    ['a list of such texts', [JSON.stringify(KEYS)]],
    ['an object', KEYS],
  ])('is refused, named and not quoted: %s', (_, value) => {
    const parsed = parseKeys(value);
    const words = parsed.ok ? '' : parsed.error.join(' ');
    expect(words).toContain('MCP_JWT_SECRETS');
    for (const { secret } of KEYS) expect(words).not.toContain(secret.slice(0, 12));
    expect(words).not.toContain('a1b2c3d4');
  });
});

describe('the key of a token', () => {
  const verdict = async (text: string, keys: Parameters<typeof createKeyLookup>[0]) => {
    const read = await createReadSigned(createKeyLookup(keys))(text);
    return read.ok ? 'good' : read.error;
  };
  const one = { jwtSecret: JWT_SECRET };
  const three = { jwtSecret: JWT_SECRET, jwtSecrets: KEYS };
  const strict = { ...three, isJwtStrict: true };

  it('is MCP_JWT_SECRET when there is no other, with its kid or without', async () => {
    for (const keys of [one, { ...one, isJwtStrict: true }]) {
      expect(await verdict(token(), keys)).toBe('good');
      expect(await verdict(token({}, JWT_SECRET, 'default'), keys)).toBe('good');
      expect(await verdict(token({}, JWT_SECRET, 'another'), keys)).toBe('unknown_kid');
    }
  });

  it('is that of its kid, and no other is tried', async () => {
    for (const keys of [three, strict])
      for (const { kid, secret } of [...KEYS, { kid: 'default', secret: JWT_SECRET }]) {
        expect(await verdict(token({}, secret, kid), keys)).toBe('good');
        for (const other of [FIRST.kid, SECOND.kid, 'default'].filter((it) => it !== kid))
          expect(await verdict(token({}, secret, other), keys)).toBe('bad_signature');
        expect(await verdict(token({}, secret, 'gone'), keys)).toBe('unknown_kid');
      }
  });

  it('is MCP_JWT_SECRET without a kid, which the guide’s snippet has none of', async () => {
    expect(await verdict(token(), three)).toBe('good');
    expect(await verdict(token({}, FIRST.secret), three)).toBe('bad_signature');
  });

  it('must be named in strict mode when there are several', async () => {
    for (const keys of [strict, { ...strict, jwtSecrets: [FIRST] }])
      for (const secret of [JWT_SECRET, FIRST.secret])
        expect(await verdict(token({}, secret), keys)).toBe('missing_kid');
  });

  it('may take over the name of MCP_JWT_SECRET, which is then rotated out as well', async () => {
    const after = {
      jwtSecret: SECOND.secret,
      jwtSecrets: [FIRST, { kid: 'default', secret: JWT_SECRET }],
    };
    expect(await verdict(token({}, JWT_SECRET, 'default'), after)).toBe('good');
    expect(await verdict(token({}, SECOND.secret, 'default'), after)).toBe('bad_signature');
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'is not found on an object’s prototype: %s',
    async (kid) => {
      expect(await verdict(token({}, JWT_SECRET, kid), three)).toBe('unknown_kid');
    },
  );
});
