// The body of a small request, such as one of the admin API.
import { readBounded } from '../lib/read-bounded.ts';

/** Undefined where it is longer: one that says so itself is left unread, for the edge to drain it. */
export const boundedBody = async (
  request: Request,
  maxBytes: number,
): Promise<string | undefined> =>
  Number(request.headers.get('content-length') ?? 0) > maxBytes
    ? undefined
    : readBounded(request, maxBytes);
