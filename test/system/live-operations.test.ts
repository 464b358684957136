// Operations on Cloudflare, from the tool call to the account: the hub runs where it was deployed, the runner elsewhere.
import { afterAll, beforeAll, describe, expect, it, setDefaultTimeout } from 'bun:test';

import type { Kind } from '../kit/account/account.ts';
import { GITHUB_SETTINGS, GITHUB_TOKEN, startGithub } from '../kit/github/actions.ts';
import { REPOSITORY } from '../kit/github/oidc.ts';
import { LICENSE, NOTE, withCanaries } from './live-operations.fixture.ts';
import { LiveCloud, type RunnerProcess } from './live.ts';
import { actionsOf, expectSuccess, type Operation, warningsOf } from './operations.ts';
import { SYSTEM_TEST_MS } from './project.ts';

setDefaultTimeout(SYSTEM_TEST_MS);

const github = startGithub();
const variables = { DEMO_LICENSE: LICENSE, DEMO_NOTE: NOTE, ...GITHUB_SETTINGS };
const live = await LiveCloud.start(['example.com'], variables, github.fetch);
let runner: RunnerProcess;

beforeAll(async () => {
  live.keepStateHere();
  live.project.edit('alchemy.run.ts', withCanaries);
  const { code, output } = await live.alchemy('deploy --yes --stage prod');
  expect(code, output).toBe(0);
  runner = await live.startRunner();
  await live.account.fetch(live.api.hostOf('demo-app-prod'), '/');
});
afterAll(async () => {
  await live[Symbol.asyncDispose]();
  await github[Symbol.asyncDispose]();
});

const connections = (): number => runner.output().split('Connected.').length;

const namespaceOf = (id: string, stage: string): string | undefined =>
  live.account.names('namespace').find((name) => name.includes(id) && name.includes(stage));

const deleteNamespace = (id: string, stage: string): Promise<void> =>
  live.account.deleteOutOfBand('namespace', namespaceOf(id, stage) ?? '');

describe('prod', () => {
  it('is seen to miss what somebody has deleted, and to differ in what somebody has changed', async () => {
    await deleteNamespace('demo-cache', 'prod');
    await live.api.call('POST', '/workers/scripts/demo-app-prod/subdomain', { enabled: false });
    const { drift } = await live.operate('detect_drift', { stage: 'prod' });
    // The others are as Alchemy's own command has made them.
    expect(drift).toMatchObject({ mode: 'live', summary: { in_sync: 7, drifted: 1, missing: 1 } });
    expect(drift?.resources).toMatchObject([
      { id: 'demo-app', status: 'drifted' },
      { id: 'demo-cache', status: 'missing', properties: [] },
    ]);
    expect(drift?.resources[0]?.properties).toContainEqual({
      path: 'url',
      expected: `https://${live.api.hostOf('demo-app-prod')}`,
      actual: null,
    });
  });

  it('is mended by the deploy of a reviewed plan, which replaces the server that is asked', async () => {
    const unplanned = await live.refuse('deploy_infrastructure', { stage: 'prod' });
    expect(unplanned.code).toBe('PLAN_REQUIRED');
    const planned = await live.plan('prod');
    expect(actionsOf(planned)).toEqual([
      'update demo-app',
      'create demo-cache',
      'update mcp-server',
    ]);
    expect(warningsOf(planned)).toEqual(['DRIFTED demo-app', 'DRIFTED demo-cache']);
    const { planId } = planned;
    const before = connections();
    const deployed = await live.operate('deploy_infrastructure', { stage: 'prod', planId });
    expectSuccess(deployed);
    expect(namespaceOf('demo-cache', 'prod')).toBeDefined();
    // The hub it was connected to is gone; it is with the one that came after.
    expect(connections()).toBeGreaterThan(before);
    const visit = await live.account.fetch(live.api.hostOf('demo-app-prod'), '/');
    expect(await visit.json()).toMatchObject({ app: 'demo-app', users: 12 });
    expect(await live.call('get_cache_stats', {})).toMatchObject({ stage: 'prod' });
    const again = await live.plan('prod');
    expect([...actionsOf(again), ...warningsOf(again)]).toEqual([]);
  });
});

describe('a plan that would do harm', () => {
  it('names the class whose data would be gone, and is not begun where the account has no zone for a domain, whoever has reviewed it', async () => {
    const main = "main: './demo/worker.ts',";
    const undo = live.project.edit('alchemy.run.ts', (text) =>
      text
        .replace(/\n\s*CHAT: [^\n]*/, '')
        .replace(/\n\s*objects: [^\n]*/, '')
        .replace(
          main,
          `${main} domain: { name: 'app.example.com', aliases: ['app.nowhere.dev'] },`,
        ),
    );
    const before = live.account.journal.length;
    const planned = await live.plan('prod');
    expect(warningsOf(planned).toSorted()).toEqual([
      'CLASS_DATA_LOST demo-app',
      'DOMAIN_WITHOUT_ZONE demo-app',
    ]);
    expect(planned.losses).toMatchObject([{ id: 'demo-app', instances: null }]);
    const { planId } = planned;
    const refusal = await live.refuse('deploy_infrastructure', { stage: 'prod', planId });
    undo();
    expect(refusal.code).toBe('PLAN_BLOCKED');
    expect(refusal.message).toContain('No zone of the account holds app.nowhere.dev');
    expect(live.changesSince(before)).toEqual([]);
  });
});

describe('a runner for one operation', () => {
  /** Asks for an operation that nobody does yet; the answer comes once somebody has. */
  const queued = async (args: Record<string, unknown>) => {
    const answer = live.ask('deploy_infrastructure', { stage: 'staging', ...args });
    for (;;) {
      const { operations } = (await live.call('list_operations', {
        stage: 'staging',
        limit: 1,
      })) as {
        operations: Operation[];
      };
      const [first] = operations;
      if (first?.status === 'queued') return { answer, operationId: first.operationId };
      await Bun.sleep(50);
    }
  };

  it('says in one sentence which credentials it lacks, before anything', async () => {
    const run = await live.mcp(['runner'], { CLOUDFLARE_API_TOKEN: '' });
    expect(run.code).toBe(1);
    expect(run.output.trim().split('\n')).toHaveLength(1);
    expect(run.output).toContain('CLOUDFLARE_API_TOKEN');
  });

  it('takes over nothing unasked: what exists under a name of ours needs a plan', async () => {
    await live.api.call('POST', '/storage/kv/namespaces', { title: 'shared' });
    const before = live.account.journal.length;
    const refusal = await live.refuse('deploy_infrastructure', { stage: 'staging' });
    expect(refusal.code).toBe('PLAN_REQUIRED');
    expect(refusal.message).toContain('ADOPTED extra');
    expect(live.changesSince(before)).toEqual([]);
  });

  it('ends with 1 when Cloudflare refuses an upload in the middle, and tells why without a secret', async () => {
    const planned = await live.plan('staging');
    expect(warningsOf(planned)).toEqual(['ADOPTED extra']);
    await runner.stop();
    expect(runner.output()).toContain('deploy staging: failed. PLAN_REQUIRED: ');
    live.account.faults.add({
      method: 'PUT',
      path: /\/scripts\/demo-app-staging$/,
      skip: 1,
      status: 400,
      code: 10_021,
      message: `Uncaught Error: boom with ${LICENSE}, ${NOTE} and ${live.account.token}`,
    });
    const { answer, operationId } = await queued({ planId: planned.planId });
    const run = await live.mcp(['runner', '--once', operationId]);
    expect(run.code, run.output).toBe(1);
    expect(run.output).toContain('Uncaught Error: boom with');
    const failed = (await answer).structuredContent as unknown as Operation;
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'OPERATION_FAILED' } });
    expect(failed.error?.message).toContain('Uncaught Error: boom with');
  });

  it('is started by GitHub where no other is there, proves itself as that run, and ends with 0', async () => {
    const { answer, operationId } = await queued({});
    const asked = () => github.dispatches.find(({ operation }) => operation === operationId);
    while (asked() === undefined) await Bun.sleep(50);
    const { runId = '' } = asked() ?? {};
    // GitHub's answer is written down a moment after it was given.
    let waiting: Partial<Operation> = {};
    while (waiting.next?.includes(runId) !== true)
      waiting = await live.call('get_operation', { operationId });
    expect(waiting.status).toBe('queued');
    expect(waiting.next).toStartWith('A GitHub workflow run was asked for at ');
    expect(waiting.next).toContain(`https://github.com/${REPOSITORY}/actions/runs/${runId}.`);
    const run = await live.mcp(
      ['runner', '--once', operationId, '--url', live.hubUrl],
      github.environment({ runId }),
    );
    expect(run.code, run.output).toBe(0);
    await answer;
    const deployed = (await live.call('get_operation', { operationId })) as unknown as Operation;
    expectSuccess(deployed);
    const staging = `https://${live.api.hostOf('mcp-server-staging')}`;
    expect(deployed.outputs?.['mcp']).toBe(staging);
    // It asked for an identity for the hub, and for one to tell the new server what its stage is.
    const audiences = github.identities.map(({ audience }) => audience);
    expect(new Set(audiences)).toEqual(new Set([live.hubUrl, staging]));
    const journal = await live.mcp(['journal', '--stage', 'staging', '--json']);
    const about = journal.output.split('\n').filter((line) => line.includes(operationId));
    expect(about.some((line) => line.includes(`github:${REPOSITORY}#${runId}`))).toBe(true);
    expect(await live.call('get_resource_status', { stage: 'staging' })).toMatchObject({
      stateAsOf: expect.any(String),
    });
    runner = await live.startRunner();
  });
});

describe('staging', () => {
  const STAGE_KINDS = ['queue', 'workflow', 'database', 'bucket', 'namespace', 'worker'] as const;
  const stagingOf = (kind: Kind): string[] =>
    live.account.names(kind).filter((name) => name.includes('staging'));

  it('has a server of its own, which the hub asks for its data', async () => {
    const health = await live.account.fetch(live.api.hostOf('mcp-server-staging'), '/health');
    expect(await health.json()).toMatchObject({ status: 'ok', stage: 'staging' });
    const users = 'SELECT count(*) FROM users';
    // The app fills it when somebody first asks, as the runner did to see whether it answers.
    expect(await live.rowsOf('staging', users)).toEqual([[12]]);
    const message = { stage: 'staging', objectName: 'ChatDO', message: 'hello' };
    const { reply } = await live.call('send_durable_object_message', message);
    expect(reply).toMatchObject({ messages: 1 });
  });

  it('is not deployed by a plan that the account has moved away from', async () => {
    const { planId } = await live.plan('staging');
    for (const kind of STAGE_KINDS)
      for (const name of stagingOf(kind)) await live.account.deleteOutOfBand(kind, name);
    const before = live.account.journal.length;
    const stale = await live.refuse('deploy_infrastructure', { stage: 'staging', planId });
    expect(stale.code).toBe('PLAN_STALE');
    expect(stale.message).toContain('demo-cache (noop → create)');
    expect(live.changesSince(before)).toEqual([]);
  });

  it('is made anew when somebody has deleted all of it', async () => {
    const planned = await live.plan('staging');
    expect(planned.changes?.every(({ action }) => action === 'create')).toBe(true);
    expect(planned.warnings?.every(({ code }) => code === 'DRIFTED')).toBe(true);
    const { planId } = planned;
    expectSuccess(await live.operate('deploy_infrastructure', { stage: 'staging', planId }));
    expect(STAGE_KINDS.map((kind) => stagingOf(kind).length)).toEqual([1, 1, 1, 1, 2, 2]);
    expect(await live.rowsOf('staging', 'SELECT count(*) FROM users')).toEqual([[12]]);
  });

  it('is not destroyed half: a bucket that holds objects keeps all of it', async () => {
    const before = live.account.journal.length;
    const shown = await live.operate('destroy_infrastructure', { stage: 'staging' });
    expect(warningsOf(shown)).toContain('BUCKET_NOT_EMPTY demo-storage');
    const lossOf = (id: string) => shown.losses?.find((loss) => loss.id === id);
    expect(lossOf('demo-db')).toMatchObject({ isComplete: true });
    expect(lossOf('demo-db')?.rows).toBeGreaterThanOrEqual(12);
    expect(lossOf('demo-storage')?.objects).toBeGreaterThanOrEqual(13);
    const { planId, phrase } = shown;
    const args = { stage: 'staging', confirm: true, planId, phrase };
    const refusal = await live.refuse('destroy_infrastructure', args);
    expect(refusal.code).toBe('PLAN_BLOCKED');
    expect(refusal.message).toContain('empty it first');
    expect(live.changesSince(before)).toEqual([]);
  });

  it('is destroyed once the bucket is empty, and prod does not notice', async () => {
    await live.emptyBucket('staging');
    const args = { stage: 'staging', confirm: true };
    expectSuccess(await live.operate('destroy_infrastructure', args));
    expect(STAGE_KINDS.flatMap(stagingOf)).toEqual([]);
    // It was taken over, so it went too.
    expect(live.account.names('namespace')).not.toContain('shared');
    const gone = await live.refuse('query_database', { stage: 'staging', query: 'SELECT 1' });
    expect(gone.code).toBe('UNKNOWN_STAGE');
    expect(await live.rowsOf('prod', 'SELECT count(*) FROM users')).toEqual([[12]]);
  });
});

describe('what was told on the way', () => {
  it('is in a journal that verifies', async () => {
    for (const stage of ['prod', 'staging']) {
      const verdict = await live.mcp(['journal', '--stage', stage, '--verify']);
      expect(verdict.code, verdict.output).toBe(0);
      expect((await live.mcp(['journal', '--stage', stage, '--json'])).code).toBe(0);
    }
  });

  it('holds no secret: neither answers, progress and journal, nor what runners print', async () => {
    await runner.stop();
    expect(runner.output()).toEndWith('is stopped between resources …\n');
    expect(live.told.some((text) => text.includes('boom with'))).toBe(true);
    expect(live.heard.some((line) => line.includes('demo-db'))).toBe(true);
    expect(live.leaked({ LICENSE, NOTE, GITHUB_TOKEN })).toEqual([]);
  });

  it('leaves no call unanswered that the account does not know', () => {
    expect(live.account.journal.filter(({ route }) => route === undefined)).toEqual([]);
  });
});
