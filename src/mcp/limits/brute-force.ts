// Guessing a credential gets slow: the eleventh failure of an address within fifteen minutes is a 429. Who presented a
// credential has guessed: that is counted by the address's object, exactly and durably, and from the eleventh guess on
// every request of the address is refused before anything is verified. That check costs no round trip; it goes by what
// this isolate has seen. An isolate that has not seen the address fail yet learns of the block with its first failure, so
// beside the eleven at most one guess per isolate is verified.
//
// Who presented none has guessed nothing: a client that asks where to log in, or a scanner. Only this isolate counts it,
// because a flood of it must cost less than what it asks for; and it shuts out nobody who has a credential.
import { BoundedMap } from '../../lib/bounded-map.ts';
import type { AddressGuard } from './address-guard.ts';
import { FAILURES_ALLOWED, FAILURE_WINDOW_MS } from './failure-rule.ts';
import { secondsOf } from './rate-limit-headers.ts';
import { SlidingLog } from './sliding-log.ts';
import { withRetry } from './with-retry.ts';

const MAX_ADDRESSES = 10_000;

export type Failure =
  /** Answer with the usual 401. */
  | { readonly kind: 'counted' }
  /** Answer with `tooManyFailures(failure, requestId)`. */
  | { readonly kind: 'blocked'; readonly retryAfterS: number }
  /** Only this isolate counted: the usual 401, and `cause` into the log. */
  | { readonly kind: 'unavailable'; readonly cause: unknown };

export interface BruteForceGuard {
  /** How long the address is to wait, in seconds; undefined when it may go on. Costs a look into a map. */
  isBlocked(address: string): { readonly retryAfterS: number } | undefined;
  /** Counts a failed authentication. Never throws. */
  fail(address: string, attempt: { readonly isGuess: boolean }): Promise<Failure>;
}

export interface BruteForceOptions {
  readonly guards: Pick<DurableObjectNamespace<AddressGuard>, 'get' | 'idFromName'>;
  readonly now: () => number;
  readonly attemptMs?: number;
}

const COUNTED: Failure = { kind: 'counted' };

export const createBruteForceGuard = ({
  guards,
  now,
  attemptMs,
}: BruteForceOptions): BruteForceGuard => {
  const blocked = new BoundedMap<string, number>(MAX_ADDRESSES);
  const seenHere = createTally(now);
  return {
    isBlocked: (address) => {
      const until = blocked.get(address);
      const at = now();
      if (until !== undefined && at < until) return { retryAfterS: secondsOf(until - at) };
      if (until !== undefined) blocked.delete(address);
      return undefined;
    },
    fail: async (address, { isGuess }) => {
      const here = seenHere(address);
      if (!isGuess) return here;
      const askedAt = now();
      const asked = await withRetry(() => guards.get(guards.idFromName(address)).fail(), attemptMs);
      if (!asked.ok)
        return here.kind === 'blocked' ? here : { kind: 'unavailable', cause: asked.error };
      const { blockedUntil, decidedAt } = asked.value;
      if (blockedUntil === undefined) return here;
      // By the wait, not by the object's clock: see `untilHere` of the rate limit.
      const until = askedAt + Math.max(0, blockedUntil - decidedAt);
      blocked.set(address, until);
      return { kind: 'blocked', retryAfterS: secondsOf(until - now()) };
    },
  };
};

/** Every failure that this isolate saw, guess or not. */
const createTally = (now: () => number) => {
  const logs = new BoundedMap<string, SlidingLog>(MAX_ADDRESSES);
  return (address: string): Failure => {
    const log = logs.get(address) ?? new SlidingLog(FAILURE_WINDOW_MS);
    const { allowed, resetAt, decidedAt } = log.take(FAILURES_ALLOWED, now());
    logs.set(address, log);
    return allowed ? COUNTED : { kind: 'blocked', retryAfterS: secondsOf(resetAt - decidedAt) };
  };
};
