// What each gate answers, and at which moment; gates.test.ts has every combination of them.
import { describe, expect, it } from 'bun:test';

import { ALICE, BOB } from '../../../test/kit/operations.ts';
import {
  ADMISSION_GATES,
  type AdmissionFacts,
  type KnownPlan,
  MAX_OPEN,
  PLAN_LIFE_MS,
  admit,
  needsApproval,
  needsPlan,
} from './admission.ts';

const NOW = 1_800_000_000_000;
const PHRASE = 'destroy prod';

const plan = (changes: Partial<KnownPlan> = {}): KnownPlan => ({
  verb: 'destroy',
  client: ALICE.client,
  plannedAt: NOW,
  isUsed: false,
  phrase: PHRASE,
  ...changes,
});

const asking = (
  asked: Partial<Parameters<typeof admit>[0]>,
  facts: Partial<AdmissionFacts> = {},
) => {
  const admitted = admit(
    { kind: 'destroy', requester: ALICE, planId: 'p1', phrase: PHRASE, ...asked },
    { stage: 'prod', isProtected: true, plan: plan(), openOperations: 0, ...facts },
    NOW,
  );
  return admitted.ok ? admitted.value : admitted.error;
};

describe('a request', () => {
  it('waits for an approval where a protected stage is destroyed, else for a runner', () => {
    expect(asking({})).toBe('awaiting_approval');
    expect(asking({ kind: 'deploy' }, { plan: plan({ verb: 'deploy' }) })).toBe('queued');
    expect(asking({}, { isProtected: false })).toBe('queued');
  });

  it('that changes nothing needs no plan, and does not look at one', () => {
    for (const kind of ['deploy_plan', 'destroy_plan', 'drift'] as const) {
      expect(needsPlan(kind, true)).toBe(false);
      expect(needsApproval(kind, true)).toBe(false);
      for (const known of [undefined, plan({ client: BOB.client, isUsed: true, plannedAt: 0 })])
        expect(asking({ kind }, { plan: known })).toBe('queued');
    }
  });

  it('without a plan is taken for an unprotected stage', () => {
    for (const kind of ['deploy', 'destroy'] as const)
      expect(asking({ kind, planId: undefined }, { isProtected: false, plan: undefined })).toBe(
        'queued',
      );
  });

  it.each([
    ['deploy', 'deploy_infrastructure {"stage":"prod","dryRun":true}'],
    ['destroy', 'destroy_infrastructure {"stage":"prod"} without confirm'],
  ] as const)('to %s a protected stage without a plan hears how to make one', (kind, call) => {
    expect(asking({ kind, planId: undefined }, { plan: undefined })).toMatchObject({
      code: 'PLAN_REQUIRED',
      next: expect.stringContaining(call),
    });
  });

  it.each([
    ['nobody has', undefined, 'UNKNOWN_PLAN'],
    ['is another client’s', plan({ client: BOB.client }), 'UNKNOWN_PLAN'],
    ['is to do something else', plan({ verb: 'deploy' }), 'UNKNOWN_PLAN'],
    ['was used', plan({ isUsed: true }), 'PLAN_USED'],
    ['is too old', plan({ plannedAt: NOW - PLAN_LIFE_MS - 1 }), 'PLAN_EXPIRED'],
    ['is from ahead', plan({ plannedAt: NOW + 60_001 }), 'PLAN_EXPIRED'],
  ] as const)('with a plan that %s hears how to make another', (_, known, code) => {
    expect(asking({}, { plan: known })).toMatchObject({
      code,
      next: 'Call destroy_infrastructure {"stage":"prod"} without confirm and use the planId it gives.',
    });
  });

  it('with a plan that nobody has is refused by the gate that asks for it, and by no other', () => {
    const facts = { stage: 'prod', isProtected: true, openOperations: 0 };
    const asked = { kind: 'destroy', requester: ALICE, planId: 'p1', phrase: PHRASE } as const;
    const refusing = Object.entries(ADMISSION_GATES).filter(([, gate]) => gate(asked, facts, NOW));
    expect(refusing.map(([name]) => name)).toEqual(['planOwn']);
  });

  it('to deploy with a used plan is told of a plan to deploy', () => {
    expect(
      asking({ kind: 'deploy' }, { plan: plan({ verb: 'deploy', isUsed: true }) }),
    ).toMatchObject({
      code: 'PLAN_USED',
      next: 'Call deploy_infrastructure {"stage":"prod","dryRun":true} and use the planId it gives.',
    });
  });

  it('with a plan is taken up to its last moment, and when clocks differ by a minute', () => {
    for (const plannedAt of [NOW - PLAN_LIFE_MS, NOW + 60_000])
      expect(asking({}, { plan: plan({ plannedAt }) })).toBe('awaiting_approval');
    expect(PLAN_LIFE_MS).toBe(900_000);
  });

  it('to destroy with another phrase hears the phrase, and the whole call', () => {
    for (const phrase of [undefined, '', 'destroy prod '])
      expect(asking({ phrase })).toMatchObject({
        code: 'PHRASE_REQUIRED',
        next: expect.stringContaining(
          '{"stage":"prod","confirm":true,"planId":"p1","phrase":"destroy prod"}',
        ),
      });
    expect(asking({ phrase: '' }, { isProtected: false })).toBe('queued');
    expect(asking({ kind: 'deploy', phrase: '' }, { plan: plan({ verb: 'deploy' }) })).toBe(
      'queued',
    );
  });

  it('is not taken beyond twenty open ones', () => {
    expect(MAX_OPEN).toBe(20);
    expect(asking({}, { openOperations: MAX_OPEN - 1 })).toBe('awaiting_approval');
    expect(asking({}, { openOperations: MAX_OPEN })).toMatchObject({ code: 'QUEUE_FULL' });
  });
});
