// The coarse limit by address, in front of everything that costs: the platform's own binding, counted per location and
// only roughly, but without a round trip. It protects the exact limits from floods and replaces none of them.

export interface Coarse {
  readonly passes: boolean;
  /** For the log: nothing was checked. */
  readonly cause?: unknown;
}

/** Never throws. An address passes where the binding is absent (on a laptop) or fails: what stands behind still counts. */
export type CoarseLimit = (address: string) => Promise<Coarse>;

/** `binding`: the env's value, a rate limit binding or nothing. */
export const createCoarseLimit = (binding: unknown): CoarseLimit => {
  if (!isRateLimit(binding)) return async () => ({ passes: true });
  return async (key) => {
    try {
      const { success } = await binding.limit({ key });
      return { passes: success };
    } catch (cause) {
      return { passes: true, cause };
    }
  };
};

const isRateLimit = (binding: unknown): binding is RateLimit =>
  typeof binding === 'object' &&
  binding !== null &&
  'limit' in binding &&
  typeof binding.limit === 'function';
