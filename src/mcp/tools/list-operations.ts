import { z } from 'zod';

import type { OperationLine } from '../../contract/engine.ts';
import { OPERATION_KINDS, OPERATION_STATUSES } from '../../contract/operation.ts';
import { defineTool } from '../protocol/define-tool.ts';
import { touch } from '../stage/touch.ts';
import { timestamp } from './support/arguments.ts';
import { engineOf } from './support/operate.ts';

const MAX_LINES = 100;
const DEFAULT_LINES = 20;

export const listOperations = defineTool({
  name: 'list_operations',
  title: 'List operations',
  description:
    'The operations of a stage, newest first: plans, deployments, destructions and drift runs, who asked for each, and how it stands.',
  scope: 'infra:read',
  effect: 'read',
  reach: 'hub',
  input: () =>
    z.object({
      limit: z.int().min(1).max(MAX_LINES).default(DEFAULT_LINES),
      before: z.string().optional().describe('nextBefore of the previous page.'),
    }),
  output: z.object({
    stage: z.string(),
    operations: z.array(
      z.object({
        operationId: z.string(),
        kind: z.enum(OPERATION_KINDS),
        status: z.enum(OPERATION_STATUSES),
        requestedBy: z.string(),
        approvedBy: z.string().optional(),
        createdAt: timestamp,
        endedAt: timestamp.optional(),
        planId: z.string().optional(),
        error: z.object({ code: z.string(), message: z.string() }).optional(),
        waitingFor: z.string().optional(),
      }),
    ),
    count: z.number(),
    nextBefore: z.string().optional(),
  }),
  run: async ({ limit, before }, { stage, stageName }) => {
    const engine = stage.operations(stageName);
    const page = { limit, ...(before !== undefined && { before }) };
    const lines = await touch(engineOf(stageName), () => engine.operations(page));
    const last = lines.length === limit ? lines.at(-1) : undefined;
    return {
      stage: stageName,
      operations: lines.map(lineOf),
      count: lines.length,
      ...(last !== undefined && { nextBefore: last.operationId }),
    };
  },
});

const lineOf = (line: OperationLine) => {
  const { operationId, kind, status, requester, approver } = line;
  const { createdAt, endedAt, planId, error, waitingFor } = line;
  return {
    operationId,
    kind,
    status,
    requestedBy: requester.client,
    createdAt,
    ...(approver !== undefined && { approvedBy: approver }),
    ...(endedAt !== undefined && { endedAt }),
    ...(planId !== undefined && { planId }),
    ...(error !== undefined && { error: { code: error.code, message: error.message } }),
    ...(waitingFor !== undefined && { waitingFor }),
  };
};
