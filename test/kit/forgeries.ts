// Credentials that must not be accepted, by what is wrong with them. Those in `MISUSES` are signed with the server's own
// key, and refused for what they claim; the rest is what somebody without the key can make.
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';

import { ADMIN_TOKEN, JWT_SECRET, KEYS, RUNNER_TOKEN, SHARED_SECRET, token } from './tokens.ts';

export type Json = Readonly<Record<string, unknown>>;
/** Header lines, since a name may come twice. */
export type Credentials = readonly (readonly [name: string, value: string])[];

const now = (): number => Math.floor(Date.now() / 1000);
const text = (value: string | Buffer): string => Buffer.from(value).toString('base64url');
const json = (value: unknown): string => text(JSON.stringify(value));

export const HEADER = { alg: 'HS256', typ: 'JWT' } as const;
export const claims = (over: Json = {}): Json => ({
  sub: 'user-123',
  client_id: 'my-client',
  iat: now(),
  exp: now() + 3_600,
  ...over,
});

const hmac = (input: string, key: string | Buffer, hash = 'sha256'): string =>
  createHmac(hash, key).update(input).digest('base64url');

/** `header.payload.signature`, signed by HMAC whatever the header says. */
export const signed = (
  header: unknown,
  payload: unknown,
  key: string | Buffer = JWT_SECRET,
  hash?: string,
) => {
  const input = `${json(header)}.${json(payload)}`;
  return `${input}.${hmac(input, key, hash)}`;
};

/** For claims that JSON.stringify would not write. */
const signedText = (payload: string | Buffer): string => {
  const input = `${json(HEADER)}.${text(payload)}`;
  return `${input}.${hmac(input, JWT_SECRET)}`;
};

export const bearer = (value: string): Credentials => [['Authorization', `Bearer ${value}`]];
export const each = <T>(values: Readonly<Record<string, T>>, to: (value: T) => Credentials) =>
  Object.entries(values).map(([what, value]): [string, Credentials] => [what, to(value)]);

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const publicPem = rsa.publicKey.export({ type: 'spki', format: 'pem' });
const publicJwk = rsa.publicKey.export({ format: 'jwk' });

const rs256 = (header: Json): string => {
  const input = `${json({ ...header, alg: 'RS256' })}.${json(claims())}`;
  return `${input}.${sign('sha256', Buffer.from(input), rsa.privateKey).toString('base64url')}`;
};

const [head = '', body = '', signature = ''] = token().split('.');
const flip = (part: string, at: number): string =>
  part.slice(0, at) + (part[at] === 'A' ? 'B' : 'A') + part.slice(at + 1);

/** Its last character has two bits that are no part of it: the same bytes, written otherwise. */
const respelt = (signature: string): string => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return signature.slice(0, -1) + (alphabet[alphabet.indexOf(signature.slice(-1)) + 1] ?? '');
};

/** Presented in a way that is not the way. */
const presented = (): [string, Credentials][] => {
  const valid = token();
  return [
    ['nothing', []],
    ...each(
      {
        'an empty Authorization': '',
        'Bearer alone': 'Bearer',
        'Bearer and a space': 'Bearer ',
        'the token alone': valid,
        'another scheme': `Token ${valid}`,
        Basic: `Basic ${text(`user:${valid}`)}`,
        'a comma after Bearer': `Bearer,${valid}`,
        'a quoted token': `Bearer "${valid}"`,
        'the token twice': `Bearer ${valid} ${valid}`,
        'a trailing comma': `Bearer ${valid},`,
        'a trailing parameter': `Bearer ${valid}; realm=x`,
        'a tab in the token': `Bearer ${valid.slice(0, 40)}\t${valid.slice(40)}`,
        'a token in braces': `Bearer {${valid}}`,
        'the admin token as Bearer': `Bearer ${ADMIN_TOKEN}`,
        'the runner token as Bearer': `Bearer ${RUNNER_TOKEN}`,
      },
      (value) => [['Authorization', value]],
    ),
    ['two Authorization headers', [...bearer(valid), ...bearer(valid)]],
    ['garbage and a good header', [...bearer('x.y.z'), ...bearer(valid)]],
    ['a cookie', [['Cookie', `access_token=${valid}; Authorization=Bearer ${valid}`]]],
    ['Proxy-Authorization', [['Proxy-Authorization', `Bearer ${valid}`]]],
    ['X-Authorization', [['X-Authorization', `Bearer ${valid}`]]],
    ['the token as secret', [['X-MCP-Secret', valid]]],
    ['a wrong secret beside a good token', [['X-MCP-Secret', 'no'], ...bearer(valid)]],
  ];
};

const SECRETS = each(
  {
    'a prefix of the secret': SHARED_SECRET.slice(0, -1),
    'more than the secret': `${SHARED_SECRET}0`,
    'the secret in capitals': SHARED_SECRET.toUpperCase(),
    'no secret': '',
    'the word undefined': 'undefined',
    'the JWT secret': JWT_SECRET,
    'the runner token': RUNNER_TOKEN,
    'the admin token': ADMIN_TOKEN,
    'the secret twice': `${SHARED_SECRET}, ${SHARED_SECRET}`,
    'the secret as Bearer': `Bearer ${SHARED_SECRET}`,
    'a long secret': SHARED_SECRET.repeat(300),
  },
  (value) => [['X-MCP-Secret', value]],
);

const ALGORITHMS = each(
  {
    ...Object.fromEntries(
      ['none', 'None', 'NONE', 'nOnE'].flatMap((alg) => [
        [`alg ${alg} without signature`, `${json({ alg })}.${json(claims())}.`],
        [`alg ${alg} with a signature`, signed({ alg }, claims())],
      ]),
    ),
    'HS384 with our key': signed({ alg: 'HS384' }, claims(), JWT_SECRET, 'sha384'),
    'HS512 with our key': signed({ alg: 'HS512' }, claims(), JWT_SECRET, 'sha512'),
    'RS256 of its own key': rs256({}),
    'RS256 in name only': signed({ alg: 'RS256' }, claims()),
    'HS256 keyed by a public key': signed(HEADER, claims(), publicPem),
    'ES256 in name only': signed({ alg: 'ES256' }, claims()),
    'PS256 in name only': signed({ alg: 'PS256' }, claims()),
    'EdDSA in name only': signed({ alg: 'EdDSA' }, claims()),
    'no alg': signed({ typ: 'JWT' }, claims()),
    'alg in small letters': signed({ alg: 'hs256' }, claims()),
    'alg as a list': signed({ alg: ['HS256'] }, claims()),
    'alg as a number': signed({ alg: 256 }, claims()),
    'alg null': signed({ alg: null }, claims()),
  },
  bearer,
);

const WRONG_KEYS = each(
  {
    'the admin token as key': signed(HEADER, claims(), ADMIN_TOKEN),
    'a key that rotation has not brought': signed(
      { ...HEADER, kid: KEYS[0].kid },
      claims(),
      KEYS[0].secret,
    ),
    'the same without its kid': signed(HEADER, claims(), KEYS[0].secret),
    'our kid and another key': signed({ ...HEADER, kid: 'default' }, claims(), KEYS[0].secret),
    'the shared secret as key': signed(HEADER, claims(), SHARED_SECRET),
    'the runner token as key': signed(HEADER, claims(), RUNNER_TOKEN),
    'an empty key': signed(HEADER, claims(), ''),
    'the word undefined as key': signed(HEADER, claims(), 'undefined'),
    'our key as bytes of its hex': signed(HEADER, claims(), Buffer.from(JWT_SECRET, 'hex')),
    'our key and a newline': signed(HEADER, claims(), `${JWT_SECRET}\n`),
    'kid of an empty file': signed({ ...HEADER, kid: '../../dev/null' }, claims(), ''),
    'kid __proto__': signed({ ...HEADER, kid: '__proto__' }, claims(), '[object Object]'),
    'kid with SQL': signed({ ...HEADER, kid: "x' UNION SELECT 'k" }, claims(), 'k'),
    'kid as an object': signed({ ...HEADER, kid: { k: '' } }, claims(), ''),
    'an embedded key': rs256({ jwk: publicJwk }),
    'an embedded HMAC key': signed({ ...HEADER, jwk: { kty: 'oct', k: text('k') } }, claims(), 'k'),
    'a key behind an address': rs256({ jku: 'https://evil.example/jwks.json' }),
    'a certificate': rs256({ x5c: [text('certificate')], x5u: 'https://evil.example/c.pem' }),
  },
  bearer,
);

const ALTERED = each(
  {
    'the first character of the signature changed': `${head}.${body}.${flip(signature, 0)}`,
    'the middle of the signature changed': `${head}.${body}.${flip(signature, 21)}`,
    'a shorter signature': `${head}.${body}.${signature.slice(0, -2)}`,
    'a longer signature': `${head}.${body}.${signature}AAAA`,
    'no signature': `${head}.${body}.`,
    'only two parts': `${head}.${body}`,
    'four parts': `${head}.${body}.${signature}.${signature}`,
    'five parts, as if encrypted': `${head}..${body}.${signature}.${signature}`,
    'another payload': `${head}.${json(claims({ sub: 'admin' }))}.${signature}`,
    'one bit of the payload': `${head}.${flip(body, 12)}.${signature}`,
    'another header': `${json({ ...HEADER, kid: 'a' })}.${body}.${signature}`,
    'header and payload swapped': `${body}.${head}.${signature}`,
    'another spelling of the signature': `${head}.${body}.${respelt(signature)}`,
    'a signature padded': `${head}.${body}.${signature}=`,
    'a signature of nothing': `${head}.${body}.${hmac('', JWT_SECRET)}`,
    'a signature in hex': `${head}.${body}.${Buffer.from(signature, 'base64url').toString('hex')}`,
    'dots alone': '..',
    'a word': 'token',
    'a token of 12 KB': `${head}.${'A'.repeat(12_000)}.${signature}`,
    'a header that is no JSON': `${text('{')}.${body}.${signature}`,
  },
  bearer,
);

/** Everything somebody without the key may try. */
export const forgeries = (): [string, Credentials][] => [
  ...presented(),
  ...SECRETS,
  ...ALGORITHMS,
  ...WRONG_KEYS,
  ...ALTERED,
];

const claiming = (over: Json): string => signed(HEADER, claims(over));

/** Signed with our key, and still not acceptable. */
export const misuses = (): [string, Credentials][] =>
  each(
    {
      'no exp': claiming({ exp: undefined }),
      'exp as text': claiming({ exp: `${now() + 3_600}` }),
      'exp null': claiming({ exp: null }),
      'exp true': claiming({ exp: true }),
      'exp zero': claiming({ exp: 0 }),
      'exp negative': claiming({ exp: -1 }),
      expired: claiming({ exp: now() - 60 }),
      'nbf to come': claiming({ nbf: now() + 60 }),
      'nbf as text': claiming({ nbf: 'now' }),
      'iat as text': claiming({ iat: 'now' }),
      'iat to come': claiming({ iat: now() + 60 }),
      'iat null': claiming({ iat: null }),
      'a life of a day': claiming({ exp: now() + 86_400 }),
      'a life of a second more than an hour': claiming({ iat: now() - 1, exp: now() + 3_600 }),
      'a long life near its end': claiming({ iat: now() - 7_200, exp: now() + 60 }),
      'a long life that hides its beginning': claiming({ iat: undefined, exp: now() + 7_200 }),
      'a life without end': signedText('{"sub":"user-123","exp":1e999}'),
      'a life since ever': signedText(`{"sub":"user-123","exp":${now() + 60},"iat":-1e999}`),
      'claims that are no JSON': signedText('{"sub":'),
      'claims that are no UTF-8': signedText(
        Buffer.concat([Buffer.from('{"sub":"u'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]),
      ),
      'no sub': claiming({ sub: undefined }),
      'an empty sub': claiming({ sub: '' }),
      'sub as a number': claiming({ sub: 7 }),
      'sub with a space': claiming({ sub: 'user 123' }),
      'sub with a newline': claiming({ sub: 'user\n123' }),
      'sub with hidden text': claiming({ sub: 'user\u{200B}123' }),
      'sub without end': claiming({ sub: 'u'.repeat(201) }),
      'sub as the operator': claiming({ sub: 'shared-secret' }),
      'client_id as the operator': claiming({ client_id: 'shared-secret' }),
      'jti empty': claiming({ jti: '' }),
      'jti as a number': claiming({ jti: 7 }),
      'jti null': claiming({ jti: null }),
      'jti with a newline': claiming({ jti: 'a\nb' }),
      'jti without end': claiming({ jti: 'j'.repeat(401) }),
      'iss as a number': claiming({ iss: 1 }),
      'iss as a list': claiming({ iss: ['alchemy-mcp-worker'] }),
      'aud as an object': claiming({ aud: { mcp: true } }),
      'aud with a number': claiming({ aud: ['mcp', 1] }),
      'kid unknown': signed({ ...HEADER, kid: '2019' }, claims()),
      'kid empty': signed({ ...HEADER, kid: '' }, claims()),
      'kid null': signed({ ...HEADER, kid: null }, claims()),
      'kid as a number': signed({ ...HEADER, kid: 0 }, claims()),
      'kid as a list': signed({ ...HEADER, kid: ['default'] }, claims()),
      'kid of an inherited name': signed({ ...HEADER, kid: 'constructor' }, claims()),
      'kid __proto__, with our key': signed({ ...HEADER, kid: '__proto__' }, claims()),
      'client_id as a list': claiming({ client_id: ['my-client'] }),
      'client_id null': claiming({ client_id: null }),
      'client_id empty': claiming({ client_id: '' }),
      'scope as a list': claiming({ scope: ['db:query'] }),
      'scope as a number': claiming({ scope: 1 }),
      'scope null': claiming({ scope: null }),
      'scope as an object': claiming({ scope: { all: true } }),
      'stages as text': claiming({ stages: '*' }),
      'stages with a number': claiming({ stages: ['prod', 1] }),
      'stages null': claiming({ stages: null }),
      'stages without end': claiming({ stages: Array.from({ length: 51 }, () => '*') }),
      'crit of a thing unknown': signed({ ...HEADER, crit: ['x'], x: 1 }, claims()),
      'crit of exp': signed({ ...HEADER, crit: ['exp'], exp: 1 }, claims()),
      'crit empty': signed({ ...HEADER, crit: [] }, claims()),
      'an unencoded payload': signed({ ...HEADER, crit: ['b64'], b64: false }, claims()),
      'claims that are a list': signed(HEADER, [claims()]),
      'claims that are text': signed(HEADER, 'sub'),
      'claims that are null': signed(HEADER, null),
      'a header that is a list': signed([HEADER], claims()),
    },
    bearer,
  );
