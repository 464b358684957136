// What the Worker's routes and tools ask of its own stage's engine beside operations: what was published, who was first.
import type { Snapshot } from '../contract/snapshot.ts';
import type { StageEngine } from '../operations/stage-engine.ts';

export interface StageRecord {
  readonly publish: (snapshot: Snapshot) => Promise<void>;
  readonly snapshot: () => Promise<Snapshot | undefined>;
  readonly claim: (name: string) => Promise<boolean>;
  /** Whether this run of GitHub has an operation of the stage under way. */
  readonly isHeldBy: (run: string) => Promise<boolean>;
}

export const stageRecord = (
  engines: DurableObjectNamespace<StageEngine>,
  stage: string,
): StageRecord => {
  const engineOf = (name: string) => engines.get(engines.idFromName(name));
  const engine = () => engineOf(stage);
  return {
    publish: (snapshot) => engineOf(snapshot.stage).publish(snapshot),
    snapshot: () => engine().snapshot(),
    claim: (name) => engine().claim(name),
    isHeldBy: (run) => engine().isHeldBy(run),
  };
};
