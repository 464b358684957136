// Which workflow run of GitHub calls, by the OIDC token it shows. RS256 and GitHub's own keys only. What the token says is
// looked at before its signature, because checking that can mean asking GitHub for a key, and nonsense must not.
import { type JWTVerifyGetKey, compactVerify, errors } from 'jose';

import type { GithubSettings } from '../../contract/github.ts';
import { type Result, err, ok } from '../../lib/result.ts';
import { claimsOf, headerOf } from '../../lib/signed-token.ts';
import { type RunClaimFailure, judgeClaims } from './claims.ts';
import { KeysUnavailable } from './github-keys.ts';

const ALGORITHM = 'RS256';
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const KID = /^[\x21-\x7e]{1,200}$/;

export type IdentityFailure =
  | RunClaimFailure
  | 'malformed'
  | 'wrong_algorithm'
  | 'bad_signature'
  /** Not the caller's fault. */
  | 'keys_unavailable';

export type Identify = (
  token: string,
  audience: string,
  now: number,
) => Promise<Result<string, IdentityFailure>>;

export const createIdentify =
  (github: GithubSettings, keys: JWTVerifyGetKey): Identify =>
  async (token, audience, now) => {
    const header = headerOf(token);
    if (header === undefined || !COMPACT.test(token)) return err('malformed');
    if (header['alg'] !== ALGORITHM) return err('wrong_algorithm');
    const { kid, crit } = header;
    if (typeof kid !== 'string' || !KID.test(kid) || crit !== undefined) return err('malformed');
    const said = judgeClaims(claimsOf(token), github, audience, now);
    if (!said.ok) return said;
    const payload = await verified(token, keys);
    return payload.ok ? judgeClaims(payload.value, github, audience, now) : payload;
  };

const verified = async (
  token: string,
  keys: JWTVerifyGetKey,
): Promise<Result<unknown, IdentityFailure>> => {
  try {
    const { payload } = await compactVerify(token, keys, { algorithms: [ALGORITHM] });
    return ok(JSON.parse(new TextDecoder().decode(payload)));
  } catch (error) {
    return err(isOurs(error) ? 'keys_unavailable' : 'bad_signature');
  }
};

const isOurs = (error: unknown): boolean =>
  error instanceof KeysUnavailable ||
  error instanceof errors.JWKSTimeout ||
  error instanceof errors.JWKSInvalid;
