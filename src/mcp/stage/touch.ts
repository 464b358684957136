// Every call to a binding goes through here: it ends in time, and its failure becomes ours to word, since a driver's
// message can carry anything.
import { OpsError } from '../../contract/errors.ts';

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
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const message = `${what} did not answer within ${limitMs / 1000} s.`;
    timeout.reject(new OpsError('RESOURCE_TIMEOUT', message, advice));
  }, limitMs);
  try {
    return await Promise.race([action(), timeout.promise]);
  } catch (error) {
    if (error instanceof OpsError) throw error;
    throw new OpsError('RESOURCE_FAILED', `${what} failed to answer.`, { ...advice, cause: error });
  } finally {
    clearTimeout(timer);
  }
};
