// May this principal call now? Asked after authentication, once per request, of the client's own object; the answer also
// says whether the token is revoked. It never throws: a limiter that does not answer is one of the answers.
import { OpsError } from '../../contract/errors.ts';
import type { Principal } from '../../contract/principal.ts';
import { BoundedMap } from '../../lib/bounded-map.ts';
import type { ClientLimiter, TakeRequest, Verdict } from './client-limiter.ts';
import type { LimitOf } from './limits.ts';
import {
  type Quota,
  UNCOUNTED,
  policyHeaders,
  quotaHeaders,
  secondsOf,
} from './rate-limit-headers.ts';
import { withRetry } from './with-retry.ts';

const MAX_BLOCKED = 5_000;
const MAX_IDS = 5_000;

/** What the limiter has to know of a principal. */
export type Limited = Pick<Principal, 'client' | 'tokenId' | 'issuedAt'>;

type Headers = Readonly<Record<string, string>>;

export type Admission = {
  /** For the log: the limit is not the one the operator meant. */
  readonly problem?: string;
} & (
  | { readonly kind: 'admitted'; readonly headers: Headers; readonly verdict: Verdict }
  /** `tooManyRequests(admission, requestId)` words the answer. */
  | { readonly kind: 'limited'; readonly headers: Headers; readonly retryAfterS: number }
  /** The same 401 as for any other bad token; nothing was counted. */
  | { readonly kind: 'revoked' }
  /**
   * Nobody counted, and nobody knows whether the token is revoked. Reads go on, and `headers` say so; whatever can have
   * an effect is answered with `refusal`. `cause` is for the log.
   */
  | {
      readonly kind: 'unavailable';
      readonly headers: Headers;
      readonly refusal: OpsError;
      readonly cause: unknown;
    }
);

export type Admit = (principal: Limited) => Promise<Admission>;

export interface RateLimitOptions {
  readonly limiters: Pick<DurableObjectNamespace<ClientLimiter>, 'get' | 'idFromName'>;
  readonly limitOf: LimitOf;
  readonly now: () => number;
  /** How long one attempt at the object may take. */
  readonly attemptMs?: number;
}

/** A client that has to wait, by this isolate's clock. */
interface Blocked extends Quota {
  readonly until: number;
}

export const createRateLimit = (options: RateLimitOptions): Admit => {
  const { limitOf, now } = options;
  const ask = createAsk(options);
  const blocked = new BoundedMap<string, Blocked>(MAX_BLOCKED);
  return async (principal) => {
    const { limit, problem } = await limitOf(principal.client);
    const noted = problem === undefined ? {} : { problem };
    const askedAt = now();
    const known = blocked.get(principal.client);
    // A limit raised since may admit what the old one refused.
    if (known !== undefined && askedAt < known.until && limit <= known.limit)
      return { ...limited({ ...known, limit }, known.until - askedAt), ...noted };
    const asked = await ask(principal, limit);
    if (!asked.ok) return { ...unavailable(limit, asked.error), ...noted };
    const verdict = asked.value;
    if (verdict.revoked) return { kind: 'revoked', ...noted };
    const waitMs = Math.max(0, verdict.resetAt - verdict.decidedAt);
    // By this isolate's clock, and from before the object was asked: so it ends no later than the object's own answer,
    // whatever the two clocks say, and the memory denies only what the log would deny.
    if (verdict.remaining === 0)
      blocked.set(principal.client, { ...verdict, until: askedAt + waitMs });
    if (!verdict.allowed) return { ...limited(verdict, waitMs), ...noted };
    return { kind: 'admitted', headers: quotaHeaders(verdict, waitMs), verdict, ...noted };
  };
};

const createAsk = ({ limiters, attemptMs }: RateLimitOptions) => {
  // A name is hashed to find its object: once will do.
  const ids = new BoundedMap<string, DurableObjectId>(MAX_IDS);
  const idOf = (client: string): DurableObjectId => {
    const known = ids.get(client);
    if (known !== undefined) return known;
    const id = limiters.idFromName(client);
    ids.set(client, id);
    return id;
  };
  return ({ client, tokenId, issuedAt }: Limited, limit: number) => {
    const request: TakeRequest = { limit, jti: tokenId, issuedAt };
    // A stub is of no use any more once a call on it has failed. An attempt whose answer was lost may have counted: the
    // second then counts again, which can only admit too few.
    return withRetry(() => limiters.get(idOf(client)).take(request), attemptMs);
  };
};

const limited = ({ limit, resetAt }: Quota, waitMs: number) => ({
  kind: 'limited' as const,
  headers: quotaHeaders({ limit, resetAt, remaining: 0 }, waitMs),
  retryAfterS: secondsOf(waitMs),
});

const unavailable = (limit: number, cause: unknown) => ({
  kind: 'unavailable' as const,
  headers: { ...policyHeaders(limit), ...UNCOUNTED },
  refusal: new OpsError(
    'LIMITER_UNAVAILABLE',
    'Calls cannot be counted right now, so nothing that could have an effect is started.',
    { cause },
  ),
  cause,
});
