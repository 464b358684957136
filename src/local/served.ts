// Which Workers ought to answer now. It follows operations: what one has destroyed is not dead, and what one is just
// replacing may be silent for a moment.
import type { Snapshot } from '../contract/snapshot.ts';

export interface Served {
  /** An operation works on the stage: what answers there is not known. */
  unsettle(stage: string): void;
  /** The stage consists of this now. */
  settle(snapshot: Snapshot): void;
  urls(): readonly string[];
}

export const createServed = (): Served => {
  const stages = new Map<string, readonly string[]>();
  return {
    unsettle: (stage) => void stages.delete(stage),
    settle: ({ stage, resources }) =>
      void stages.set(
        stage,
        resources.flatMap(({ url }) => (url === null ? [] : [url])),
      ),
    urls: () => [...stages.values()].flat(),
  };
};
