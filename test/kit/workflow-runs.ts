// Runs of a Workflow through its tool, to their end, and the steps that the sample app writes down of each.
import { triggerWorkflow } from '../../src/mcp/tools/trigger-workflow.ts';
import type { Cloud } from './cloud.ts';
import { eventually } from './eventually.ts';
import { ask } from './mcp-calls.ts';

export const trigger = (cloud: Cloud, args: Record<string, unknown>) =>
  ask(cloud, triggerWorkflow, args);

/** The same call again, which starts nothing, until the run has ended. */
export const untilEnded = (cloud: Cloud, args: Record<string, unknown>) =>
  eventually(async () => {
    const run = await trigger(cloud, args);
    return ['complete', 'errored'].includes(run.status) ? run : undefined;
  });

export const stepsOf = async (cloud: Cloud, instanceId: string) => {
  const database = await cloud.database();
  const { results } = await database
    .prepare(
      'SELECT step, user_id, result FROM onboarding_steps WHERE instance_id = ? ORDER BY rowid',
    )
    .bind(instanceId)
    .all();
  return results;
};
