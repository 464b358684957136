// Guessing a credential gets slow: the eleventh failure of an address within fifteen minutes is a 429, and until the
// count has dropped every request of that address is refused before anything is verified. That check costs no round
// trip; it goes by what this isolate has seen. An isolate that has not seen the address fail yet learns of the block
// with its first failure, so beside the eleven at most one guess per isolate is verified.
import type { AddressGuard } from './address-guard.ts';
import { BoundedMap } from './bounded-map.ts';
import { secondsOf } from './rate-limit-headers.ts';
import { withRetry } from './with-retry.ts';

const MAX_BLOCKED = 10_000;

export type Failure =
  /** Answer with the usual 401. */
  | { readonly kind: 'counted'; readonly failures: number }
  /** Answer with `tooManyFailures(failure, requestId)`. */
  | { readonly kind: 'blocked'; readonly failures: number; readonly retryAfterS: number }
  /** Nobody counted: the usual 401, and `cause` into the log. Verifying goes on, for secrets are too long to guess. */
  | { readonly kind: 'unavailable'; readonly cause: unknown };

export interface BruteForceGuard {
  /** How long the address is to wait, in seconds; undefined when it may go on. Costs a look into a map. */
  isBlocked(address: string): { readonly retryAfterS: number } | undefined;
  /** Counts a failed authentication. Never throws. */
  fail(address: string): Promise<Failure>;
}

export interface BruteForceOptions {
  readonly guards: Pick<DurableObjectNamespace<AddressGuard>, 'get' | 'idFromName'>;
  readonly now: () => number;
  readonly attemptMs?: number;
}

export const createBruteForceGuard = ({
  guards,
  now,
  attemptMs,
}: BruteForceOptions): BruteForceGuard => {
  const blocked = new BoundedMap<string, number>(MAX_BLOCKED);
  return {
    isBlocked: (address) => {
      const until = blocked.get(address);
      const at = now();
      if (until !== undefined && at < until) return { retryAfterS: secondsOf(until - at) };
      if (until !== undefined) blocked.delete(address);
      return undefined;
    },
    fail: async (address) => {
      const askedAt = now();
      const asked = await withRetry(() => guards.get(guards.idFromName(address)).fail(), attemptMs);
      if (!asked.ok) return { kind: 'unavailable', cause: asked.error };
      const { failures, blockedUntil, decidedAt } = asked.value;
      if (blockedUntil === undefined) return { kind: 'counted', failures };
      // By the wait, not by the object's clock: see `untilHere` of the rate limit.
      const until = askedAt + Math.max(0, blockedUntil - decidedAt);
      blocked.set(address, until);
      return { kind: 'blocked', failures, retryAfterS: secondsOf(until - now()) };
    },
  };
};
