// After a deploy that was cancelled: GitHub gives it ten seconds and kills it then. This step runs afterwards and undoes what
// the deploy could not. Where it could, nothing is left to do.
import { recall } from './canary-record.ts';
import { createCloudflare } from './cloudflare.ts';
import { runScript } from './process-world.ts';
import { undo, undoing } from './undo.ts';
import type { PipelineWorld } from './world.ts';

export const recover = async (_words: readonly string[], world: PipelineWorld): Promise<number> => {
  const record = recall(world);
  if (record === undefined || record.isOver) {
    world.note('There is nothing to undo.');
    return 0;
  }
  const { activeVersion } = createCloudflare(world);
  const state = await undo(world, record, undoing(world, activeVersion));
  world.summary(`### The deploy of ${record.stage} was cut off\n\n${state}`);
  world.note(state);
  return 0;
};

if (import.meta.main) await runScript(recover);
