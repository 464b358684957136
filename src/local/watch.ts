// Is the local cloud still answering? A sidecar that was killed, a Worker's process that was, or a query that keeps workerd
// busy for ever, leaves every other process alive and somebody unserved.

const POLL_MS = 2_000;
const ANSWER_MS = 5_000;
const MISSES = 3;
/** The stack's own Workers are asked more seldom: what they do for a request is theirs. */
const WORKERS_EVERY = 5;

/** Resolves when the server or a Worker has not answered several times in a row; never, once the signal is aborted. */
export const untilSilent = async (
  server: string,
  workers: readonly string[],
  signal: AbortSignal,
): Promise<void> => {
  let misses = 0;
  for (let poll = 1; misses < MISSES; poll++) {
    await Bun.sleep(POLL_MS);
    if (signal.aborted) return new Promise<never>(() => {});
    const asked = [
      `${server}/health`,
      ...(misses > 0 || poll % WORKERS_EVERY === 0 ? workers : []),
    ];
    const answers = await Promise.all(asked.map(isAnswering));
    misses = answers.every(Boolean) ? 0 : misses + 1;
  }
};

/** Whatever a Worker itself says counts; the gateway in front of it says 502 while there is none. */
const isAnswering = async (url: string): Promise<boolean> => {
  try {
    const init = { method: 'HEAD', signal: AbortSignal.timeout(ANSWER_MS) };
    return (await fetch(url, init)).status !== 502;
  } catch {
    return false;
  }
};
