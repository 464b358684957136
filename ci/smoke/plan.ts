// A plan from end to end: server, hub, runner, Alchemy. It changes nothing.
import { z } from 'zod';

import { type Finding, bad, good, notable } from '../../src/cli/doctor/finding.ts';
import { OPERATION_STATUSES, hasEnded } from '../../src/contract/operation.ts';
import type { CallTool, Called } from './call.ts';

const PAUSE_MS = 2_000;
/** The longest a plan of a large stack should take, with a runner at hand. */
const PATIENCE_MS = 120_000;

const operation = z.object({
  operationId: z.string(),
  status: z.enum(OPERATION_STATUSES),
  waitingFor: z.string().optional(),
  summary: z.record(z.string(), z.number()).optional(),
  error: z.object({ message: z.string() }).optional(),
});

export const checkPlan = async (
  stage: string,
  call: CallTool,
  pause: (ms: number) => Promise<void>,
): Promise<Finding> => {
  let called = await call('deploy_infrastructure', { stage, dryRun: true });
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += PAUSE_MS) {
    const now = operationIn(called);
    if (now === undefined || hasEnded(now.status)) break;
    if (now.waitingFor?.includes('no runner') === true) {
      await call('cancel_operation', { operationId: now.operationId });
      return notable(
        'No runner is connected, so nothing was planned. To start one: bun mcp runner.',
      );
    }
    await pause(PAUSE_MS);
    called = await call('get_operation', { operationId: now.operationId });
  }
  return verdict(called);
};

const verdict = (called: Called): Finding => {
  const ended = operationIn(called);
  if (ended?.status === 'succeeded') {
    const { noop: _, ...changes } = ended.summary ?? {};
    const count = Object.values(changes).reduce((sum, met) => sum + met, 0);
    return good(`A runner planned a deploy: ${count} changes.`);
  }
  if (called.kind === 'refused' || called.kind === 'failed')
    return bad(`A plan was refused: ${called.message}.`);
  return bad(
    `A plan ended otherwise: ${ended?.status ?? 'unknown'}. ${ended?.error?.message ?? ''}`,
  );
};

const operationIn = (called: Called) =>
  called.kind === 'answered' ? operation.safeParse(called.content).data : undefined;
