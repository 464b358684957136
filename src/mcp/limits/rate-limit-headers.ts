// What every answer says of the caller's limit, in the words of the guide (X-RateLimit-*) and in those of the IETF draft
// draft-ietf-httpapi-ratelimit-headers-10 (RFC 9651 lists of strings with parameters): `q` calls in `w` seconds, `r`
// left, `t` seconds until more are. A draft changes: it is spelled out in this file alone.
import { WINDOW_MS } from './limits.ts';

/** The policy's name in the draft's fields. */
const POLICY = 'client';

/** Said in place of a count when nobody counts. */
export const UNCOUNTED = { 'X-RateLimit-Status': 'unavailable' } as const;

export interface Quota {
  readonly limit: number;
  readonly remaining: number;
  /** When the next slot frees, in milliseconds since the epoch. */
  readonly resetAt: number;
}

/** Whole seconds, never one too few and never none: a caller who waits that long is not early. */
export const secondsOf = (waitMs: number): number => Math.max(1, Math.ceil(waitMs / 1_000));

export const policyHeaders = (limit: number): Record<string, string> => ({
  'X-RateLimit-Limit': String(limit),
  'RateLimit-Policy': `"${POLICY}";q=${limit};w=${WINDOW_MS / 1_000}`,
});

/** `waitMs`: from now until the next slot frees. */
export const quotaHeaders = (
  { limit, remaining, resetAt }: Quota,
  waitMs: number,
): Record<string, string> => ({
  ...policyHeaders(limit),
  'X-RateLimit-Remaining': String(remaining),
  'X-RateLimit-Reset': String(Math.ceil(resetAt / 1_000)),
  RateLimit: `"${POLICY}";r=${remaining};t=${secondsOf(waitMs)}`,
});
