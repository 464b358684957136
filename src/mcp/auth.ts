// Who calls? A shared secret or a signed token becomes a principal; anything else is undefined, and the caller hears
// one vague 401. The exact reason goes to the log only.
import { type JWTPayload, errors, jwtVerify } from 'jose';

import type { Principal } from '../contract/principal.ts';
import { DEFAULT_SCOPES, SCOPES, type Scope } from '../contract/scopes.ts';
import { bytesOf, isSameSecret } from '../lib/hash.ts';
import { type Result, err, ok } from '../lib/result.ts';
import type { Settings } from './settings.ts';

const MAX_CREDENTIAL_LENGTH = 8_192;
const CLOCK_TOLERANCE_S = 5;
const SHARED_SECRET = 'shared-secret';

/** Why a caller was not recognised: for the log, never for the caller. */
export type AuthFailure =
  | 'no_credential'
  | 'wrong_secret'
  | 'malformed'
  | 'refused_token'
  | 'bad_claims';

export type Authenticate = (
  headers: Headers,
  now: number,
) => Promise<Result<Principal, AuthFailure>>;

export const createAuthenticate = (settings: Settings): Authenticate => {
  const key = crypto.subtle.importKey(
    'raw',
    bytesOf(settings.jwtSecret),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['verify'],
  );
  return async (headers, now) => {
    const secret = headers.get('x-mcp-secret');
    if (secret !== null)
      return (await isSameSecret(secret.slice(0, MAX_CREDENTIAL_LENGTH), settings.sharedSecret))
        ? ok(operator)
        : err('wrong_secret');
    const token = bearerToken(headers.get('authorization'));
    if (token === undefined)
      return err(headers.has('authorization') ? 'malformed' : 'no_credential');
    return verifyToken(token, await key, settings, now);
  };
};

/** Whoever holds the shared secret is the operator: every scope, every stage. */
const operator: Principal = {
  client: SHARED_SECRET,
  subject: SHARED_SECRET,
  scopes: SCOPES,
  stages: ['*'],
};

/** RFC 6750 §2.1. Two headers arrive joined by a comma, which no token contains. */
export const bearerToken = (authorization: string | null): string | undefined =>
  authorization !== null && authorization.length <= MAX_CREDENTIAL_LENGTH
    ? /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization)?.[1]
    : undefined;

const verifyToken = async (token: string, key: CryptoKey, settings: Settings, now: number) => {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['HS256'],
      requiredClaims: ['exp', 'sub'],
      clockTolerance: CLOCK_TOLERANCE_S,
      currentDate: new Date(now),
    });
    const principal = principalOf(payload, settings);
    return principal === undefined ? err('bad_claims' as const) : ok(principal);
  } catch (error) {
    return err(
      error instanceof errors.JOSEError ? ('refused_token' as const) : ('malformed' as const),
    );
  }
};

/** Claims → principal, or undefined where a claim is not of its form. No I/O. */
export const principalOf = (
  claims: JWTPayload,
  expected: Pick<Settings, 'jwtIssuer' | 'jwtAudience'>,
): Principal | undefined => {
  const subject = name(claims.sub);
  const client = claims['client_id'] === undefined ? subject : name(claims['client_id']);
  const scopes = scopesOf(claims['scope']);
  const stages = stagesOf(claims['stages']);
  if (subject === undefined || client === undefined || !scopes || !stages) return undefined;
  // A token must not pass for the operator: limits, rollout and approvals go by these names.
  if (subject === SHARED_SECRET || client === SHARED_SECRET) return undefined;
  if (!matches(claims.iss, expected.jwtIssuer) || !matches(claims.aud, expected.jwtAudience))
    return undefined;
  return {
    client,
    subject,
    scopes,
    stages,
    ...(claims.exp !== undefined && { expiresAt: claims.exp }),
  };
};

const name = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[\x21-\x7e]{1,200}$/.test(value) ? value : undefined;

/** RFC 9068 §2.2.3: words divided by spaces. Words we do not know grant nothing. */
const scopesOf = (value: unknown): readonly Scope[] | undefined => {
  if (value === undefined) return DEFAULT_SCOPES;
  if (typeof value !== 'string') return undefined;
  const words = new Set(value.split(' '));
  return SCOPES.filter((scope) => words.has(scope));
};

const stagesOf = (value: unknown): readonly string[] | undefined => {
  if (value === undefined) return ['*'];
  const isList = Array.isArray(value) && value.length <= 50;
  return isList && value.every((item) => typeof item === 'string') ? value : undefined;
};

/** A claim that is there must be ours; one that is absent is not asked for. */
const matches = (claim: string | string[] | undefined, expected: string | undefined): boolean =>
  claim === undefined || expected === undefined || [claim].flat().includes(expected);
