// Which Workers ought to answer now. It follows operations: what one has destroyed is not dead, and what one is just
// replacing may be silent for a moment.
import type { Snapshot } from '../contract/snapshot.ts';

export interface ServedWorker {
  readonly stage: string;
  readonly id: string;
  readonly url: string;
}

export interface Served {
  /** An operation works on the stage: what answers there is not known. */
  unsettle(stage: string): void;
  /** The stage consists of this now. */
  settle(snapshot: Snapshot): void;
  workers(): readonly ServedWorker[];
}

export const createServed = (): Served => {
  const stages = new Map<string, readonly ServedWorker[]>();
  return {
    unsettle: (stage) => void stages.delete(stage),
    settle: ({ stage, resources }) =>
      void stages.set(
        stage,
        resources.flatMap(({ id, url }) => (url === null ? [] : [{ stage, id, url }])),
      ),
    workers: () => [...stages.values()].flat(),
  };
};
