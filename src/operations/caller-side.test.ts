// Submitting, approving, cancelling, expiring: by the engine itself, over SQLite in this process.
import { describe, expect, it } from 'bun:test';

import { type EngineUnderTest, newEngine } from '../../test/kit/engine-in-process.ts';
import {
  ALICE,
  BOB,
  admitted,
  digestOf,
  planOf,
  snapshotOf,
  submissionOf,
} from '../../test/kit/operations.ts';
import type { Operation, Submission } from '../contract/operation.ts';
import { QUEUE_LIFE_MS } from './caller-side.ts';
import { MAX_OPEN, PLAN_LIFE_MS } from './rules/admission.ts';
import { APPROVAL_LIFE_MS } from './rules/approval.ts';

const NOW = Date.parse('2026-11-22T10:00:00.000Z');
const RUNNER = { runnerId: 'r1', label: 'laptop' };

const submit = (
  { run }: EngineUnderTest,
  kind: Submission['kind'],
  changes: Partial<Submission> = {},
  now = NOW,
) => run(({ callers }) => callers.submit(submissionOf(kind, changes), now));

const codeOf = (result: { ok: boolean; error?: { code: string } }) =>
  result.ok ? 'admitted' : result.error?.code;

/** A plan, as far as its planId. */
const plan = (engine: EngineUnderTest, verb: 'deploy' | 'destroy', requester = ALICE): string => {
  const { operationId } = admitted(submit(engine, `${verb}_plan`, { requester }));
  engine.run(({ runners }) => {
    const job = runners.lease(RUNNER, NOW);
    if (job === undefined) throw new Error('no job');
    runners.finish(job, { status: 'succeeded', plan: planOf(verb, 'prod') }, NOW);
  });
  return engine.run((it) => it.operation(operationId))?.planId ?? '';
};

const typesOf = ({ run }: EngineUnderTest): string[] =>
  run(({ journal }) => journal.read(0, 1_000)).map((entry) => {
    const { type, outcome } = entry as { type: string; outcome: string | null };
    return outcome === null ? type : `${type} ${outcome}`;
  });

describe('a request under an idempotency key', () => {
  it('answers the same operation again, also when it has ended', () => {
    const engine = newEngine();
    const first = admitted(submit(engine, 'deploy', { idempotencyKey: 'k' }));
    expect(admitted(submit(engine, 'deploy', { idempotencyKey: 'k' })).operationId).toBe(
      first.operationId,
    );
    engine.run(({ callers }) => callers.cancel(first.operationId, BOB, NOW));
    expect(admitted(submit(engine, 'deploy', { idempotencyKey: 'k' }))).toMatchObject({
      operationId: first.operationId,
      status: 'cancelled',
    });
    expect(engine.run((it) => it.operations(10, undefined))).toHaveLength(1);
  });

  it.each([
    ['of another kind', 'destroy', {}],
    ['with other arguments', 'deploy', { argumentsHash: digestOf('other') }],
    ['with a phrase', 'deploy', { phrase: 'yes' }],
  ] as const)('is a conflict %s, which the journal keeps', (_, kind, changes) => {
    const engine = newEngine();
    admitted(submit(engine, 'deploy', { idempotencyKey: 'k', argumentsHash: digestOf('a') }));
    const again = submit(engine, kind, {
      idempotencyKey: 'k',
      argumentsHash: digestOf('a'),
      ...changes,
    });
    expect(codeOf(again)).toBe('IDEMPOTENCY_CONFLICT');
    expect(typesOf(engine)).toEqual(['requested', 'refused IDEMPOTENCY_CONFLICT']);
  });

  it('is another client’s own', () => {
    const engine = newEngine();
    const [first, second] = [ALICE, BOB].map((requester) =>
      admitted(submit(engine, 'deploy', { idempotencyKey: 'k', requester })),
    );
    expect(first?.operationId).not.toBe(second?.operationId ?? '');
  });

  it('with a plan is good again with the same plan, which by then is used', () => {
    const engine = newEngine('prod', true);
    const planId = plan(engine, 'deploy');
    const asked = { planId, idempotencyKey: 'k' };
    const first = admitted(submit(engine, 'deploy', asked));
    expect(admitted(submit(engine, 'deploy', asked)).operationId).toBe(first.operationId);
  });
});

describe('a protected stage', () => {
  it('tells how it is deployed, and how it is destroyed, in the first refusal', () => {
    const engine = newEngine('prod', true);
    const deploy = submit(engine, 'deploy');
    expect(deploy).toMatchObject({
      error: {
        code: 'PLAN_REQUIRED',
        next: expect.stringContaining('deploy_infrastructure {"stage":"prod","dryRun":true}'),
      },
    });
    const destroy = submit(engine, 'destroy');
    expect(codeOf(destroy)).toBe('PLAN_REQUIRED');
    for (const step of ['without confirm', '"phrase"', '"confirm":true', 'bun mcp approve'])
      expect(JSON.stringify(destroy)).toContain(step.replaceAll('"', '\\"'));
  });

  it('takes a plan once, of this client, of this verb, for fifteen minutes', () => {
    const engine = newEngine('prod', true);
    const planId = plan(engine, 'deploy');
    expect(codeOf(submit(engine, 'deploy', { planId: 'f'.repeat(32) }))).toBe('UNKNOWN_PLAN');
    expect(codeOf(submit(engine, 'deploy', { planId, requester: BOB }))).toBe('UNKNOWN_PLAN');
    expect(codeOf(submit(engine, 'destroy', { planId }))).toBe('UNKNOWN_PLAN');
    expect(codeOf(submit(engine, 'deploy', { planId }, NOW + PLAN_LIFE_MS + 1))).toBe(
      'PLAN_EXPIRED',
    );
    expect(codeOf(submit(engine, 'deploy', { planId }, NOW - 3_600_000))).toBe('PLAN_EXPIRED');
    expect(codeOf(submit(engine, 'deploy', { planId }, NOW + PLAN_LIFE_MS))).toBe('admitted');
    expect(codeOf(submit(engine, 'deploy', { planId }))).toBe('PLAN_USED');
  });

  it('awaits another person’s yes to the plan, for an hour, and takes it once', () => {
    const engine = newEngine('prod', true);
    const planId = plan(engine, 'destroy');
    const phrase = 'destroy prod 1 resources';
    const { operationId, status, expiresAt } = admitted(
      submit(engine, 'destroy', { planId, phrase }),
    );
    expect(status).toBe('awaiting_approval');
    expect(Date.parse(expiresAt ?? '')).toBe(NOW + APPROVAL_LIFE_MS);
    const { digest } = planOf('destroy', 'prod');
    const approve = (approver: string, of = digest) =>
      engine.run(({ callers }) => callers.approve(operationId, { approver, digest: of }, NOW));
    const own = ['alice', 'ALICE', 'admin:alice', 'Admin: Alice@Example.com ', 'admin:', ''];
    for (const approver of own)
      expect(codeOf(approve(approver)), approver).toBe('APPROVAL_REFUSED');
    expect(codeOf(approve('bob', digestOf('other')))).toBe('APPROVAL_REFUSED');
    expect(admitted(approve('bob'))).toMatchObject({ status: 'queued', approver: 'bob' });
    // Its answer may have been lost; somebody else comes too late.
    expect(admitted(approve('bob')).status).toBe('queued');
    expect(codeOf(approve('carol'))).toBe('APPROVAL_REFUSED');
    expect(typesOf(engine).filter((type) => type.startsWith('approved'))).toHaveLength(1);
  });

  it('forgets a request that nobody approves', () => {
    const engine = newEngine('prod', true);
    const planId = plan(engine, 'destroy');
    const asked = { planId, phrase: 'destroy prod 1 resources' };
    const { operationId } = admitted(submit(engine, 'destroy', asked));
    const late = NOW + APPROVAL_LIFE_MS + 1;
    const { digest } = planOf('destroy', 'prod');
    const yes = engine.run(({ callers }) =>
      callers.approve(operationId, { approver: 'bob', digest }, late),
    );
    expect(codeOf(yes)).toBe('OPERATION_ENDED');
    expect(engine.run((it) => it.operation(operationId))).toMatchObject({
      status: 'failed',
      error: { code: 'OPERATION_EXPIRED' },
    });
  });
});

describe('a stage’s queue', () => {
  it('holds twenty and no more', () => {
    const engine = newEngine();
    for (let n = 0; n < MAX_OPEN; n += 1) admitted(submit(engine, 'drift'));
    expect(codeOf(submit(engine, 'drift'))).toBe('QUEUE_FULL');
  });

  it('forgets what no runner takes within fifteen minutes', () => {
    const engine = newEngine();
    const { operationId } = admitted(submit(engine, 'deploy'));
    engine.run((it) => it.callers.expire(NOW + QUEUE_LIFE_MS));
    expect(engine.run((it) => it.operation(operationId))?.status).toBe('queued');
    engine.run((it) => it.callers.expire(NOW + QUEUE_LIFE_MS + 1));
    expect(engine.run((it) => it.operation(operationId))).toMatchObject({
      status: 'failed',
      error: { code: 'OPERATION_EXPIRED', message: expect.stringContaining('Nothing was changed') },
    });
    expect(engine.run(({ runners }) => runners.lease(RUNNER, NOW))).toBeUndefined();
  });

  it('is listed newest first, a page at a time', () => {
    const engine = newEngine();
    const ids = Array.from({ length: 5 }, () => admitted(submit(engine, 'drift')).operationId);
    const page = (limit: number, before?: string): string[] =>
      engine.run((it) => it.operations(limit, before)).map(({ operationId }) => operationId);
    expect(page(2)).toEqual([ids[4] ?? '', ids[3] ?? '']);
    expect(page(9, ids[3])).toEqual([ids[2] ?? '', ids[1] ?? '', ids[0] ?? '']);
    expect(page(9, 'prod.unknown')).toEqual([]);
  });
});

describe('a request to cancel', () => {
  const cancel = (engine: EngineUnderTest, { operationId }: Operation) =>
    engine.run(({ callers }) => callers.cancel(operationId, BOB, NOW));

  it('ends at once what no runner has', () => {
    const engine = newEngine();
    const operation = admitted(submit(engine, 'deploy'));
    expect(admitted(cancel(engine, operation))).toMatchObject({
      status: 'cancelled',
      error: { code: 'OPERATION_CANCELLED' },
    });
    expect(codeOf(cancel(engine, operation))).toBe('OPERATION_ENDED');
    expect(engine.run(({ journal }) => journal.read(1, 1))).toMatchObject([
      { type: 'cancel_requested', requester: BOB },
    ]);
  });

  it('asks the runner that has it, which then may not begin', () => {
    const engine = newEngine();
    const operation = admitted(submit(engine, 'deploy'));
    engine.run(({ runners }) => runners.lease(RUNNER, NOW));
    expect(admitted(cancel(engine, operation))).toMatchObject({
      status: 'leased',
      isCancelRequested: true,
    });
    const held = { operationId: operation.operationId, fence: 1 };
    expect(engine.run(({ runners }) => runners.heartbeat(held, NOW))).toMatchObject({
      value: { isCancelRequested: true },
    });
    const begin = () =>
      engine.run(({ runners }) => runners.begin(held, planOf('deploy', 'prod'), NOW));
    expect(begin()).toMatchObject({ value: { mayBegin: false } });
    expect(begin()).toMatchObject({ value: { mayBegin: false } });
    expect(engine.run((it) => it.operation(operation.operationId))?.status).toBe('cancelled');
    expect(typesOf(engine)).not.toContain('begun');
  });

  it('of an operation there is not is told so', () => {
    const nothing = { operationId: 'prod.00000000000000000000000000000000' } as Operation;
    expect(codeOf(cancel(newEngine(), nothing))).toBe('UNKNOWN_OPERATION');
  });
});

it('a plan keeps what it was, and an effect shows the plan it keeps to', () => {
  const engine = newEngine('prod', true);
  const planId = plan(engine, 'deploy');
  const { operationId } = admitted(submit(engine, 'deploy', { planId }));
  const shown = engine.run((it) => it.operation(operationId));
  expect(shown).toMatchObject({ planId, plan: planOf('deploy', 'prod') });
  expect(snapshotOf('prod').stage).toBe('prod');
});
