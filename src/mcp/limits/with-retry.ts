// One call of a Durable Object, made again once when it fails: an object that moves or restarts fails the call that
// found it there, and answers the next.
import { type Result, err, ok } from '../../lib/result.ts';
import { within } from '../../lib/within.ts';

const ATTEMPT_MS = 2_000;

/** Never throws, and never takes longer than two attempts may. */
export const withRetry = async <T>(
  call: () => Promise<T>,
  attemptMs = ATTEMPT_MS,
): Promise<Result<T, unknown>> => {
  const first = await attempt(call, attemptMs);
  return first.ok || isOverloaded(first.error) ? first : attempt(call, attemptMs);
};

/** An object that says it has too much to do is not asked twice (Durable Objects, error handling). */
const isOverloaded = (error: unknown): boolean =>
  error instanceof Error && 'overloaded' in error && error.overloaded === true;

const attempt = async <T>(
  call: () => Promise<T>,
  attemptMs: number,
): Promise<Result<T, unknown>> => {
  try {
    const answer = await within(
      call().then((value) => ({ value })),
      attemptMs,
    );
    return answer === undefined
      ? err(new Error(`No answer within ${attemptMs} ms.`))
      : ok(answer.value);
  } catch (error) {
    return err(error);
  }
};
