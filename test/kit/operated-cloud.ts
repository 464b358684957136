// A hub with a scripted runner connected to it: what the test puts into `stages` is what there is to deploy.
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'bun:test';

import { type Cloud, type CloudOptions, useCloud } from './cloud.ts';
import { runScript, type ScriptedRunner } from './scripted-runner.ts';
import { resource, playing, type ScriptedStage } from './scripted-stage.ts';

export interface Operated {
  readonly cloud: () => Cloud;
  readonly runner: () => ScriptedRunner;
  /** What is scripted for a stage; others have one KV namespace to create. */
  readonly stages: Map<string, ScriptedStage>;
  /** As when the runner's machine is switched off. */
  readonly disconnect: () => Promise<void>;
  readonly connect: () => Promise<void>;
}

const USUAL: ScriptedStage = { resources: [resource('demo-kv')] };

export const useOperatedCloud = (options: CloudOptions = {}): Operated => {
  const cloud = useCloud(options);
  const stages = new Map<string, ScriptedStage>();
  let runner: ScriptedRunner | undefined;
  const connect = async () => {
    runner ??= await runScript(
      cloud(),
      playing((stage) => stages.get(stage) ?? USUAL),
    );
  };
  const disconnect = async () => {
    await runner?.[Symbol.asyncDispose]();
    runner = undefined;
  };
  beforeAll(connect);
  beforeEach(() => stages.clear());
  afterEach(() => expect(runner?.problems ?? []).toEqual([]));
  afterAll(disconnect);
  return {
    cloud,
    stages,
    connect,
    disconnect,
    runner: () => {
      if (runner === undefined) throw new Error('No runner is connected.');
      return runner;
    },
  };
};
