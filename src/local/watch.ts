// Is the local cloud still answering? A sidecar that was killed, or a query that keeps workerd busy for ever, leaves
// every process alive and nobody served.

const POLL_MS = 2_000;
const ANSWER_MS = 5_000;
const MISSES = 3;

/** Resolves when the server has not answered several times in a row; never, once the signal is aborted. */
export const untilSilent = async (server: string, signal: AbortSignal): Promise<void> => {
  for (let misses = 0; misses < MISSES;) {
    await Bun.sleep(POLL_MS);
    if (signal.aborted) return new Promise<never>(() => {});
    misses = (await isAnswering(server)) ? 0 : misses + 1;
  }
};

const isAnswering = async (server: string): Promise<boolean> => {
  try {
    const response = await fetch(`${server}/health`, { signal: AbortSignal.timeout(ANSWER_MS) });
    await response.body?.cancel();
    return response.status !== 502;
  } catch {
    return false;
  }
};
