// A deploy has succeeded when what it deployed answers: Alchemy returns up to a second before the new version serves.
import type { Snapshot } from '../contract/snapshot.ts';

const READY_MS = 30_000;
const POLL_MS = 50;

const answers = async (url: string, deadline: AbortSignal): Promise<boolean> => {
  while (!deadline.aborted) {
    try {
      const response = await fetch(url, { signal: deadline, redirect: 'manual' });
      await response.body?.cancel();
      if (response.status < 500 || url.endsWith('/health')) return true;
    } catch {
      // Not listening yet.
    }
    await Bun.sleep(POLL_MS);
  }
  return false;
};

/** Undefined when every Worker of the stage answers, else a sentence naming those that do not. */
export const awaitWorkers = async (snapshot: Snapshot): Promise<string | undefined> => {
  const deadline = AbortSignal.timeout(READY_MS);
  const workers = snapshot.resources.flatMap(({ id, url }) => (url === null ? [] : [{ id, url }]));
  const results = await Promise.all(
    workers.map(async ({ id, url }) => ((await answers(url, deadline)) ? undefined : id)),
  );
  const silent = results.filter((id) => id !== undefined);
  return silent.length === 0
    ? undefined
    : `${silent.join(', ')} was deployed but does not answer; see .alchemy/log.`;
};
