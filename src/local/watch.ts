// Is the local cloud still answering? A sidecar that was killed, or a query that keeps workerd busy for ever, leaves every
// other process alive and everybody unserved. Of that the MCP server's own health decides, and nothing else: what the
// stack's Workers do is theirs. One that is silent for no known reason is worth a single try.
import { isAnswering } from '../runner/readiness.ts';
import type { ServedWorker } from './served.ts';
import { MISSES, type Silence } from './silence.ts';

const POLL_MS = 2_000;
/** The stack's own Workers are asked more seldom: what they do for a request is theirs. */
const WORKERS_EVERY = 5;

export interface WatchOptions {
  readonly server: string;
  /** Those of the stack that ought to answer now. */
  readonly workers: () => readonly ServedWorker[];
  readonly silence: Silence;
  /** Opening the cloud again would cut an operation off, which no silent Worker is worth. */
  readonly isBusy: () => boolean;
  readonly signal: AbortSignal;
}

/**
 * Resolves when the cloud is to be opened again: with the Workers for whose sake, which are none when the cloud itself is
 * silent. Never, once the signal is aborted.
 */
export const untilSilent = async (options: WatchOptions): Promise<readonly ServedWorker[]> => {
  const { server, silence, isBusy, signal } = options;
  const workers = () => options.workers().filter(({ url }) => url !== server);
  let misses = 0;
  for (let poll = 1; ; poll++) {
    await Bun.sleep(POLL_MS);
    if (signal.aborted) return new Promise<never>(() => {});
    const [isUp] = await Promise.all([
      isAnswering(`${server}/health`),
      silence.listen(workers, poll % WORKERS_EVERY === 0),
    ]);
    misses = isUp ? 0 : misses + 1;
    if (misses >= MISSES) return [];
    const curable = misses === 0 && !isBusy() ? silence.curable(workers()) : [];
    if (curable.length > 0) return curable;
  }
};
