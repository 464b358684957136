// How an operation ends, by its runner's account: each kind must bring what it was started for.
import { hasEffect } from '../contract/operation.ts';
import type { Plan } from '../contract/plan.ts';
import type { Outcome } from '../contract/runner-protocol.ts';
import type { EngineState } from './engine-state.ts';
import type { OperationRecord } from './operation-record.ts';
import { PLAN_LIFE_MS } from './rules/admission.ts';
import { type RunnerRefusal, badRequest } from './runner-refusal.ts';

type Succeeded = Extract<Outcome, { status: 'succeeded' }>;

/** Undefined when it has ended so; else why it goes on. */
export const finishOperation = (
  state: EngineState,
  record: OperationRecord,
  outcome: Outcome,
  now: number,
): RunnerRefusal | undefined => {
  const endedByFence = record.fence;
  if (outcome.snapshot !== undefined && outcome.snapshot.stage !== state.stage)
    return badRequest(`This is not the state of stage ${state.stage}.`);
  if (outcome.status !== 'succeeded') {
    const { status, message } = outcome;
    const code = status === 'failed' ? 'OPERATION_FAILED' : 'OPERATION_CANCELLED';
    state.end(record, status, now, { endedByFence, code, message });
    return undefined;
  }
  const { kind } = record;
  if (hasEffect(kind)) return effectDone(state, record, outcome, now);
  if (kind === 'drift') return driftDone(state, record, outcome, now);
  const { plan } = outcome;
  const verb = kind === 'deploy_plan' ? 'deploy' : 'destroy';
  if (plan?.verb !== verb || plan.stage !== state.stage)
    return badRequest(`A ${kind} of ${state.stage} succeeds with a plan to ${verb} it.`);
  planDone(state, record, plan, now);
  return undefined;
};

/** Also a deploy that has nothing to do asks before it begins: without the intent there was no effect to succeed. */
const effectDone = (
  state: EngineState,
  record: OperationRecord,
  { outputs }: Succeeded,
  now: number,
): RunnerRefusal | undefined => {
  if (!record.hasBegun) return badRequest(`This ${record.kind} has not begun.`);
  if (outputs !== undefined) state.store.keep(record.operationId, 'outputs', outputs);
  state.end(record, 'succeeded', now, { endedByFence: record.fence });
  return undefined;
};

const driftDone = (
  state: EngineState,
  record: OperationRecord,
  { drift }: Succeeded,
  now: number,
): RunnerRefusal | undefined => {
  if (drift === undefined) return badRequest('A drift run succeeds with what it found.');
  state.store.keep(record.operationId, 'drift', drift);
  state.end(record, 'succeeded', now, { endedByFence: record.fence });
  return undefined;
};

const planDone = (state: EngineState, record: OperationRecord, plan: Plan, now: number): void => {
  state.store.keep(record.operationId, 'plan', plan);
  const planned = state.end(record, 'succeeded', now, {
    endedByFence: record.fence,
    digest: plan.digest,
    planId: state.newId(),
    expiresAt: now + PLAN_LIFE_MS,
  });
  state.note(planned, 'planned', now);
};
