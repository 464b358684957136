import { describe, expect, it } from 'bun:test';

import type { Operation } from '../../../contract/operation.ts';
import type { PlannedResource } from '../../../contract/plan.ts';
import { operationResult, resultOf } from './operation-result.ts';
import { operationOf, planWith } from './operation.fixture.ts';

const NOW = Date.parse('2026-11-22T10:00:01.000Z');
const PLAN_ID = 'a'.repeat(32);
const PLANNED = { planId: PLAN_ID, expiresAt: '2026-11-22T10:15:01.000Z' };

const shown = (over: Partial<Operation> = {}, isSelfReplaced = false) =>
  operationResult.strict().parse(resultOf(operationOf(over), isSelfReplaced, NOW));

const many = (count: number, over: Partial<PlannedResource> = {}): PlannedResource[] =>
  Array.from({ length: count }, (_, at) => ({
    id: `r${at}`,
    type: 'T',
    action: 'create',
    properties: [],
    ...over,
  }));

describe('the changes of a plan', () => {
  it('are those that change something; the rest is counted', () => {
    const { changes, summary, changesTruncated } = shown(PLANNED);
    expect(changes?.map(({ id }) => id)).toEqual(['demo-db', 'demo-kv']);
    expect(summary).toMatchObject({ create: 2, noop: 1, delete: 0 });
    expect(changesTruncated).toBeUndefined();
  });

  it('are bounded in number and size, and say so', () => {
    const all = shown({ plan: planWith({ resources: many(2_000) }) });
    expect(all.changes).toHaveLength(100);
    expect(all).toMatchObject({ changesTruncated: true, summary: { create: 2_000 } });
    const properties = Array.from({ length: 500 }, () => ({
      path: 'p'.repeat(300),
      from: 'f'.repeat(300),
      to: 't'.repeat(300),
    }));
    const large = shown({ plan: planWith({ resources: many(100, { properties }) }) });
    expect(large.changesTruncated).toBe(true);
    expect(JSON.stringify(large).length).toBeLessThan(40_000);
  });
});

describe('what to do next', () => {
  const next = (over: Partial<Operation>, isSelfReplaced = false) =>
    shown(over, isSelfReplaced).next;

  it('after a plan is to deploy it, by its id and in time', () => {
    expect(next(PLANNED)).toBe(
      `Show the person the changes. If they agree, call deploy_infrastructure with stage "staging" and planId "${PLAN_ID}" within 15 minutes.`,
    );
    expect(next({ ...PLANNED, expiresAt: '2026-11-22T10:00:00.000Z' })).toContain('has expired');
    const warnings = [{ code: 'REPLACED' as const, id: 'demo-db', message: 'Its data is gone.' }];
    expect(next({ ...PLANNED, plan: planWith({ warnings }) })).toContain('and the warnings');
  });

  it('of an operation that GitHub was asked to run is to look at the run, or at why there is none', () => {
    const queued = { status: 'queued' as const, waitingFor: 'no runner is connected' };
    const url = 'https://github.com/octo-org/infra/actions/runs/7';
    const askedAt = '2026-11-22T10:00:00.000Z';
    const after = (dispatch: NonNullable<Operation['dispatch']>) => next({ ...queued, dispatch });
    for (const state of ['asking', 'asked'] as const)
      expect(after({ askedAt, state, url })).toStartWith(
        `A GitHub workflow run was asked for at ${askedAt}; runs: ${url}. Call get_operation`,
      );
    expect(after({ askedAt, state: 'unanswered', url })).toContain('it may have started; runs: ');
    const reason = 'GitHub is out of order (status 503).';
    expect(after({ askedAt, state: 'retrying', reason })).toContain(`again soon: ${reason}`);
    const refused = after({ askedAt, state: 'refused', reason });
    expect(refused).toStartWith(`GitHub started no workflow run for it: ${reason} It stays queued`);
    expect(next({ status: 'running', dispatch: { askedAt, state: 'asked' } })).toContain(
      'It is running',
    );
  });

  it('after a plan that changes nothing is nothing', () => {
    const resources = many(3, { action: 'noop' });
    expect(next({ ...PLANNED, plan: planWith({ resources }) })).toStartWith('Nothing to do');
    const destroyed = planWith({ verb: 'destroy', resources: [] });
    expect(next({ ...PLANNED, kind: 'destroy_plan', plan: destroyed })).toStartWith(
      'Nothing to do',
    );
  });

  it('after a plan to destroy is to confirm with the phrase', () => {
    const plan = planWith({ verb: 'destroy', resources: many(3, { action: 'delete' }) });
    const destroy = shown({ ...PLANNED, kind: 'destroy_plan', plan });
    expect(destroy.phrase).toBe('destroy staging 3 resources');
    expect(destroy.next).toContain(
      `destroy_infrastructure with stage "staging", confirm: true, planId "${PLAN_ID}" and phrase "destroy staging 3 resources" within 15 minutes.`,
    );
  });

  it('while it waits for a yes is to ask a person, by the command', () => {
    const { operationId } = operationOf();
    expect(next({ kind: 'destroy', status: 'awaiting_approval' })).toContain(
      `bun mcp approve ${operationId}`,
    );
  });

  it.each(['queued', 'leased', 'running'] as const)('while it is %s is to look again', (status) => {
    expect(next({ kind: 'deploy', status })).toContain('call get_operation with operationId');
    expect(next({ kind: 'deploy', status }, true)).toContain('is being replaced');
  });

  it('says where a wait has a reason', () => {
    const waitingFor = 'No runner is connected.';
    expect(shown({ status: 'queued', waitingFor })).toMatchObject({
      waitingFor,
      next: expect.stringContaining('as waitingFor says'),
    });
  });

  it('after a failure is what the error says', () => {
    const error = { code: 'OPERATION_FAILED', message: 'It broke.', next: 'Mend it.' } as const;
    expect(next({ kind: 'deploy', status: 'failed', error })).toBe('Mend it.');
    expect(next({ kind: 'deploy', status: 'lost' })).toContain('dryRun: true');
  });

  it('after a drift run is to plan, or nothing', () => {
    const row = { id: 'a', type: 'T', properties: [], detail: '' };
    const drift = (status: 'in_sync' | 'missing') => ({
      mode: 'live' as const,
      resources: [{ ...row, status }],
    });
    const missing = shown({ kind: 'drift', drift: drift('missing') });
    expect(missing.next).toContain('deploy_infrastructure');
    expect(missing.drift).toMatchObject({ summary: { missing: 1 }, resources: [{ id: 'a' }] });
    const inSync = shown({ kind: 'drift', drift: drift('in_sync') });
    expect(inSync.next).toStartWith('Nothing to do');
    expect(inSync.drift?.resources).toEqual([]);
  });
});
