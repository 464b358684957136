// The 429s. The guide gives the body: error, message and retryAfter; code and requestId are in every error of ours.
import { httpError } from '../http-error.ts';

interface TooMany {
  readonly retryAfterS: number;
  /** `X-RateLimit-*` and its like. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A client has used up its minute, or an address calls too often. */
export const tooManyRequests = (tooMany: TooMany, requestId: string): Response =>
  answer('RATE_LIMITED', 'Too many requests.', tooMany, requestId);

/** An address has failed to authenticate too often. It reads the same whoever it claimed to be. */
export const tooManyFailures = (tooMany: TooMany, requestId: string): Response =>
  answer('TOO_MANY_FAILURES', 'Too many failed authentications.', tooMany, requestId);

const answer = (
  code: 'RATE_LIMITED' | 'TOO_MANY_FAILURES',
  what: string,
  { retryAfterS, headers = {} }: TooMany,
  requestId: string,
): Response =>
  httpError(code, `${what} Retry after ${retryAfterS} seconds`, requestId, {
    headers: { ...headers, 'Retry-After': String(retryAfterS) },
    extra: { retryAfter: retryAfterS },
  });
