// May a runner go on to the effect, with what it has just planned? Asked once per lease, right before it; every gate that
// let the operation in is asked again here, because a setting or the stage may have changed since.
import type { ErrorCode } from '../../contract/errors.ts';
import type { Plan, WARNING_CODES } from '../../contract/plan.ts';
import { needsApproval, needsPlan } from './admission.ts';
import { differenceInWords } from './plan-difference.ts';

export interface BeginFacts {
  readonly kind: 'deploy' | 'destroy';
  readonly stage: string;
  readonly isProtected: boolean;
  readonly isCancelRequested: boolean;
  readonly approver: string | undefined;
  readonly planId: string | undefined;
  /** The plan of that id. */
  readonly reviewed: Plan | undefined;
  readonly fresh: Plan;
}

export type BeginVerdict =
  | { readonly mayBegin: true }
  | {
      readonly mayBegin: false;
      readonly status: 'failed' | 'cancelled';
      readonly code: ErrorCode;
      readonly message: string;
    };

type Gate = (facts: BeginFacts) => BeginVerdict | undefined;

export const judgeBy =
  (gates: Readonly<Record<string, Gate>>) =>
  (facts: BeginFacts): BeginVerdict => {
    for (const gate of Object.values(gates)) {
      const verdict = gate(facts);
      if (verdict !== undefined) return verdict;
    }
    return { mayBegin: true };
  };

const notCancelled: Gate = ({ isCancelRequested }) =>
  isCancelRequested
    ? {
        mayBegin: false,
        status: 'cancelled',
        code: 'OPERATION_CANCELLED',
        message: 'It was cancelled before anything was changed.',
      }
    : undefined;

const planNamed: Gate = ({ kind, stage, isProtected, planId }) =>
  needsPlan(kind, isProtected) && planId === undefined
    ? failed('PLAN_REQUIRED', `Stage ${stage} is protected, and the operation names no plan.`)
    : undefined;

const approved: Gate = ({ kind, stage, isProtected, approver }) =>
  needsApproval(kind, isProtected) && approver === undefined
    ? failed('APPROVAL_REFUSED', `Stage ${stage} is protected, and nobody has approved.`)
    : undefined;

const planUnmoved: Gate = ({ planId, reviewed, fresh }) => {
  if (planId === undefined) return undefined;
  if (reviewed === undefined) return failed('PLAN_STALE', 'The reviewed plan is no longer there.');
  return reviewed.digest === fresh.digest
    ? undefined
    : failed(
        'PLAN_STALE',
        `Since the plan was made, this has changed: ${differenceInWords(reviewed, fresh)}.`,
      );
};

const MAX_SENTENCES = 3;

/** Half an operation is worse than none, and no review makes it whole. */
const wouldFinish: Gate = ({ fresh }) => {
  const blocking = fresh.warnings.filter(({ isBlocking }) => isBlocking === true);
  if (blocking.length === 0) return undefined;
  const named = blocking.slice(0, MAX_SENTENCES).map(({ message }) => message);
  const rest = blocking.length - named.length;
  return failed(
    'PLAN_BLOCKED',
    `Nothing was changed. ${named.join(' ')}${rest > 0 ? ` And ${rest} more.` : ''}`,
  );
};

type WarningCode = (typeof WARNING_CODES)[number];

/** Whoever destroys without a plan has said that the data may go; they have been told of nothing else. */
const SAID_BY_DESTROY: ReadonlySet<WarningCode> = new Set(['DELETED', 'CLASS_DATA_LOST']);
const MAX_NAMED = 10;

const warningsSeen: Gate = ({ kind, planId, fresh }) => {
  if (planId !== undefined) return undefined;
  const unseen = fresh.warnings.filter(
    ({ code }) => kind === 'deploy' || !SAID_BY_DESTROY.has(code),
  );
  if (unseen.length === 0) return undefined;
  const named = unseen.slice(0, MAX_NAMED).map(({ code, id }) => `${code} ${id}`);
  const rest = unseen.length > MAX_NAMED ? `, and ${unseen.length - MAX_NAMED} more` : '';
  return failed(
    'PLAN_REQUIRED',
    `Nothing was changed: the plan has warnings that must be reviewed first (${named.join(', ')}${rest}).`,
  );
};

const failed = (code: ErrorCode, message: string): BeginVerdict => ({
  mayBegin: false,
  status: 'failed',
  code,
  message,
});

/** In the order in which they are asked. */
export const BEGIN_GATES = {
  notCancelled,
  planNamed,
  approved,
  planUnmoved,
  wouldFinish,
  warningsSeen,
} as const satisfies Record<string, Gate>;

export const judgeBegin = judgeBy(BEGIN_GATES);
