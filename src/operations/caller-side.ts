// What people and assistants do with operations: submit, approve, cancel. Synchronous, and to be called within one
// transaction, so that a state and the journal entry that tells of it are kept together or not at all.
import {
  type Operation,
  type Refusal,
  type Requester,
  type Submission,
  hasEffect,
  hasEnded,
} from '../contract/operation.ts';
import { phraseFor } from '../contract/plan.ts';
import { err, ok, type Result } from '../lib/result.ts';
import type { EngineState } from './engine-state.ts';
import type { OperationRecord } from './operation-record.ts';
import { reviewedPlan, viewOf } from './operation-view.ts';
import { type KnownPlan, PLAN_LIFE_MS, admit } from './rules/admission.ts';
import { APPROVAL_LIFE_MS, type Yes, refuseApproval } from './rules/approval.ts';
import { afterCancel } from './rules/machine.ts';

/** How long a request waits for a runner: a deploy must not start hours later, when one comes back. */
export const QUEUE_LIFE_MS = 15 * 60_000;

export class CallerSide {
  readonly #state: EngineState;

  constructor(state: EngineState) {
    this.#state = state;
  }

  submit(submission: Submission, now: number): Result<Operation, Refusal> {
    this.expire(now);
    const { store, stage, isProtected } = this.#state;
    const { requester, idempotencyKey: key, planId } = submission;
    const earlier = key === undefined ? undefined : store.byKey(requester.client, key);
    if (earlier !== undefined) return this.#again(earlier, submission, now);
    const planned = planId === undefined ? undefined : store.byPlan(planId);
    const admitted = admit(
      submission,
      {
        stage,
        isProtected,
        plan: planned && this.#known(planned),
        openOperations: store.count('open'),
      },
      now,
    );
    if (!admitted.ok) return this.#refuse(submission, admitted.error, now);
    const record = this.#create(submission, admitted.value, now);
    // Good once, whatever becomes of the operation.
    if (planned !== undefined && hasEffect(submission.kind))
      this.#state.change(planned, { usedBy: record.operationId }, now);
    return ok(this.#view(record));
  }

  approve(operationId: string, yes: Yes, now: number): Result<Operation, Refusal> {
    this.expire(now);
    const record = this.#state.store.byId(operationId);
    if (record === undefined) return err(unknown(operationId));
    const refusal =
      (hasEnded(record.status) ? ended(record) : undefined) ??
      refuseApproval(yes, {
        requester: record.requester,
        planned: reviewedPlan(record, this.#state.store)?.digest,
      }) ??
      notAwaiting(record, yes);
    if (refusal !== undefined) {
      const { approver, digest } = yes;
      this.#state.note(record, 'refused', now, { approver, digest, outcome: refusal.code });
      return err(refusal);
    }
    // The same yes twice: its first answer was lost.
    if (record.status !== 'awaiting_approval') return ok(this.#view(record));
    const { approver, digest } = yes;
    const queued: Partial<OperationRecord> = { status: 'queued', approver, waitingSince: now };
    const approved = this.#state.change({ ...record, expiresAt: undefined }, queued, now);
    this.#state.note(approved, 'approved', now, { digest });
    return ok(this.#view(approved));
  }

  cancel(operationId: string, by: Requester, now: number): Result<Operation, Refusal> {
    this.expire(now);
    const record = this.#state.store.byId(operationId);
    if (record === undefined) return err(unknown(operationId));
    const verdict = afterCancel(record.status);
    if (verdict === 'ended') {
      const refusal = ended(record);
      this.#state.note(record, 'refused', now, { requester: by, outcome: refusal.code });
      return err(refusal);
    }
    // Asked before: nothing more to ask.
    if (record.isCancelRequested) return ok(this.#view(record));
    const asked = this.#state.change(record, { isCancelRequested: true }, now);
    this.#state.note(asked, 'cancel_requested', now, { requester: by });
    if (verdict === 'asked') return ok(this.#view(asked));
    const ending = {
      code: 'OPERATION_CANCELLED',
      message: 'It was cancelled before a runner had it.',
    } as const;
    return ok(this.#view(this.#state.end(asked, 'cancelled', now, ending)));
  }

  /** What has waited too long ends. */
  expire(now: number): void {
    for (const record of this.#state.store.waiting()) {
      const waited = now - record.waitingSince;
      if (record.status === 'queued' && waited > QUEUE_LIFE_MS)
        this.#state.end(record, 'failed', now, {
          code: 'OPERATION_EXPIRED',
          message: 'No runner took it within 15 minutes. Nothing was changed.',
        });
      if (record.status === 'awaiting_approval' && waited > APPROVAL_LIFE_MS)
        this.#state.end(record, 'failed', now, {
          code: 'OPERATION_EXPIRED',
          message: 'Nobody approved it within an hour. Nothing was changed.',
        });
    }
  }

  #known(planned: OperationRecord): KnownPlan | undefined {
    const plan = this.#state.store.plan(planned.operationId);
    return plan === undefined
      ? undefined
      : {
          verb: plan.verb,
          client: planned.requester.client,
          plannedAt: (planned.expiresAt ?? 0) - PLAN_LIFE_MS,
          isUsed: planned.usedBy !== undefined,
          phrase: phraseFor(plan),
        };
  }

  #create(
    { kind, requester, tool, argumentsHash, idempotencyKey, planId, phrase }: Submission,
    status: 'queued' | 'awaiting_approval',
    now: number,
  ): OperationRecord {
    const record: OperationRecord = {
      operationId: `${this.#state.stage}.${this.#state.newId()}`,
      kind,
      status,
      requester,
      tool,
      argumentsHash,
      idempotencyKey,
      phrase,
      // Of a plan it will be its own.
      planId: hasEffect(kind) ? planId : undefined,
      createdAt: now,
      updatedAt: now,
      waitingSince: now,
      expiresAt: status === 'awaiting_approval' ? now + APPROVAL_LIFE_MS : undefined,
      isCancelRequested: false,
      hasBegun: false,
      fence: 0,
      attempts: 0,
      missed: 0,
      lastSeq: 0,
      seqBase: 0,
    };
    this.#state.store.save(record);
    this.#state.store.forgetOldDetails();
    this.#state.note(record, 'requested', now, digestOf(reviewedPlan(record, this.#state.store)));
    return record;
  }

  #again(
    earlier: OperationRecord,
    submission: Submission,
    now: number,
  ): Result<Operation, Refusal> {
    if (isSameRequest(earlier, submission)) return ok(this.#view(earlier));
    return this.#refuse(
      submission,
      {
        code: 'IDEMPOTENCY_CONFLICT',
        message: `This idempotencyKey belongs to operation ${earlier.operationId}, which was another request.`,
      },
      now,
    );
  }

  #refuse(submission: Submission, refusal: Refusal, now: number): Result<never, Refusal> {
    const { kind, requester, tool, argumentsHash } = submission;
    this.#state.journal.append(
      {
        type: 'refused',
        operationId: null,
        kind,
        requester,
        tool,
        argumentsHash,
        digest: null,
        approver: null,
        fence: null,
        outcome: refusal.code,
      },
      now,
    );
    return err(refusal);
  }

  #view = (record: OperationRecord): Operation =>
    viewOf(record, this.#state.stage, this.#state.store);
}

const digestOf = (plan: { readonly digest: string } | undefined) =>
  plan === undefined ? {} : { digest: plan.digest };

/** Of an effect `planId` is the one it was asked for with; a plan is asked for without. */
const isSameRequest = (earlier: OperationRecord, again: Submission): boolean =>
  earlier.kind === again.kind &&
  earlier.argumentsHash === again.argumentsHash &&
  earlier.phrase === again.phrase &&
  (hasEffect(earlier.kind) ? earlier.planId : undefined) ===
    (hasEffect(again.kind) ? again.planId : undefined);

const unknown = (operationId: string): Refusal => ({
  code: 'UNKNOWN_OPERATION',
  message: `There is no operation ${operationId}.`,
});

const ended = ({ operationId, status }: OperationRecord): Refusal => ({
  code: 'OPERATION_ENDED',
  message: `Operation ${operationId} has ended: ${status}.`,
});

const notAwaiting = (
  { status, approver, operationId }: OperationRecord,
  yes: Yes,
): Refusal | undefined =>
  status === 'awaiting_approval' || approver === yes.approver
    ? undefined
    : { code: 'APPROVAL_REFUSED', message: `Operation ${operationId} does not await an approval.` };
