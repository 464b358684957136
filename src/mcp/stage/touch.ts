// Every call to a binding goes through here: it ends in time, and its failure becomes ours to word, since a driver's
// message can carry anything.
import { OpsError } from '../../contract/errors.ts';
import { within } from '../../lib/within.ts';

const DEFAULT_MS = 10_000;

export interface TouchOptions {
  readonly limitMs?: number;
  /** What to do after a failure, where "try again" could do a thing twice. */
  readonly next?: string;
}

/** `what` reads as the subject of a sentence: `The bucket "uploads"`. */
export const touch = async <T>(
  what: string,
  action: () => Promise<T>,
  { limitMs = DEFAULT_MS, next }: TouchOptions = {},
): Promise<T> => {
  const advice = next === undefined ? {} : { next };
  const answer = await inOurWords(what, action, advice, limitMs);
  if (answer !== undefined) return answer.value;
  const message = `${what} did not answer within ${limitMs / 1000} s.`;
  throw new OpsError('RESOURCE_TIMEOUT', message, advice);
};

const inOurWords = async <T>(
  what: string,
  action: () => Promise<T>,
  advice: { readonly next?: string },
  limitMs: number,
) => {
  try {
    return await within(
      action().then((value) => ({ value })),
      limitMs,
    );
  } catch (cause) {
    if (cause instanceof OpsError) throw cause;
    throw new OpsError('RESOURCE_FAILED', `${what} failed to answer.`, { ...advice, cause });
  }
};
