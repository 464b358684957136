// What a token's claims mean, once its signature is known to be ours. The Worker asks it on every request, `bun mcp
// token` before it prints a token: so both agree on what is acceptable. No I/O, no clock, no cryptography.
import { type Result, err, ok } from '../lib/result.ts';
import { PRINCIPAL_NAME, type Principal, SHARED_SECRET_NAME } from './principal.ts';
import { DEFAULT_SCOPES, SCOPES, type Scope } from './scopes.ts';

/** What `bun mcp token` writes into `iss` and `aud`, and strict mode asks for, where the operator names no other. */
export const DEFAULT_ISSUER = 'alchemy-mcp-worker';
export const DEFAULT_AUDIENCE = 'alchemy-mcp-worker';

/** Clocks differ by seconds; a token is not refused for that. */
export const CLOCK_TOLERANCE_S = 5;

/** A `jti`: visible ASCII, since it is stored and shown. */
export const TOKEN_ID = /^[\x21-\x7e]{1,400}$/;

/** The most patterns a token may have: each call goes through them. */
export const MAX_STAGES = 50;

export type Environment = 'development' | 'staging' | 'production';
export type Claims = Readonly<Record<string, unknown>>;

/** What this server asks of a token beyond the signature. */
export interface TokenPolicy {
  readonly environment: Environment;
  readonly jwtIssuer?: string;
  readonly jwtAudience?: string;
  /** `iss`, `aud`, `jti` and `iat` are required too, and a `kid` when there are several keys. */
  readonly isJwtStrict?: boolean;
}

/** Why claims are refused: for the log and for `bun mcp token inspect`, never for the caller. */
export type ClaimFailure =
  | 'bad_claims'
  | 'expired'
  | 'not_yet_valid'
  | 'lives_too_long'
  | 'reserved_name'
  | 'wrong_issuer'
  | 'wrong_audience'
  | 'missing_claim';

/** How long a token may live. Whoever copies one can use it that long, unless somebody notices and revokes it. */
export const maxLifetimeS = (environment: Environment): number =>
  environment === 'production' ? 3_600 : 86_400;

/** Claims of a token with a good signature → who calls. `now` in milliseconds since the epoch. */
export const principalOf = (
  claims: Claims,
  policy: TokenPolicy,
  now: number,
): Result<Principal, ClaimFailure> => {
  const life = lifetimeOf(claims, policy, now / 1_000);
  if (!life.ok) return life;
  const origin = originFailure(claims, policy);
  if (origin !== undefined) return err(origin);
  const subject = matching(PRINCIPAL_NAME, claims['sub']);
  const client =
    claims['client_id'] === undefined ? subject : matching(PRINCIPAL_NAME, claims['client_id']);
  const scopes = scopesOf(claims['scope']);
  const stages = stagesOf(claims['stages']);
  const tokenId = matching(TOKEN_ID, claims['jti']);
  if (subject === undefined || client === undefined || !scopes || !stages) return err('bad_claims');
  if (claims['jti'] !== undefined && tokenId === undefined) return err('bad_claims');
  // A token must not pass for the operator: limits, rollout and approvals go by these names.
  if (subject === SHARED_SECRET_NAME || client === SHARED_SECRET_NAME) return err('reserved_name');
  return ok({
    client,
    subject,
    scopes,
    stages,
    ...(tokenId !== undefined && { tokenId }),
    ...life.value,
  });
};

/** RFC 7519 §4.1.4 to 6. An `iat` to come would stretch a life beyond its cap, so it is refused like an `nbf` to come. */
const lifetimeOf = (
  { exp, iat, nbf }: Claims,
  { environment }: TokenPolicy,
  nowS: number,
): Result<{ expiresAt: number; issuedAt?: number }, ClaimFailure> => {
  if (exp === undefined || !isTimeOrAbsent(exp) || !isTimeOrAbsent(iat) || !isTimeOrAbsent(nbf))
    return err('bad_claims');
  if (nowS >= exp + CLOCK_TOLERANCE_S) return err('expired');
  if (Math.max(nbf ?? 0, iat ?? 0) > nowS + CLOCK_TOLERANCE_S) return err('not_yet_valid');
  const lifetime = exp - (iat ?? nowS + CLOCK_TOLERANCE_S);
  if (lifetime > maxLifetimeS(environment)) return err('lives_too_long');
  return ok({
    expiresAt: Math.ceil(exp),
    ...(iat !== undefined && { issuedAt: Math.floor(iat) }),
  });
};

/** NaN, which compares as false to everything, would never have ended. */
const isTimeOrAbsent = (value: unknown): value is number | undefined =>
  value === undefined || (typeof value === 'number' && !Number.isNaN(value));

/** Issuer and audience: a claim that is present must be ours; in strict mode none may be absent. */
const originFailure = (claims: Claims, policy: TokenPolicy): ClaimFailure | undefined => {
  const { iss, aud } = claims;
  const { issuer, audience } = expectedOrigin(policy);
  if (policy.isJwtStrict === true)
    for (const name of ['iss', 'aud', 'jti', 'iat'])
      if (claims[name] === undefined) return 'missing_claim';
  if (iss !== undefined && typeof iss !== 'string') return 'bad_claims';
  if (aud !== undefined && !isTextOrTexts(aud)) return 'bad_claims';
  if (iss !== undefined && issuer !== undefined && iss !== issuer) return 'wrong_issuer';
  if (aud !== undefined && audience !== undefined && ![aud].flat().includes(audience))
    return 'wrong_audience';
  return undefined;
};

/** Of a token we make ourselves: good in strict mode too. */
export const ownOrigin = ({
  jwtIssuer = DEFAULT_ISSUER,
  jwtAudience = DEFAULT_AUDIENCE,
}: Pick<TokenPolicy, 'jwtIssuer' | 'jwtAudience'>) => ({ iss: jwtIssuer, aud: jwtAudience });

/** Outside strict mode an operator who names no issuer takes tokens of any. */
export const expectedOrigin = ({ jwtIssuer, jwtAudience, isJwtStrict = false }: TokenPolicy) => ({
  issuer: jwtIssuer ?? (isJwtStrict ? DEFAULT_ISSUER : undefined),
  audience: jwtAudience ?? (isJwtStrict ? DEFAULT_AUDIENCE : undefined),
});

const isTextOrTexts = (value: unknown): value is string | string[] =>
  typeof value === 'string' ||
  (Array.isArray(value) && value.every((item) => typeof item === 'string'));

const matching = (form: RegExp, value: unknown): string | undefined =>
  typeof value === 'string' && form.test(value) ? value : undefined;

/** RFC 9068 §2.2.3: words divided by spaces. Words we do not know grant nothing. */
const scopesOf = (value: unknown): readonly Scope[] | undefined => {
  if (value === undefined) return DEFAULT_SCOPES;
  if (typeof value !== 'string') return undefined;
  const words = new Set(value.split(' '));
  return SCOPES.filter((scope) => words.has(scope));
};

const stagesOf = (value: unknown): readonly string[] | undefined => {
  if (value === undefined) return ['*'];
  const isList = Array.isArray(value) && value.length <= MAX_STAGES;
  return isList && value.every((item) => typeof item === 'string') ? value : undefined;
};
