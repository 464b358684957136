// What each gate answers a runner; gates.test.ts has every combination of them.
import { describe, expect, it } from 'bun:test';

import { digestOf, planOf } from '../../../test/kit/operations.ts';
import type { Plan } from '../../contract/plan.ts';
import { type BeginFacts, judgeBegin } from './begin-rule.ts';

type Warning = Plan['warnings'][number];

const fresh = (warnings: readonly Warning[] = [], changes: Partial<Plan> = {}): Plan =>
  planOf('deploy', 'prod', { warnings: [...warnings], ...changes });

const warnings = (count: number, changes: Partial<Warning> = {}): Warning[] =>
  Array.from({ length: count }, (_, n) => ({
    code: 'REPLACED',
    id: `db-${n}`,
    message: `It replaces db-${n}.`,
    ...changes,
  }));

const judge = (facts: Partial<BeginFacts>) =>
  judgeBegin({
    kind: 'deploy',
    stage: 'prod',
    isProtected: false,
    isCancelRequested: false,
    approver: undefined,
    planId: undefined,
    reviewed: undefined,
    fresh: fresh(),
    ...facts,
  });

const failed = (code: string, message: unknown = expect.any(String)) => ({
  mayBegin: false,
  status: 'failed',
  code,
  message,
});

describe('a runner may begin', () => {
  it('what needs no plan, where nothing warns', () => {
    expect(judge({})).toEqual({ mayBegin: true });
  });

  it('what was reviewed, whatever it warns of', () => {
    const plan = fresh(warnings(3));
    expect(judge({ planId: 'p1', reviewed: plan, fresh: plan })).toEqual({ mayBegin: true });
  });

  it('to destroy without a plan, though data goes', () => {
    const lost = [...warnings(1, { code: 'DELETED' }), ...warnings(1, { code: 'CLASS_DATA_LOST' })];
    expect(judge({ kind: 'destroy', fresh: fresh(lost) })).toEqual({ mayBegin: true });
    expect(judge({ kind: 'deploy', fresh: fresh(lost) })).toMatchObject(failed('PLAN_REQUIRED'));
  });
});

describe('a runner may not begin', () => {
  it('what was cancelled', () => {
    expect(judge({ isCancelRequested: true })).toMatchObject({
      mayBegin: false,
      status: 'cancelled',
      code: 'OPERATION_CANCELLED',
    });
  });

  it('on a protected stage without a plan, or to destroy without an approval', () => {
    expect(judge({ isProtected: true })).toMatchObject(failed('PLAN_REQUIRED'));
    const plan = planOf('destroy', 'prod');
    const destroy = {
      kind: 'destroy',
      isProtected: true,
      planId: 'p1',
      reviewed: plan,
      fresh: plan,
    } as const;
    expect(judge(destroy)).toMatchObject(failed('APPROVAL_REFUSED'));
    expect(judge({ ...destroy, approver: 'bob' })).toEqual({ mayBegin: true });
  });

  it('by a plan that is gone, or is no longer what would happen', () => {
    expect(judge({ planId: 'p1' })).toMatchObject(
      failed('PLAN_STALE', 'The reviewed plan is no longer there.'),
    );
    const reviewed = fresh([], { digest: digestOf('before') });
    expect(judge({ planId: 'p1', reviewed })).toMatchObject(
      failed('PLAN_STALE', expect.stringContaining('something the plan depends on')),
    );
  });

  it('what would stop half-way, and hears of three reasons', () => {
    const sentence = (count: number) => {
      const judged = judge({ fresh: fresh(warnings(count, { isBlocking: true })) });
      return judged.mayBegin ? 'It may begin.' : `${judged.code}: ${judged.message}`;
    };
    const three =
      'PLAN_BLOCKED: Nothing was changed. It replaces db-0. It replaces db-1. It replaces db-2.';
    expect(sentence(3)).toBe(three);
    expect(sentence(4)).toBe(`${three} And 1 more.`);
    expect(sentence(5)).toBe(`${three} And 2 more.`);
  });

  it('what warns and was not reviewed, and hears of ten warnings', () => {
    const sentence = (count: number) => {
      const judged = judge({ fresh: fresh(warnings(count)) });
      return judged.mayBegin ? 'It may begin.' : `${judged.code}: ${judged.message}`;
    };
    expect(sentence(2)).toStartWith('PLAN_REQUIRED: Nothing was changed');
    expect(sentence(2)).toEndWith('(REPLACED db-0, REPLACED db-1).');
    expect(sentence(10)).toEndWith('REPLACED db-9).');
    expect(sentence(12)).toEndWith('REPLACED db-9, and 2 more).');
  });
});
