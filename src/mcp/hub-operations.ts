// The engines of all stages and the list of stages, as the hub's tools and routes use them: a method call is a call to
// a Durable Object. Each takes a fresh stub, because one that has failed once stays broken.
import type { StageDirectory, StageOperations } from '../contract/engine.ts';
import { HUB_NAME } from '../operations/hub-line.ts';
import type { RunnerHub } from '../operations/hub/runner-hub.ts';
import type { StageEngine } from '../operations/stage-engine.ts';

export interface HubOperations {
  readonly engine: (stage: string) => StageOperations;
  readonly directory: StageDirectory;
}

export const createHubOperations = (
  engines: DurableObjectNamespace<StageEngine>,
  hubs: DurableObjectNamespace<RunnerHub>,
): HubOperations => {
  const hub = () => hubs.get(hubs.idFromName(HUB_NAME));
  return {
    engine: (stage) => engineOf(() => engines.get(engines.idFromName(stage))),
    directory: {
      stages: () => hub().stages(),
      stage: (name) => hub().stage(name),
      runners: () => hub().runners(),
    },
  };
};

const engineOf = (engine: () => DurableObjectStub<StageEngine>): StageOperations => ({
  submit: (submission) => engine().submit(submission),
  operation: (id) => engine().operation(id),
  follow: (id, since, waitMs) => engine().follow(id, since, waitMs),
  operations: (page) => engine().operations(page),
  cancel: (id, by) => engine().cancel(id, by),
  approve: (id, yes) => engine().approve(id, yes),
  journal: (page) => engine().journal(page),
  verifyJournal: () => engine().verifyJournal(),
});
