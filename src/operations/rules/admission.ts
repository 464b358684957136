// May a request become an operation? Each gate is a condition of its own, asked in the order in which its answer helps
// most. No I/O: the engine looks up the facts and acts on the answer.
import { type Refusal, type Submission, hasEffect } from '../../contract/operation.ts';
import { err, ok, type Result } from '../../lib/result.ts';

export const PLAN_LIFE_MS = 15 * 60_000;
export const MAX_OPEN = 20;
/** Two machines’ clocks may differ by so much; a plan from further ahead is from before the clock stepped back. */
const CLOCK_SKEW_MS = 60_000;

/** A plan that the engine knows by the id that was given. */
export interface KnownPlan {
  readonly verb: 'deploy' | 'destroy';
  readonly client: string;
  readonly plannedAt: number;
  readonly isUsed: boolean;
  readonly phrase: string;
}

export interface AdmissionFacts {
  readonly stage: string;
  readonly isProtected: boolean;
  /** Of the planId in the submission. */
  readonly plan?: KnownPlan | undefined;
  readonly openOperations: number;
}

type Asked = Pick<Submission, 'kind' | 'requester' | 'planId' | 'phrase'>;

type Gate = (asked: Asked, facts: AdmissionFacts, now: number) => Refusal | undefined;

export const admitBy =
  (gates: Readonly<Record<string, Gate>>) =>
  (
    asked: Asked,
    facts: AdmissionFacts,
    now: number,
  ): Result<'queued' | 'awaiting_approval', Refusal> => {
    for (const gate of Object.values(gates)) {
      const refusal = gate(asked, facts, now);
      if (refusal !== undefined) return err(refusal);
    }
    return ok(needsApproval(asked.kind, facts.isProtected) ? 'awaiting_approval' : 'queued');
  };

export const needsPlan = (kind: Submission['kind'], isProtected: boolean): boolean =>
  isProtected && (kind === 'deploy' || kind === 'destroy');

export const needsApproval = (kind: Submission['kind'], isProtected: boolean): boolean =>
  isProtected && kind === 'destroy';

/** The plan that is asked for by name, where one is; undefined where none matters. */
const namedPlan = ({ kind, planId }: Asked): string | undefined =>
  hasEffect(kind) ? planId : undefined;

const planAnew = ({ kind }: Asked, { stage }: AdmissionFacts): string =>
  `Call ${howToPlan(stage, kind === 'destroy' ? 'destroy' : 'deploy')} and use the planId it gives.`;

const planNamed: Gate = ({ kind, planId }, { stage, isProtected }) => {
  if (!needsPlan(kind, isProtected) || planId !== undefined) return undefined;
  return kind === 'deploy'
    ? {
        code: 'PLAN_REQUIRED',
        message: `Stage ${stage} is protected: it is deployed by a plan that was reviewed.`,
        next: `Call ${howToPlan(stage, 'deploy')}, review the plan, then call deploy_infrastructure {"stage":"${stage}","planId":"<its planId>"} within 15 minutes.`,
      }
    : {
        code: 'PLAN_REQUIRED',
        message: `Stage ${stage} is protected: destroying it takes a plan, its phrase, and the approval of another person.`,
        next: `1. Call ${howToPlan(stage, 'destroy')}: it shows what would be lost, and gives a planId and a phrase. 2. Call ${howToDestroy(stage, '<its planId>', '<its phrase>')}. 3. Another person then runs: bun mcp approve <operationId>.`,
      };
};

/** To a client, another client's plan does not exist: nobody can find out what it holds by asking. */
const planOwn: Gate = (asked, facts) => {
  const planId = namedPlan(asked);
  return planId === undefined || facts.plan?.client === asked.requester.client
    ? undefined
    : {
        code: 'UNKNOWN_PLAN',
        message: `Stage ${facts.stage} has no plan ${planId} of this client.`,
        next: planAnew(asked, facts),
      };
};

const planOfVerb: Gate = (asked, facts) => {
  const { plan } = facts;
  if (namedPlan(asked) === undefined || plan === undefined || plan.verb === asked.kind)
    return undefined;
  return {
    code: 'UNKNOWN_PLAN',
    message: `Plan ${asked.planId} is a plan to ${plan.verb} the stage, not to ${asked.kind} it.`,
    next: planAnew(asked, facts),
  };
};

const planUnused: Gate = (asked, facts) =>
  namedPlan(asked) === undefined || facts.plan?.isUsed !== true
    ? undefined
    : {
        code: 'PLAN_USED',
        message: `Plan ${asked.planId} was used before, and is good once.`,
        next: planAnew(asked, facts),
      };

const planFresh: Gate = (asked, facts, now) => {
  if (namedPlan(asked) === undefined || facts.plan === undefined) return undefined;
  const age = now - facts.plan.plannedAt;
  return age > PLAN_LIFE_MS || age < -CLOCK_SKEW_MS
    ? {
        code: 'PLAN_EXPIRED',
        message: `Plan ${asked.planId} is older than 15 minutes.`,
        next: planAnew(asked, facts),
      }
    : undefined;
};

const phraseTyped: Gate = ({ kind, planId, phrase }, { stage, isProtected, plan }) => {
  if (kind !== 'destroy' || !isProtected || plan === undefined || phrase === plan.phrase)
    return undefined;
  return {
    code: 'PHRASE_REQUIRED',
    message: `To destroy ${stage}, the phrase must be exactly "${plan.phrase}".`,
    next: `Call ${howToDestroy(stage, planId ?? '', plan.phrase)}. Another person then runs: bun mcp approve <operationId>.`,
  };
};

const queueOpen: Gate = (_, { stage, openOperations }) =>
  openOperations < MAX_OPEN
    ? undefined
    : { code: 'QUEUE_FULL', message: `Stage ${stage} has ${openOperations} open operations.` };

const howToPlan = (stage: string, verb: 'deploy' | 'destroy'): string =>
  verb === 'deploy'
    ? `deploy_infrastructure {"stage":"${stage}","dryRun":true}`
    : `destroy_infrastructure {"stage":"${stage}"} without confirm`;

const howToDestroy = (stage: string, planId: string, phrase: string): string =>
  `destroy_infrastructure ${JSON.stringify({ stage, confirm: true, planId, phrase })}`;

/** In the order in which they are asked. */
export const ADMISSION_GATES = {
  planNamed,
  planOwn,
  planOfVerb,
  planUnused,
  planFresh,
  phraseTyped,
  queueOpen,
} as const satisfies Record<string, Gate>;

export const admit = admitBy(ADMISSION_GATES);
