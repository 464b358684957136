import type { Snapshot } from '../contract/snapshot.ts';
import type { StageEngine } from '../operations/stage-engine.ts';

/** A stage's engine, as far as the Worker's routes and tools use it. */
export interface StageRecord {
  readonly publish: (snapshot: Snapshot) => Promise<void>;
  readonly snapshot: () => Promise<Snapshot | undefined>;
  readonly claim: (name: string) => Promise<boolean>;
}

export const stageRecord = (
  engines: DurableObjectNamespace<StageEngine>,
  stage: string,
): StageRecord => {
  const engine = () => engines.get(engines.idFromName(stage));
  return {
    publish: (snapshot) => engine().publish(snapshot),
    snapshot: () => engine().snapshot(),
    claim: (name) => engine().claim(name),
  };
};
