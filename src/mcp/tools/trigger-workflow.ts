import { z } from 'zod';

import { randomId } from '../../lib/ids.ts';
import { pause } from '../../lib/pause.ts';
import { createRedactor } from '../../lib/redact.ts';
import { defineTool } from '../protocol/define-tool.ts';
import type { Named, Stage } from '../stage/stage.ts';
import { touch } from '../stage/touch.ts';
import { resourceName } from './support/arguments.ts';
import { plainJson } from './support/plain-json.ts';

/** What Cloudflare takes as an instance id. */
const INSTANCE_ID = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,99}$/;
const CLAIM_LOOKS = 20;
const CLAIM_POLL_MS = 100;

export const triggerWorkflow = defineTool({
  name: 'trigger_workflow',
  title: 'Trigger a workflow',
  description:
    'Starts an instance of a Workflow with the given params and returns its id and status. It runs the application’s own code. Give an instanceId to be safe against doing it twice: an id that exists is not started again, its status is returned with started: false.',
  scope: 'workflow:trigger',
  effect: 'run',
  input: (stage) =>
    z.object({
      workflowName: resourceName(stage, 'workflow'),
      params: z.record(z.string(), z.json()).default({}).describe('The payload of the run.'),
      instanceId: z.string().regex(INSTANCE_ID, 'letters, digits, _ and -, at most 100').optional(),
    }),
  output: z.object({
    stage: z.string(),
    workflowName: z.string(),
    instanceId: z.string(),
    started: z.boolean().describe('False when an instance of this id already existed.'),
    status: z
      .string()
      .describe('queued, running, waiting, paused, complete, errored, terminated, unknown.'),
    output: z
      .json()
      .optional()
      .describe(
        'What the run returned, once complete; left out when that is not JSON of bounded size.',
      ),
    error: z
      .string()
      .optional()
      .describe(
        'Why the run failed, in the application’s words; what looks like a secret is left out.',
      ),
  }),
  run: async ({ workflowName, params, instanceId }, { stage }) => {
    const workflow = stage.open('workflow', workflowName);
    const what = `The workflow "${workflow.name}"`;
    const id = instanceId ?? randomId();
    const { instance, started } = await touch(what, () => startOnce(stage, workflow, id, params), {
      next: `It may have started. Call again with instanceId "${id}": what has started is not started twice.`,
    });
    const { status, output, error } = await touch(what, () => instance.status());
    const result = output === undefined || output === null ? undefined : plainJson(output);
    return {
      stage: stage.name,
      workflowName: workflow.name,
      instanceId: instance.id,
      started,
      status,
      ...(result !== undefined && { output: result.value }),
      ...(error !== undefined && error !== null && { error: redact(messageOf(error)) }),
    };
  },
});

/**
 * Not every engine refuses an id that exists, so of many calls with one id only the claimant creates. The others wait
 * until they see its instance; if they never do, the claimant has died, and they do its work.
 */
const startOnce = async (
  stage: Stage,
  { name, handle }: Named<Workflow>,
  id: string,
  params: unknown,
) => {
  const existing = await find(handle, id);
  if (existing !== undefined) return { instance: existing, started: false };
  const isFirst = await stage.claim(`workflow ${name} ${id}`);
  const elsewhere = isFirst ? undefined : await awaitInstance(handle, id);
  if (elsewhere !== undefined) return { instance: elsewhere, started: false };
  try {
    return { instance: await handle.create({ id, params }), started: true };
  } catch (error) {
    const instance = await find(handle, id);
    if (instance === undefined) throw error;
    return { instance, started: false };
  }
};

const awaitInstance = async (
  workflow: Workflow,
  id: string,
): Promise<WorkflowInstance | undefined> => {
  for (let look = 0; look < CLAIM_LOOKS; look++) {
    const instance = await find(workflow, id);
    if (instance !== undefined) return instance;
    await pause(CLAIM_POLL_MS);
  }
  return undefined;
};

/** `get` alone does not tell: some engines hand out a handle for any id, and only its status is an answer. */
const find = async (workflow: Workflow, id: string): Promise<WorkflowInstance | undefined> => {
  try {
    const instance = await workflow.get(id);
    await instance.status();
    return instance;
  } catch {
    return undefined;
  }
};

/** The words are the application's, and an exception's message can quote a connection string. */
const redact = createRedactor([]);

const messageOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message)
    : String(error);
