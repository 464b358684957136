// Waits for what happens in the background: a queue's delivery, a Workflow's next step.
const PAUSE_MS = 25;
/** Less than the five seconds a test has, so that it fails with this sentence. */
const PATIENCE_MS = 4_000;

/** The first answer of `look` that is not undefined. */
export const eventually = async <T>(look: () => Promise<T | undefined>): Promise<T> => {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (Date.now() > deadline) throw new Error(`Nothing happened within ${PATIENCE_MS / 1000} s.`);
    await Bun.sleep(PAUSE_MS);
  }
};
