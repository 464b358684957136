// An operation as it is shown, from what the engine keeps of it.
import type { OperationLine } from '../contract/engine.ts';
import { type Operation, hasEffect } from '../contract/operation.ts';
import { outcomeSchema } from '../contract/runner-protocol.ts';
import type { OperationRecord } from './operation-record.ts';
import type { OperationStore } from './operation-store.ts';

const outputsSchema = outcomeSchema.options[0].shape.outputs;

const iso = (ms: number): string => new Date(ms).toISOString();

export const lineOf = (record: OperationRecord, stage: string): OperationLine => ({
  operationId: record.operationId,
  kind: record.kind,
  stage,
  status: record.status,
  requester: record.requester,
  tool: record.tool,
  createdAt: iso(record.createdAt),
  updatedAt: iso(record.updatedAt),
  ...(record.endedAt !== undefined && { endedAt: iso(record.endedAt) }),
  fence: record.fence,
  ...(record.approver !== undefined && { approver: record.approver }),
  isCancelRequested: record.isCancelRequested,
  ...(record.planId !== undefined && { planId: record.planId }),
  ...(record.expiresAt !== undefined && { expiresAt: iso(record.expiresAt) }),
  ...(record.error !== undefined && { error: record.error }),
  lastSeq: record.lastSeq,
  ...dispatchOf(record),
});

const dispatchOf = ({ asks }: OperationRecord): Pick<OperationLine, 'dispatch'> => {
  const last = asks?.at(-1);
  if (last === undefined) return {};
  const { askedAt, state, url, reason } = last;
  const shown = { askedAt: iso(askedAt), state };
  return {
    dispatch: {
      ...shown,
      ...(url !== undefined && { url }),
      ...(reason !== undefined && { reason }),
    },
  };
};

export const viewOf = (
  record: OperationRecord,
  stage: string,
  store: OperationStore,
): Operation => {
  const { operationId } = record;
  const plan = store.plan(operationId) ?? reviewedPlan(record, store);
  const outputs = outputsSchema.parse(store.detail(operationId, 'outputs'));
  const drift = store.drift(operationId);
  return {
    ...lineOf(record, stage),
    ...(plan !== undefined && { plan }),
    ...(outputs !== undefined && { outputs }),
    ...(drift !== undefined && { drift }),
  };
};

/** Of an effect that must keep to a plan: that plan. */
export const reviewedPlan = ({ kind, planId }: OperationRecord, store: OperationStore) => {
  if (!hasEffect(kind) || planId === undefined) return undefined;
  const planned = store.byPlan(planId);
  return planned && store.plan(planned.operationId);
};
