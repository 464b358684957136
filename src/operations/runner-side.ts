// What a runner does with operations: lease, heartbeat, steps, begin, finish; and what happens when it falls silent.
// Synchronous, and to be called within one transaction. Every call carries the fence of its lease: with another one it
// changes nothing. The same question twice gets the same answer: the first answer may have been lost.
import { type OperationEvent, hasEffect, hasEnded } from '../contract/operation.ts';
import type { Plan } from '../contract/plan.ts';
import type { BeginReply, LeasedJob, Outcome } from '../contract/runner-protocol.ts';
import { err, ok, type Result } from '../lib/result.ts';
import type { EngineState } from './engine-state.ts';
import { finishOperation } from './finish-operation.ts';
import type { OperationRecord } from './operation-record.ts';
import { reviewedPlan } from './operation-view.ts';
import { judgeBegin } from './rules/begin-rule.ts';
import { type LeaseTerms, isLeaseLost } from './rules/lease.ts';
import { afterLeaseLost, isHeld } from './rules/machine.ts';
import { type Held, type RunnerRefusal, badRequest, stale } from './runner-refusal.ts';

/** Beyond this the steps of an operation are counted and no longer kept. */
const MAX_STEPS = 20_000;

export interface LeaseRequest {
  readonly runnerId: string;
  readonly label: string;
  /** That one or none. */
  readonly operationId?: string | undefined;
}

export class RunnerSide {
  readonly #state: EngineState;

  constructor(state: EngineState) {
    this.#state = state;
  }

  lease({ runnerId, label, operationId }: LeaseRequest, now: number): LeasedJob | undefined {
    const { store } = this.#state;
    const held = store.held();
    // Its first answer was lost: nobody else has the lease, and nothing has been done with it.
    const isOwn = held?.runnerId === runnerId && held.status === 'leased' && !held.hasBegun;
    if (held !== undefined)
      return isOwn && isWanted(held, operationId) ? this.#job(held) : undefined;
    const next = store.nextQueued();
    if (next === undefined || !isWanted(next, operationId)) return undefined;
    const fence = (store.fact('fence') ?? 0) + 1;
    store.setFact('fence', fence);
    const leased = this.#state.change(
      next,
      {
        status: 'leased',
        fence,
        runnerId,
        missed: 0,
        attempts: next.attempts + 1,
        seqBase: next.lastSeq,
      },
      now,
    );
    this.#state.note(leased, 'leased', now, { outcome: label });
    return this.#job(leased);
  }

  heartbeat(held: Held, now: number): Result<{ isCancelRequested: boolean }, RunnerRefusal> {
    const record = this.#heldBy(held);
    if (record === undefined) return err(stale(held));
    this.#heard(record, {}, now);
    return ok({ isCancelRequested: record.isCancelRequested });
  }

  events(
    held: Held,
    events: readonly OperationEvent[],
    now: number,
  ): Result<{ lastSeq: number }, RunnerRefusal> {
    const record = this.#heldBy(held);
    if (record === undefined) {
      const ended = this.#endedBy(held);
      return ended === undefined
        ? err(stale(held))
        : ok({ lastSeq: ended.lastSeq - ended.seqBase });
    }
    let { lastSeq } = record;
    for (const event of events) {
      const seq = record.seqBase + event.seq;
      if (seq > lastSeq + 1) break;
      if (seq <= lastSeq) continue;
      if (seq <= MAX_STEPS) this.#state.store.addEvent(record.operationId, { ...event, seq });
      lastSeq = seq;
    }
    // Of an effect `running` means that it has begun, and only `begin` says so.
    const isRunning = !hasEffect(record.kind) && record.status === 'leased';
    this.#heard(record, { lastSeq, ...(isRunning && { status: 'running' }) }, now);
    return ok({ lastSeq: lastSeq - record.seqBase });
  }

  /** The intent is in the journal before the runner hears that it may. */
  begin(held: Held, fresh: Plan, now: number): Result<BeginReply, RunnerRefusal> {
    const ended = this.#endedBy(held);
    if (ended !== undefined) return ok(mayNot(ended.error));
    const record = this.#heldBy(held);
    if (record === undefined) return err(stale(held));
    const { kind, planId, approver, isCancelRequested } = record;
    if (!hasEffect(kind)) return err(badRequest(`A ${kind} has nothing to begin.`));
    if (record.hasBegun) return ok({ mayBegin: true });
    const { stage, isProtected } = this.#state;
    if (fresh.verb !== kind || fresh.stage !== stage)
      return err(badRequest(`This is not a plan to ${kind} ${stage}.`));
    const reviewed = reviewedPlan(record, this.#state.store);
    const verdict = judgeBegin({
      kind,
      stage,
      isProtected,
      isCancelRequested,
      approver,
      planId,
      reviewed,
      fresh,
    });
    if (!verdict.mayBegin) {
      const { status, code, message } = verdict;
      this.#state.end(record, status, now, { code, message, endedByFence: held.fence });
      return ok(mayNot({ code, message }));
    }
    if (planId === undefined) this.#state.store.keep(record.operationId, 'plan', fresh);
    const begun = this.#heard(
      record,
      { status: 'running', hasBegun: true, digest: fresh.digest },
      now,
    );
    this.#state.note(begun, 'begun', now);
    return ok({ mayBegin: true });
  }

  finish(held: Held, outcome: Outcome, now: number): Result<'ended' | 'again', RunnerRefusal> {
    if (this.#endedBy(held) !== undefined) return ok('again');
    const record = this.#heldBy(held);
    if (record === undefined) return err(stale(held));
    const refusal = finishOperation(this.#state, record, outcome, now);
    return refusal === undefined ? ok('ended') : err(refusal);
  }

  /** One tick has passed. */
  tick(terms: LeaseTerms, now: number): void {
    const held = this.#state.store.held();
    if (held === undefined) return;
    const missed = held.missed + 1;
    if (!isLeaseLost(missed, terms)) {
      this.#state.change(held, { missed }, held.updatedAt);
      return;
    }
    const to = afterLeaseLost(held);
    if (to === 'queued') {
      const queued = { status: 'queued', missed: 0, waitingSince: now } as const;
      this.#state.note(this.#state.change(held, queued, now), 'requeued', now);
    } else if (to === 'cancelled') {
      this.#state.end(held, 'cancelled', now, {
        code: 'OPERATION_CANCELLED',
        message: 'It was cancelled, and its runner was lost before anything was changed.',
      });
    } else {
      this.#state.end(held, 'lost', now, { code: 'RUNNER_LOST', message: lostMessage(held) });
    }
  }

  #job({ operationId, kind, fence, planId }: OperationRecord): LeasedJob {
    const { stage, isHub } = this.#state;
    return {
      operationId,
      stage,
      kind,
      fence,
      isHub,
      ...(hasEffect(kind) && planId !== undefined && { planId }),
    };
  }

  #heard(record: OperationRecord, changes: Partial<OperationRecord>, now: number): OperationRecord {
    return this.#state.change(record, { ...changes, missed: 0 }, now);
  }

  #heldBy({ operationId, fence }: Held): OperationRecord | undefined {
    const record = this.#state.store.byId(operationId);
    return record !== undefined && isHeld(record.status) && record.fence === fence
      ? record
      : undefined;
  }

  #endedBy({ operationId, fence }: Held): OperationRecord | undefined {
    const record = this.#state.store.byId(operationId);
    return record !== undefined && hasEnded(record.status) && record.endedByFence === fence
      ? record
      : undefined;
  }
}

const isWanted = ({ operationId }: OperationRecord, wanted: string | undefined): boolean =>
  wanted === undefined || wanted === operationId;

const lostMessage = ({ hasBegun, attempts }: OperationRecord): string =>
  hasBegun
    ? 'The runner fell silent after the change had begun. How far it came is not known.'
    : `The runner fell silent, ${attempts} times in a row. Nothing was changed.`;

const mayNot = (error: { readonly code: string; readonly message: string } | undefined) => ({
  mayBegin: false,
  ...(error && { reason: `${error.code}: ${error.message}` }),
});
