// Every combination of what a caller may have done right or wrong, on the way from the request to the effect; and the
// same with each gate taken out, which must let something through that the whole does not.
import { describe, expect, it } from 'bun:test';

import { ALICE, BOB, digestOf, planOf } from '../../test/kit/operations.ts';
import { phraseFor } from '../contract/plan.ts';
import { ADMISSION_GATES, MAX_OPEN, PLAN_LIFE_MS, admitBy } from './rules/admission.ts';
import { APPROVAL_GATES, refuseApprovalBy } from './rules/approval.ts';
import { BEGIN_GATES, judgeBy } from './rules/begin-rule.ts';

const NOW = 1_800_000_000_000;
const PLAN_ID = 'a'.repeat(32);
const STAGE = 'prod';

const CONDITIONS = [
  'planIsNamed',
  'planIsOwn',
  'verbIsRight',
  'planIsUnused',
  'planIsFresh',
  'phraseIsRight',
  'queueHasRoom',
  'approverIsAnother',
  'approvalIsOfThePlan',
  'isNotCancelled',
  'stageIsAsPlanned',
  'hasNoWarnings',
] as const;

type Condition = (typeof CONDITIONS)[number];
type Case = Readonly<Record<Condition, boolean>>;
type Kind = 'deploy' | 'destroy';

interface Gates {
  readonly admission: Parameters<typeof admitBy>[0];
  readonly approval: Parameters<typeof refuseApprovalBy>[0];
  readonly begin: Parameters<typeof judgeBy>[0];
}

const ALL: Gates = { admission: ADMISSION_GATES, approval: APPROVAL_GATES, begin: BEGIN_GATES };

const cases = (): Case[] =>
  Array.from(
    { length: 2 ** CONDITIONS.length },
    (_, bits) =>
      Object.fromEntries(CONDITIONS.map((name, n) => [name, ((bits >> n) & 1) === 1])) as Case,
  );

/** Does the request come to its effect? By the rules themselves, in the order the engine asks them. */
const comesToEffect = (gates: Gates, kind: Kind, isProtected: boolean, is: Case): boolean => {
  const reviewed = planOf(kind, STAGE);
  const planId = is.planIsNamed ? PLAN_ID : undefined;
  const admitted = admitBy(gates.admission)(
    { kind, requester: ALICE, planId, phrase: is.phraseIsRight ? phraseFor(reviewed) : 'yes' },
    {
      stage: STAGE,
      isProtected,
      plan: is.planIsNamed
        ? {
            verb: is.verbIsRight ? kind : kind === 'deploy' ? 'destroy' : 'deploy',
            client: is.planIsOwn ? ALICE.client : BOB.client,
            plannedAt: is.planIsFresh ? NOW : NOW - PLAN_LIFE_MS - 1,
            isUsed: !is.planIsUnused,
            phrase: phraseFor(reviewed),
          }
        : undefined,
      openOperations: is.queueHasRoom ? MAX_OPEN - 1 : MAX_OPEN,
    },
    NOW,
  );
  if (!admitted.ok) return false;
  const approver = is.approverIsAnother ? 'admin:bob' : 'admin:Alice';
  const yes = { approver, digest: is.approvalIsOfThePlan ? reviewed.digest : digestOf('other') };
  const facts = { requester: ALICE, planned: reviewed.digest };
  const isApproved = refuseApprovalBy(gates.approval)(yes, facts) === undefined;
  if (admitted.value === 'awaiting_approval' && !isApproved) return false;
  const { mayBegin } = judgeBy(gates.begin)({
    kind,
    stage: STAGE,
    isProtected,
    isCancelRequested: !is.isNotCancelled,
    approver: admitted.value === 'awaiting_approval' ? approver : undefined,
    planId,
    reviewed: is.planIsNamed ? reviewed : undefined,
    fresh: {
      ...reviewed,
      digest: is.stageIsAsPlanned ? reviewed.digest : digestOf('moved'),
      warnings: is.hasNoWarnings ? [] : [{ code: 'REPLACED', id: 'demo-db', message: 'gone' }],
    },
  });
  return mayBegin;
};

const OF_A_PLAN: readonly Condition[] = [
  'planIsOwn',
  'verbIsRight',
  'planIsUnused',
  'planIsFresh',
  'stageIsAsPlanned',
];

/** What must hold, written down apart from the rules. */
const needed = (kind: Kind, isProtected: boolean, is: Case): readonly Condition[] => {
  const always: Condition[] = ['queueHasRoom', 'isNotCancelled'];
  if (isProtected && kind === 'destroy')
    return [
      ...always,
      'planIsNamed',
      ...OF_A_PLAN,
      'phraseIsRight',
      'approverIsAnother',
      'approvalIsOfThePlan',
    ];
  if (isProtected) return [...always, 'planIsNamed', ...OF_A_PLAN];
  return is.planIsNamed ? [...always, ...OF_A_PLAN] : [...always, 'hasNoWarnings'];
};

const SITUATIONS = [
  ['deploy', true],
  ['deploy', false],
  ['destroy', true],
  ['destroy', false],
] as const;

const tableOf = (gates: Gates): string =>
  SITUATIONS.flatMap(([kind, isProtected]) =>
    cases().map((is) => (comesToEffect(gates, kind, isProtected, is) ? 'X' : '.')),
  ).join('');

describe('an effect', () => {
  it.each(SITUATIONS)(
    'of a %s (protected: %p) comes only when all that is needed holds',
    (kind, isProtected) => {
      let effects = 0;
      for (const is of cases()) {
        const isExpected = needed(kind, isProtected, is).every((condition) => is[condition]);
        expect(comesToEffect(ALL, kind, isProtected, is), JSON.stringify(is)).toBe(isExpected);
        effects += Number(isExpected);
      }
      expect(effects).toBeGreaterThan(0);
    },
  );
});

describe('without one gate', () => {
  const whole = tableOf(ALL);
  const without = (gates: Gates[keyof Gates], name: string) =>
    Object.fromEntries(Object.entries(gates).filter(([gate]) => gate !== name));

  it.each(Object.keys(ADMISSION_GATES).filter((name) => name !== 'planNamed'))(
    'of the admission, %s, something passes that must not',
    (name) => {
      const table = tableOf({ ...ALL, admission: without(ADMISSION_GATES, name) });
      expect(table === whole).toBe(false);
    },
  );

  it.each(Object.keys(APPROVAL_GATES))(
    'of the approval, %s, something passes that must not',
    (name) => {
      const table = tableOf({ ...ALL, approval: without(APPROVAL_GATES, name) });
      expect(table === whole).toBe(false);
    },
  );

  it.each(['notCancelled', 'planUnmoved', 'warningsSeen'])(
    'of the beginning, %s, something passes that must not',
    (name) => {
      expect(tableOf({ ...ALL, begin: without(BEGIN_GATES, name) }) === whole).toBe(false);
    },
  );

  it('that stands twice, the other one still holds; without both, something passes', () => {
    const admission = without(ADMISSION_GATES, 'planNamed');
    const begin = without(BEGIN_GATES, 'planNamed');
    expect(tableOf({ ...ALL, admission }) === whole).toBe(true);
    expect(tableOf({ ...ALL, begin }) === whole).toBe(true);
    expect(tableOf({ ...ALL, admission, begin }) === whole).toBe(false);
  });
});

describe('the beginning, where a stage has become protected since the request', () => {
  const facts = {
    kind: 'destroy',
    stage: STAGE,
    isProtected: true,
    isCancelRequested: false,
    approver: undefined,
    planId: PLAN_ID,
    reviewed: planOf('destroy', STAGE),
    fresh: planOf('destroy', STAGE),
  } as const;

  it('asks for the plan and the approval that nobody asked for then', () => {
    const judge = judgeBy(BEGIN_GATES);
    expect(judge(facts)).toMatchObject({ mayBegin: false, code: 'APPROVAL_REFUSED' });
    expect(judge({ ...facts, planId: undefined })).toMatchObject({ code: 'PLAN_REQUIRED' });
    expect(judge({ ...facts, approver: 'bob' })).toEqual({ mayBegin: true });
  });

  it('would let it pass without the gate for approvals', () => {
    const { approved: _, ...others } = BEGIN_GATES;
    expect(judgeBy(others)(facts)).toEqual({ mayBegin: true });
  });
});

describe('the beginning of what would stop half-way', () => {
  const blocking = {
    code: 'BUCKET_NOT_EMPTY',
    id: 'files',
    message: 'files holds 3 objects.',
    isBlocking: true,
  } as const;
  const fresh = { ...planOf('destroy', STAGE), warnings: [blocking] };
  const facts = {
    kind: 'destroy',
    stage: STAGE,
    isProtected: false,
    isCancelRequested: false,
    approver: undefined,
    planId: PLAN_ID,
    reviewed: fresh,
    fresh,
  } as const;

  it('is refused, though the plan was reviewed and nothing has moved', () => {
    const verdict = judgeBy(BEGIN_GATES)(facts);
    expect(verdict).toMatchObject({ mayBegin: false, code: 'PLAN_BLOCKED' });
    expect(verdict).toMatchObject({ message: 'Nothing was changed. files holds 3 objects.' });
  });

  it('would be let pass without its gate', () => {
    const { wouldFinish: _, ...others } = BEGIN_GATES;
    expect(judgeBy(others)(facts)).toEqual({ mayBegin: true });
  });
});
