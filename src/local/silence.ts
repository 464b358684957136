// Workers of the stack that do not answer, and what is to be done about each. One whose code does not run is its
// author's to mend: it serves again by itself. One whose process was killed stays silent for ever, unless the cloud is
// opened again; nobody but us notices.
import { isAnswering } from '../runner/readiness.ts';
import type { ServedWorker } from './served.ts';

export const MISSES = 3;

export interface SilenceOptions {
  readonly say: (line: string) => void;
  /** Has the host said that this Worker's code does not run? Then it was told to the author too. */
  readonly isBroken: (id: string) => boolean;
  readonly isAnswering?: (url: string) => Promise<boolean>;
}

/** It outlives the cloud: what opening it again did not help, a second time would not. */
export interface Silence {
  /** Asks the Workers, or only those that were silent the last time. */
  listen(workers: () => readonly ServedWorker[], isEveryonesTurn: boolean): Promise<void>;
  /** Silent for no reason that anybody knows, and the cloud was not yet opened again for them. */
  curable(workers: readonly ServedWorker[]): readonly ServedWorker[];
  /** The cloud is being opened again for all that is silent. */
  onReopened(): void;
}

interface Silent {
  readonly worker: ServedWorker;
  misses: number;
  wasReopened: boolean;
  isTold: boolean;
}

export const createSilence = (options: SilenceOptions): Silence => {
  const { say, isBroken } = options;
  const asked = options.isAnswering ?? isAnswering;
  const silent = new Map<string, Silent>();
  const isLost = ({ worker, misses }: Silent) => misses >= MISSES && !isBroken(worker.id);

  const miss = (worker: ServedWorker): void => {
    const before = silent.get(keyOf(worker));
    const { wasReopened = false, isTold = false } = before ?? {};
    const known = { worker, misses: (before?.misses ?? 0) + 1, wasReopened, isTold };
    silent.set(keyOf(worker), known);
    if (!wasReopened || isTold || !isLost(known)) return;
    known.isTold = true;
    say(`${nameOf(worker)} does not answer, and starting the local cloud again did not help.`);
  };

  return {
    listen: async (workers, isEveryonesTurn) => {
      const isTurn = (worker: ServedWorker) => {
        const misses = silent.get(keyOf(worker))?.misses ?? 0;
        return isEveryonesTurn || (misses > 0 && misses < MISSES);
      };
      await Promise.all(
        workers()
          .filter(isTurn)
          .map(async (worker) => {
            const isThere = await asked(worker.url);
            // One that an operation has taken away in the meantime is nobody's loss.
            const isWanted = workers().some(({ url }) => url === worker.url);
            if (isThere || !isWanted) silent.delete(keyOf(worker));
            else miss(worker);
          }),
      );
    },
    curable: (workers) =>
      workers.filter((worker) => {
        const one = silent.get(keyOf(worker));
        return one !== undefined && !one.wasReopened && isLost(one);
      }),
    onReopened: () => {
      for (const one of silent.values()) {
        one.wasReopened ||= isLost(one);
        one.misses = 0;
      }
    },
  };
};

const keyOf = ({ stage, id }: ServedWorker): string => `${stage}/${id}`;

export const nameOf = ({ stage, id }: ServedWorker): string => `${id} of ${stage}`;
