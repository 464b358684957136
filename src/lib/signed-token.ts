// Compact JWTs signed with HS256, and nothing else: no other algorithm, no key from the token, no extension. What the
// claims mean is for the caller to judge. (The tokens of GitHub's runs are checked in src/mcp/identity.)
import { SignJWT, compactVerify, decodeJwt, decodeProtectedHeader } from 'jose';

import { bytesOf } from './hash.ts';
import { type Result, err, ok } from './result.ts';

const ALGORITHM = 'HS256';
/** 32 bytes are 43 characters, the last of which has two bits to spare: only one spelling of a token is taken. */
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]{42}[AEIMQUYcgkosw048]$/;

export type SignatureFailure = 'malformed' | 'wrong_algorithm' | 'bad_signature';

type Json = Readonly<Record<string, unknown>>;

/** The token's claims, if the secret that `secretFor` its kid signed them. `secretFor` says no with a reason of its own. */
export type ReadSigned<F> = (token: string) => Promise<Result<Json, F | SignatureFailure>>;

export const createReadSigned = <F>(
  secretFor: (kid: unknown) => Result<string, F>,
): ReadSigned<F> => {
  // Keys and not promises of keys: workerd lets one request not wait for what another has begun.
  const imported = new Map<string, CryptoKey>();
  const keyOf = async (secret: string): Promise<CryptoKey> => {
    const key = imported.get(secret) ?? (await importKey(secret));
    imported.set(secret, key);
    return key;
  };
  return async (token) => {
    const header = headerOf(token);
    if (header === undefined) return err('malformed');
    if (header['alg'] !== ALGORITHM) return err('wrong_algorithm');
    // RFC 7515 §4.1.11: what we do not understand and must, we refuse; and we understand none.
    if (!COMPACT.test(token) || header['crit'] !== undefined) return err('malformed');
    const secret = secretFor(header['kid']);
    if (!secret.ok) return secret;
    const payload = await verified(token, await keyOf(secret.value));
    if (payload === undefined) return err('bad_signature');
    const claims = claimsOf(token);
    return claims === undefined ? err('malformed') : ok(claims);
  };
};

const importKey = (secret: string): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', bytesOf(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'verify',
  ]);

const verified = async (token: string, key: CryptoKey) => {
  try {
    return await compactVerify(token, key, { algorithms: [ALGORITHM] });
  } catch {
    return undefined;
  }
};

/** What the token says of its own form. Nobody vouches for it yet. */
export const headerOf = (token: string): Json | undefined => {
  try {
    return { ...decodeProtectedHeader(token) };
  } catch {
    return undefined;
  }
};

/** What the token says. Nobody vouches for it where the signature was not checked. */
export const claimsOf = (token: string): Json | undefined => {
  try {
    return { ...decodeJwt(token) };
  } catch {
    return undefined;
  }
};

export const signToken = (
  claims: Json,
  { kid, secret }: { readonly kid: string; readonly secret: string },
): Promise<string> =>
  new SignJWT({ ...claims })
    .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT', kid })
    .sign(bytesOf(secret));
