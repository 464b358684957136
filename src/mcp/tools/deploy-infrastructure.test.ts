import { describe, expect, it } from 'bun:test';

import { by } from '../../../test/kit/edge-calls.ts';
import { keeps } from '../../../test/kit/keeps.ts';
import { ask, callTool, refusal } from '../../../test/kit/mcp-calls.ts';
import { useOperatedCloud } from '../../../test/kit/operated-cloud.ts';
import { resource } from '../../../test/kit/scripted-stage.ts';
import { deployInfrastructure } from './deploy-infrastructure.ts';
import { getOperation } from './get-operation.ts';

const { cloud, stages, runner, connect, disconnect } = useOperatedCloud();

const deploy = (args: Record<string, unknown>, headers?: Record<string, string>) =>
  ask(cloud(), deployInfrastructure, args, headers);

const WARNING = { code: 'REPLACED', id: 'demo-db', message: 'demo-db is made anew.' } as const;

describe('deploy_infrastructure', () => {
  it('plans with dryRun, and says what to do with the plan', async () => {
    stages.set('plans', {
      resources: [resource('demo-db', 'update', 'Cloudflare.D1Database'), resource('kv', 'noop')],
    });
    const plan = await deploy({ stage: 'plans', dryRun: true });
    expect(plan).toMatchObject({
      kind: 'deploy_plan',
      stage: 'plans',
      status: 'succeeded',
      summary: { update: 1, noop: 1, create: 0 },
      changes: [{ id: 'demo-db', type: 'Cloudflare.D1Database', action: 'update' }],
    });
    expect(plan.changes).toHaveLength(1);
    expect(plan.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(plan.planId).toMatch(/^[0-9a-f]{32}$/);
    expect(plan.next).toContain(`planId "${plan.planId}"`);
    expect(Date.parse(plan.expiresAt ?? '')).toBeGreaterThan(Date.now() + 14 * 60_000);
    expect(runner().jobs.map(({ kind }) => kind)).not.toContain('deploy');
  });

  keeps('tool.deploy_infrastructure', 'deploys, and answers what came of it', async () => {
    stages.set('preview-1', {
      resources: [resource('demo-kv')],
      outputs: { app: 'https://app.example.com' },
    });
    const done = await deploy({ stage: 'preview-1' });
    expect(done).toMatchObject({
      kind: 'deploy',
      status: 'succeeded',
      outputs: { app: 'https://app.example.com' },
      changes: [{ id: 'demo-kv', action: 'create' }],
    });
    expect(done.next).toContain('get_resource_status');
    const read = await ask(cloud(), getOperation, { operationId: done.operationId });
    expect(read).toEqual(done);
  });

  it('deploys the plan that was reviewed, once', async () => {
    const { planId } = await deploy({ stage: 'preview-2', dryRun: true });
    expect(await deploy({ stage: 'preview-2', planId })).toMatchObject({ status: 'succeeded' });
    const again = await refusal(cloud(), 'deploy_infrastructure', { stage: 'preview-2', planId });
    expect(again.code).toBe('PLAN_USED');
    expect(again.next).toContain('dryRun');
  });

  it('refuses a plan that no longer holds, and names the operation', async () => {
    const { planId } = await deploy({ stage: 'preview-3', dryRun: true });
    stages.set('preview-3', { resources: [resource('demo-kv'), resource('demo-db')] });
    const stale = await refusal(cloud(), 'deploy_infrastructure', { stage: 'preview-3', planId });
    expect(stale.code).toBe('PLAN_STALE');
    expect(stale.message).toMatch(/Operation preview-3\.[0-9a-f]{32}/);
  });

  it('wants a plan where there is something to warn of', async () => {
    stages.set('preview-4', { resources: [resource('demo-db', 'replace')], warnings: [WARNING] });
    const refused = await refusal(cloud(), 'deploy_infrastructure', { stage: 'preview-4' });
    expect(refused.code).toBe('PLAN_REQUIRED');
    const plan = await deploy({ stage: 'preview-4', dryRun: true });
    expect(plan).toMatchObject({ warnings: [WARNING] });
    expect(plan.next).toContain('warnings');
    const done = await deploy({ stage: 'preview-4', planId: plan.planId });
    expect(done.status).toBe('succeeded');
  });

  it('wants a plan of a protected stage', async () => {
    const refused = await refusal(cloud(), 'deploy_infrastructure', { stage: 'prod' });
    expect(refused).toMatchObject({ code: 'PLAN_REQUIRED' });
    expect(refused.next).toContain('"dryRun":true');
  });

  it('tells a failure as a result, with what went wrong', async () => {
    stages.set('preview-5', {
      resources: [resource('demo-kv')],
      during: async () => ({ status: 'failed', message: 'demo-kv: the name is taken.' }),
    });
    const failed = await deploy({ stage: 'preview-5' });
    expect(failed).toMatchObject({
      status: 'failed',
      error: { code: 'OPERATION_FAILED', message: expect.stringContaining('name is taken') },
    });
    expect(failed.next).toBe(failed.error?.next ?? '');
  });

  it('does the same request once, by its key', async () => {
    const args = { stage: 'preview-6', idempotencyKey: 'release-42' };
    const first = await deploy(args);
    expect((await deploy(args)).operationId).toBe(first.operationId);
    expect(runner().jobs.filter(({ stage }) => stage === 'preview-6')).toHaveLength(1);
    const other = await refusal(cloud(), 'deploy_infrastructure', { ...args, dryRun: true });
    expect(other.code).toBe('IDEMPOTENCY_CONFLICT');
  });

  it('goes on when its caller leaves', async () => {
    const started = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    stages.set('preview-7', {
      resources: [resource('demo-kv')],
      during: async () => {
        started.resolve();
        await goOn.promise;
      },
    });
    const caller = new AbortController();
    const call = cloud()
      .fetch('/mcp', {
        method: 'POST',
        signal: caller.signal,
        headers: {
          ...by('leaver', { scope: 'infra:plan infra:deploy' }),
          'Content-Type': 'application/json',
        },
        body: JSON.stringify({
          jsonrpc: '2.0',
          id: 1,
          method: 'tools/call',
          params: { name: 'deploy_infrastructure', arguments: { stage: 'preview-7' } },
        }),
      })
      .catch(() => 'left');
    await started.promise;
    caller.abort();
    expect(await call).toBe('left');
    goOn.resolve();
    const job = runner().jobs.findLast(({ stage }) => stage === 'preview-7');
    for (;;) {
      const { status } = await ask(cloud(), getOperation, { operationId: job?.operationId });
      if (status === 'succeeded') break;
      expect(status).toBe('running');
      await Bun.sleep(20);
    }
  });

  it('answers before the server itself is replaced', async () => {
    const goOn = Promise.withResolvers<void>();
    stages.set('prod', {
      resources: [resource('mcp-server', 'update', 'Cloudflare.Worker')],
      during: () => goOn.promise,
    });
    const { planId } = await deploy({ stage: 'prod', dryRun: true });
    const answer = await deploy({ stage: 'prod', planId });
    expect(answer.status).toBe('running');
    expect(answer.next).toContain('is being replaced');
    goOn.resolve();
  });

  it('takes nothing that is misspelt, missing or malformed', async () => {
    for (const args of [
      {},
      { dryRun: true },
      { stage: 'x', dryrun: true },
      { stage: 'X' },
      { stage: 'x', planId: 'latest' },
      { stage: 'x', dryRun: 'yes' },
      { stage: 'x', idempotencyKey: 'a b' },
    ])
      expect((await refusal(cloud(), 'deploy_infrastructure', args)).code).toBe('INVALID_ARGUMENT');
  });
});

describe('a call that lasts', () => {
  it('tells a caller who listens each step', async () => {
    stages.set('preview-8', {
      resources: [resource('demo-kv')],
      during: async ({ tell }) => {
        await Bun.sleep(300);
        await tell({ type: 'note', status: 'Uploading.' });
        await Bun.sleep(300);
      },
    });
    const response = await cloud().fetch('/mcp', {
      method: 'POST',
      headers: {
        ...by('listener', { scope: 'infra:plan infra:deploy' }),
        'Content-Type': 'application/json',
        Accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: {
          name: 'deploy_infrastructure',
          arguments: { stage: 'preview-8' },
          _meta: { progressToken: 'p' },
        },
      }),
    });
    const text = await response.text();
    expect(text).toContain('"message":"Uploading."');
    expect(text).toContain('"message":"demo-kv created (1 of 1)"');
    expect(text).toContain('\\"status\\":\\"succeeded\\"');
  });
});

describe('a call that no runner hears', () => {
  it('ends after 25 seconds, and says what it waits for and how to go on', async () => {
    await disconnect();
    const started = Date.now();
    const waiting = await deploy({ stage: 'preview-9' });
    expect(Date.now() - started).toBeWithin(24_000, 28_000);
    expect(waiting.status).toBe('queued');
    expect(waiting.waitingFor).toContain('runner');
    expect(waiting.next).toContain(`get_operation with operationId "${waiting.operationId}"`);
    await connect();
    for (;;) {
      const { status } = await ask(cloud(), getOperation, {
        operationId: waiting.operationId,
      });
      if (status === 'succeeded') break;
      await Bun.sleep(20);
    }
  }, 40_000);
});

describe('a server whose limiter is down', () => {
  const closed = useOperatedCloud({ isLimiterDown: true });

  it('starts nothing', async () => {
    const { code } = await refusal(closed.cloud(), 'deploy_infrastructure', { stage: 'x' });
    expect(code).toBe('LIMITER_UNAVAILABLE');
    expect(closed.runner().jobs).toEqual([]);
    const listed = await callTool(closed.cloud(), 'list_operations');
    expect(listed.isError ?? false).toBe(false);
  });
});
