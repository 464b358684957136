// An operation as the tools answer it: bounded, without the rows that stay as they are, and with the one thing to do next.
import { z } from 'zod';

import { OPERATION_STATUSES, type Operation } from '../../../contract/operation.ts';
import {
  DRIFT_STATUSES,
  type Drift,
  PLAN_ACTIONS,
  type Plan,
  type PlannedResource,
  phraseFor,
  summaryOf,
} from '../../../contract/plan.ts';
import { timestamp } from './arguments.ts';
import { bounded } from './bounded.ts';
import { nextStep } from './next-step.ts';

const MAX_PROPERTIES = 20;

const value = z.string().nullable();
const count = z.number().nullable().optional();

/** What every tool of operations answers. Each adds what its own kind brings, and no more: a model reads all schemas. */
const base = {
  operationId: z.string(),
  kind: z.string(),
  stage: z.string(),
  status: z.enum(OPERATION_STATUSES),
  error: z.object({ code: z.string(), message: z.string(), next: z.string() }).optional(),
  waitingFor: z.string().optional(),
  next: z.string().describe('What to do now.'),
};

const planned = {
  planId: z.string().optional(),
  digest: z.string().optional().describe('Of all that the plan depends on.'),
  expiresAt: timestamp.optional(),
  summary: z.record(z.string(), z.number()).optional().describe('Resources by action.'),
  changes: z
    .array(
      z.object({
        id: z.string(),
        type: z.string(),
        action: z.enum(PLAN_ACTIONS),
        properties: z.array(z.object({ path: z.string(), from: value, to: value })).optional(),
      }),
    )
    .optional()
    .describe('Without what stays as it is.'),
  changesTruncated: z
    .boolean()
    .optional()
    .describe('True when there are more changes, warnings or losses than shown.'),
  warnings: z.array(z.object({ code: z.string(), id: z.string(), message: z.string() })).optional(),
  losses: z
    .array(
      z.object({
        id: z.string(),
        type: z.string(),
        tables: count,
        rows: count,
        objects: count,
        bytes: count,
        keys: count,
        instances: count,
        messages: count,
        isComplete: z.boolean(),
        detail: z.string(),
      }),
    )
    .optional()
    .describe('The data that would be gone; null is not known.'),
};

const deployed = { outputs: z.record(z.string(), z.string()).optional() };

const destroyed = {
  phrase: z.string().optional().describe('What to confirm with.'),
};

const drifted = {
  drift: z
    .object({
      mode: z.string(),
      summary: z.record(z.string(), z.number()),
      resources: z.array(
        z.object({
          id: z.string(),
          type: z.string(),
          status: z.enum(DRIFT_STATUSES),
          properties: z.array(z.object({ path: z.string(), expected: value, actual: value })),
          detail: z.string(),
        }),
      ),
    })
    .optional()
    .describe('Without what is in sync.'),
};

export const cancelResult = z.object(base);
export const deployResult = z.object({ ...base, ...planned, ...deployed });
export const destroyResult = z.object({ ...base, ...planned, ...destroyed });
export const driftResult = z.object({ ...base, ...drifted });
/** Of any kind. */
export const operationResult = z.object({
  ...base,
  ...planned,
  ...deployed,
  ...destroyed,
  ...drifted,
});

type OperationResult = z.output<typeof operationResult>;

/** `isSelfReplaced`: the server that answers is about to be replaced. `now` in milliseconds since the epoch. */
export const resultOf = (operation: Operation, isSelfReplaced: boolean, now: number) => {
  const { operationId, kind, stage, status, planId, expiresAt } = operation;
  const { plan, drift, outputs, error, waitingFor } = operation;
  return {
    operationId,
    kind,
    stage,
    status,
    ...(planId !== undefined && { planId }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(plan !== undefined && planPart(plan, kind)),
    ...(drift !== undefined && { drift: driftPart(drift) }),
    ...(outputs !== undefined && { outputs: Object.fromEntries(bounded(Object.entries(outputs))) }),
    ...(error !== undefined && { error }),
    ...(waitingFor !== undefined && { waitingFor }),
    next: nextStep(operation, isSelfReplaced, now),
  } satisfies OperationResult;
};

const planPart = (plan: Plan, kind: Operation['kind']) => {
  const changed = plan.resources.filter(({ action }) => action !== 'noop');
  const changes = bounded(changed.map(changeOf));
  const warnings = bounded(plan.warnings);
  const losses = bounded(plan.losses);
  const isCut =
    changes.length < changed.length ||
    changed.some(({ properties }) => properties.length > MAX_PROPERTIES) ||
    warnings.length < plan.warnings.length ||
    losses.length < plan.losses.length;
  return {
    digest: plan.digest,
    summary: summaryOf(plan.resources),
    changes,
    ...(isCut && { changesTruncated: true }),
    warnings,
    losses,
    ...(kind === 'destroy_plan' && { phrase: phraseFor(plan) }),
    ...(plan.drift !== undefined && { drift: driftPart(plan.drift) }),
  };
};

const changeOf = ({ id, type, action, properties }: PlannedResource) => ({
  id,
  type,
  action,
  ...(properties.length > 0 && { properties: properties.slice(0, MAX_PROPERTIES) }),
});

const driftPart = ({ mode, resources }: Drift) => ({
  mode,
  summary: Object.fromEntries(
    DRIFT_STATUSES.map((status) => [
      status,
      resources.filter((resource) => resource.status === status).length,
    ]),
  ),
  resources: bounded(
    resources
      .filter(({ status }) => status !== 'in_sync')
      .map((row) => ({ ...row, properties: row.properties.slice(0, MAX_PROPERTIES) })),
  ),
});
