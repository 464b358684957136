// The project as it stands, deployed by Alchemy's own command to an emulated Cloudflare account, and used through its edge.
import { afterAll, describe, expect, it, setDefaultTimeout } from 'bun:test';

import { type Account, startAccount } from '../kit/account/account.ts';
import { alchemyIn, type Run } from '../kit/account/alchemy-cli.ts';
import { clientOf } from '../kit/account/api-client.ts';
import { eventually } from '../kit/eventually.ts';
import { SHARED_SECRET } from '../kit/tokens.ts';
import { Project, SYSTEM_TEST_MS } from './project.ts';

setDefaultTimeout(SYSTEM_TEST_MS);

const project = new Project();
const account: Account = await startAccount();
const alchemy = alchemyIn(project, account);

afterAll(async () => {
  await account[Symbol.asyncDispose]();
  await project[Symbol.asyncDispose]();
});

type Structured = Readonly<Record<string, unknown>>;

const hostOf = (worker: string): string => `${worker}.${account.subdomain}.workers.dev`;

const health = async (server: string): Promise<unknown> =>
  (await account.fetch(hostOf(server), '/health')).json();

const use = async (server: string, tool: string, args: object): Promise<Structured> => {
  const response = await account.fetch(hostOf(server), '/mcp', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-mcp-secret': SHARED_SECRET },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: tool, arguments: args },
    }),
  });
  const { result } = (await response.json()) as { result: { structuredContent: Structured } };
  return result.structuredContent;
};

const rowsOf = async (server: string, query: string): Promise<unknown> =>
  (await use(server, 'query_database', { query }))['rows'];

const expectSuccess = ({ code, output, calls }: Run): void => {
  expect(code, output).toBe(0);
  // A call that the account does not know would pass for a missing resource.
  expect(calls.filter(({ route }) => route === undefined)).toEqual([]);
};

const kinds = ['worker', 'database', 'bucket', 'namespace', 'queue', 'workflow'] as const;

const inventory = () => Object.fromEntries(kinds.map((kind) => [kind, account.names(kind).length]));

const ONE_STAGE = { worker: 2, database: 1, bucket: 1, namespace: 2, queue: 1, workflow: 1 };

describe('a live deploy', () => {
  it('of a new stage makes what the stack declares, and a server that serves', async () => {
    expectSuccess(await alchemy('deploy --yes --stage prod'));
    expect(inventory()).toEqual(ONE_STAGE);
    expect(await health('mcp-server')).toMatchObject({
      status: 'ok',
      stage: 'prod',
      environment: 'production',
    });
  });

  it('runs the migrations on the database that the app fills and the server reads', async () => {
    const visit = await account.fetch(hostOf('demo-app-prod'), '/');
    expect(await visit.json()).toMatchObject({ app: 'demo-app', users: 12 });
    expect(await rowsOf('mcp-server', 'SELECT count(*) FROM users')).toEqual([[12]]);
  });

  it('binds queue, Workflow and Durable Object so that they work', async () => {
    const run = { workflowName: 'OnboardingWorkflow', params: { userId: 'user-123' } };
    expect(await use('mcp-server', 'trigger_workflow', run)).toBeDefined();
    const message = { objectName: 'ChatDO', message: 'hello' };
    const answer = await use('mcp-server', 'send_durable_object_message', message);
    expect(answer['reply']).toMatchObject({ messages: 1 });
    const done = await eventually(async () => {
      const steps = 'SELECT (SELECT count(*) FROM onboarding_steps), (SELECT count(*) FROM jobs)';
      const rows = JSON.stringify(await rowsOf('mcp-server', steps));
      return rows === '[[3,2]]' ? rows : undefined;
    });
    // The job of the seed, and that of the Workflow.
    expect(done).toBe('[[3,2]]');
  });

  it('of an unchanged stage asks Cloudflare nothing', async () => {
    const again = await alchemy('deploy --yes --stage prod');
    expectSuccess(again);
    expect(again.calls).toEqual([]);
  });

  it('that Cloudflare refuses in the middle leaves the version before it serving; the next one finishes it', async () => {
    const changed = { ENVIRONMENT: 'staging' };
    account.faults.add({
      method: 'PUT',
      path: /\/scripts\/mcp-server$/,
      status: 400,
      code: 10_021,
      message: 'Uncaught Error: boom at start',
    });
    const refused = await alchemy('deploy --yes --stage prod', changed);
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain('boom at start');
    expect(await health('mcp-server')).toMatchObject({ environment: 'production' });

    expectSuccess(await alchemy('deploy --yes --stage prod', changed));
    expect(await health('mcp-server')).toMatchObject({ environment: 'staging' });
    expect(await rowsOf('mcp-server', 'SELECT count(*) FROM users')).toEqual([[12]]);
    expect(inventory()).toEqual(ONE_STAGE);
  });
});

describe('going back to an earlier version', () => {
  it('is one call, and is not seen by the next deploy', async () => {
    const { call } = clientOf(account);
    const scripts = '/workers/scripts/mcp-server';
    const { result } = await call('GET', `${scripts}/deployments`);
    const { deployments } = result as { deployments: { versions: object[] }[] };
    const versions = deployments[1]?.versions;
    const back = await call('POST', `${scripts}/deployments`, { strategy: 'percentage', versions });
    expect(back.success).toBe(true);
    expect(await health('mcp-server')).toMatchObject({ environment: 'production' });

    const deploy = await alchemy('deploy --yes --stage prod', { ENVIRONMENT: 'staging' });
    expectSuccess(deploy);
    expect(deploy.calls).toEqual([]);
    expect(await health('mcp-server')).toMatchObject({ environment: 'production' });
  });
});

describe('a second stage', () => {
  it('whose first deploy ends after its stubs is finished by the next, with nothing left over', async () => {
    account.faults.add({
      method: 'PUT',
      path: /\/scripts\/mcp-server-staging$/,
      skip: 1,
      status: 400,
      code: 10_021,
      message: 'Uncaught Error: boom at start',
    });
    expect((await alchemy('deploy --yes --stage staging')).code).not.toBe(0);
    expect(account.names('worker')).toContain('mcp-server-staging');
    expectSuccess(await alchemy('deploy --yes --stage staging'));
    const twice = Object.entries(ONE_STAGE).map(([kind, count]) => [kind, count * 2]);
    expect(inventory()).toEqual(Object.fromEntries(twice));
  });

  it('has data of its own, and its going takes nothing of the first', async () => {
    expect(await health('mcp-server-staging')).toMatchObject({ status: 'ok', stage: 'staging' });
    expect(await rowsOf('mcp-server-staging', 'SELECT count(*) FROM users')).toEqual([[0]]);

    expectSuccess(await alchemy('destroy --yes --stage staging'));
    expect(inventory()).toEqual(ONE_STAGE);
    expect((await account.fetch(hostOf('mcp-server-staging'), '/health')).status).toBe(404);
    expect(await rowsOf('mcp-server', 'SELECT count(*) FROM users')).toEqual([[12]]);
  });
});

describe('what is deleted behind Alchemy', () => {
  const flags = (): string =>
    account.names('namespace').find((name) => name.includes('mcp-server-flags')) ?? '';

  it('is not seen by a plan, which compares with the state alone', async () => {
    await account.deleteOutOfBand('namespace', flags());
    const plan = await alchemy('plan --stage prod', { ENVIRONMENT: 'staging' });
    expectSuccess(plan);
    expect(plan.calls).toEqual([]);
    expect(plan.output).toMatch(/\[mcp-server-flags\] noop/);
    expect(flags()).toBe('');
  });

  it('is made again by a repair, and bound again by the deploy after it', async () => {
    const changed = { ENVIRONMENT: 'staging' };
    expectSuccess(await alchemy('drift --repair --stage prod', changed));
    expect(flags()).not.toBe('');
    const deploy = await alchemy('deploy --yes --stage prod', changed);
    expectSuccess(deploy);
    expect(deploy.calls.filter(({ method }) => method === 'PUT')).toHaveLength(1);
    expect(await health('mcp-server')).toMatchObject({ status: 'ok' });
  });
});

it('leaves no process behind', async () => {
  expect(await project.drained()).toEqual([]);
});
