// Is the local cloud still answering? A sidecar that was killed, a Worker's process that was, or a query that keeps workerd
// busy for ever, leaves every other process alive and somebody unserved.
import { isAnswering } from '../runner/readiness.ts';

const POLL_MS = 2_000;
const MISSES = 3;
/** The stack's own Workers are asked more seldom: what they do for a request is theirs. */
const WORKERS_EVERY = 5;

/** Resolves when the server or a Worker has not answered several times in a row; never, once the signal is aborted. */
export const untilSilent = async (
  server: string,
  workers: () => readonly string[],
  signal: AbortSignal,
): Promise<void> => {
  let misses = 0;
  for (let poll = 1; misses < MISSES; poll++) {
    await Bun.sleep(POLL_MS);
    if (signal.aborted) return new Promise<never>(() => {});
    const asked = workers();
    const isTurn = misses > 0 || poll % WORKERS_EVERY === 0;
    const answers = await Promise.all([
      isAnswering(`${server}/health`),
      // One that an operation has taken away in the meantime is nobody's loss.
      ...(isTurn ? asked : []).map(
        async (url) => (await isAnswering(url)) || !workers().includes(url),
      ),
    ]);
    misses = answers.every(Boolean) ? 0 : misses + 1;
  }
};
