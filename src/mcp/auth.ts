// Who calls? A shared secret or a signed token becomes a principal; anything else is undefined, and the caller hears
// one vague 401. The exact reason goes to the log only. Whether a good token was revoked is not known here: the
// limiter's object answers that in the round trip it is asked in anyway.
import { type KeyFailure, createKeyLookup } from '../contract/key-ring.ts';
import { type Principal, SHARED_SECRET_NAME } from '../contract/principal.ts';
import { OPERATOR_SCOPES } from '../contract/scopes.ts';
import { type ClaimFailure, type Claims, principalOf } from '../contract/token.ts';
import { BoundedMap } from '../lib/bounded-map.ts';
import { isSameSecret } from '../lib/hash.ts';
import { type Result, err, ok } from '../lib/result.ts';
import { type SignatureFailure, createReadSigned } from '../lib/signed-token.ts';
import type { Settings } from './settings.ts';

const MAX_CREDENTIAL_LENGTH = 8_192;
const MAX_CHECKED_TOKENS = 1_000;

/** Why a caller was not recognised: for the log, never for the caller. */
export type AuthFailure =
  | 'no_credential'
  | 'wrong_secret'
  | SignatureFailure
  | KeyFailure
  | ClaimFailure;

export type Authenticate = (
  headers: Headers,
  now: number,
) => Promise<Result<Principal, AuthFailure>>;

export const createAuthenticate = (settings: Settings): Authenticate => {
  const verifyToken = createVerifyToken(settings);
  return async (headers, now) => {
    const secret = headers.get('x-mcp-secret');
    if (secret !== null)
      return (await isShared(secret, settings)) ? ok(operator) : err('wrong_secret');
    const token = bearerToken(headers.get('authorization'));
    if (token === undefined)
      return err(presentsCredential(headers) ? 'malformed' : 'no_credential');
    return verifyToken(token, now);
  };
};

/** Whoever presents none has not tried to guess one. */
export const presentsCredential = (headers: Headers): boolean =>
  headers.has('authorization') || headers.has('x-mcp-secret');

/** The one before it is good as well, while it is rotated. Both are compared, whichever is right. */
const isShared = async (secret: string, settings: Settings): Promise<boolean> => {
  if (secret.length > MAX_CREDENTIAL_LENGTH) return false;
  const { sharedSecret, previousSharedSecret } = settings;
  const isPresent = await isSameSecret(secret, sharedSecret);
  if (previousSharedSecret === undefined) return isPresent;
  const isPrevious = await isSameSecret(secret, previousSharedSecret);
  return isPresent || isPrevious;
};

/** Whoever holds the shared secret is the operator: every tool, every stage. */
const operator: Principal = {
  client: SHARED_SECRET_NAME,
  subject: SHARED_SECRET_NAME,
  scopes: OPERATOR_SCOPES,
  stages: ['*'],
};

/** RFC 6750 §2.1. Two headers arrive joined by a comma, which no token contains. */
export const bearerToken = (authorization: string | null): string | undefined =>
  authorization !== null && authorization.length <= MAX_CREDENTIAL_LENGTH
    ? /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization)?.[1]
    : undefined;

/**
 * The signature is checked once for a text, of which a token has one spelling; what its claims mean is judged anew at each
 * call, because time passes. Only good tokens are remembered: with bad ones among them, anybody could push the good ones
 * out. An isolate lives for one deployment, so a removed key takes its tokens with it.
 */
const createVerifyToken = (settings: Settings) => {
  const readSigned = createReadSigned(createKeyLookup(settings));
  const checked = new BoundedMap<string, Claims>(MAX_CHECKED_TOKENS);
  return async (token: string, now: number): Promise<Result<Principal, AuthFailure>> => {
    const known = checked.get(token);
    const claims = known === undefined ? await readSigned(token) : ok(known);
    if (!claims.ok) return claims;
    const principal = principalOf(claims.value, settings, now);
    if (!principal.ok) checked.delete(token);
    else if (known === undefined) checked.set(token, claims.value);
    return principal;
  };
};

/** May these headers change what the server does to everybody? Never, where no admin token is set. */
export const isAdmin = async (headers: Headers, settings: Settings): Promise<boolean> => {
  const token = bearerToken(headers.get('authorization'));
  if (token === undefined || settings.adminToken === undefined) return false;
  return isSameSecret(token, settings.adminToken);
};
