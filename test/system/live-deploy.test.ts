// The first weeks of a project in production, with Alchemy's own command against an emulated Cloudflare account, and the
// uploaded Workers used through its edge. State is kept in the folder here, which is faster; live-state.test.ts keeps it at
// Cloudflare, as the project does by itself.
import { afterAll, describe, expect, it, setDefaultTimeout } from 'bun:test';

import type { Run } from '../kit/account/alchemy-cli.ts';
import { alchemyIn } from '../kit/account/alchemy-cli.ts';
import { eventually } from '../kit/eventually.ts';
import { keeps } from '../kit/keeps.ts';
import { JWT_SECRET, RUNNER_TOKEN, SHARED_SECRET } from '../kit/tokens.ts';
import { LiveCloud } from './live.ts';
import { SYSTEM_TEST_MS } from './project.ts';

setDefaultTimeout(SYSTEM_TEST_MS);

const DOMAIN = 'mcp.example.com';
const live = await LiveCloud.start(['example.com']);
const { account, api, project } = live;
live.keepStateHere();
const run = alchemyIn(project, account);
/** `bun alchemy …` as the operator of this project calls it. */
const alchemy = (command: string, more = {}) => run(command, { MCP_DOMAIN: DOMAIN, ...more });

afterAll(() => live[Symbol.asyncDispose]());

const health = async (host: string): Promise<unknown> =>
  (await account.fetch(host, '/health')).json();
const server = (stage: string) =>
  api.hostOf(stage === 'prod' ? 'mcp-server' : `mcp-server-${stage}`);
const users = 'SELECT count(*) FROM users';

/** What get_resource_status knows of a stage: its published state, and since when. */
const published = async (stage: string) => {
  const { resources, stateAsOf } = await live.call('get_resource_status', { stage });
  const rows = resources as { id: string; status: string; url: string | null }[];
  return {
    asOf: Date.parse(String(stateAsOf)),
    of: (id: string) => rows.find((row) => row.id === id),
  };
};

const expectSuccess = ({ code, output, calls }: Run): void => {
  expect(code, output).toBe(0);
  expect(output).not.toContain('get_resource_status does not know');
  // A call that the account does not know would pass for a missing resource.
  expect(calls.filter(({ route }) => route === undefined)).toEqual([]);
};

const writesOf = ({ calls }: Run): string[] =>
  calls.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`);

const kinds = ['worker', 'database', 'bucket', 'namespace', 'queue', 'workflow'] as const;
const inventory = () => Object.fromEntries(kinds.map((kind) => [kind, account.names(kind).length]));
const ONE_STAGE = { worker: 2, database: 1, bucket: 1, namespace: 2, queue: 1, workflow: 1 };
const TWO_STAGES = { worker: 4, database: 2, bucket: 2, namespace: 4, queue: 2, workflow: 2 };

const OWNER = 'GET /accounts/:account/workers/scripts/:script/settings';

describe('before anything is touched', () => {
  const REFUSED: [string, Record<string, string>, string][] = [
    ['a secret that is missing', { MCP_JWT_SECRET: '' }, 'MCP_JWT_SECRET is not set.'],
    ['a domain without a zone', { MCP_DOMAIN: 'mcp.nowhere.dev' }, 'holds mcp.nowhere.dev'],
    ['no credentials', { CLOUDFLARE_API_TOKEN: '' }, 'CLOUDFLARE_API_TOKEN'],
  ];

  it('a deploy is refused in one sentence, and asks Cloudflare for zones and owners at most', async () => {
    const runs = await Promise.all(
      REFUSED.map(async ([, settings]) => alchemy('deploy --yes --stage prod', settings)),
    );
    for (const [at, { code, output }] of runs.entries()) {
      const [what, , sentence = ''] = REFUSED[at] ?? [];
      const lines = output.split('\n').filter((line) => line.startsWith('error: '));
      expect(code, what).toBe(1);
      expect(lines[0], what).toContain(sentence);
      expect(lines.slice(1), what).toEqual(['error: "alchemy" exited with code 1']);
    }
    const asked = account.journal.map(({ method, route }) => `${method} ${route}`);
    expect(new Set(asked)).toEqual(new Set([OWNER, 'GET /zones']));
  });
});

describe('bun alchemy deploy --stage prod', () => {
  keeps(
    'deploy.manual-prod',
    'makes all that the stack declares, and a server that serves',
    async () => {
      const startedAt = Date.now();
      expectSuccess(await alchemy('deploy --yes --stage prod'));
      expect(inventory()).toEqual(ONE_STAGE);
      const { asOf, of } = await published('prod');
      expect(asOf).toBeGreaterThanOrEqual(startedAt);
      expect(of('mcp-server')).toMatchObject({ status: 'updated', url: `https://${DOMAIN}` });
      expect(of('demo-db')).toMatchObject({ status: 'created' });
    },
  );

  keeps(['overview.domain', 'settings.domain'], 'answers at the domain, too', async () => {
    expect(account.names('domain')).toEqual([DOMAIN]);
    for (const host of [DOMAIN, server('prod')])
      expect(await health(host)).toMatchObject({
        status: 'ok',
        stage: 'prod',
        environment: 'production',
      });
  });

  keeps(
    'monitoring.dashboard',
    'is called mcp-server at Cloudflare, with logs and metrics',
    async () => {
      const { result } = await api.call('GET', '/workers/scripts/mcp-server/settings');
      const { observability } = result as { observability: object };
      expect(observability).toMatchObject({ enabled: true });
    },
  );

  it('binds what the server needs and what it may touch, secrets as secrets', async () => {
    const { result } = await api.call('GET', '/workers/scripts/mcp-server/settings');
    const { bindings } = result as { bindings: { name: string; type: string; text?: string }[] };
    const ofType = (type: string) =>
      bindings.flatMap((binding) => (binding.type === type ? binding.name : [])).toSorted();
    expect(Object.groupBy(bindings, ({ type }) => type)).toHaveProperty('ratelimit');
    expect(ofType('secret_text')).toEqual([
      'MCP_ADMIN_TOKEN',
      'MCP_JWT_SECRET',
      'MCP_RUNNER_TOKEN',
      'MCP_SHARED_SECRET',
    ]);
    expect(ofType('durable_object_namespace')).toEqual([
      'ADDRESS_GUARD',
      'CLIENT_LIMITER',
      'OBJECT_CHATDO',
      'ROLLOUT_REGISTRY',
      'RUNNER_HUB',
      'STAGE_ENGINE',
    ]);
    expect(ofType('kv_namespace')).toEqual(['MCP_KV', 'NAMESPACE_DEMO_CACHE']);
    for (const type of ['d1', 'r2_bucket', 'queue', 'workflow', 'service', 'analytics_engine'])
      expect(ofType(type), type).toHaveLength(1);
    for (const secret of [SHARED_SECRET, JWT_SECRET, RUNNER_TOKEN])
      expect(JSON.stringify(bindings)).not.toContain(secret);
  });

  it('runs the migrations, and binds queue, Workflow and Durable Object so that they work', async () => {
    const visit = await account.fetch(api.hostOf('demo-app-prod'), '/');
    expect(await visit.json()).toMatchObject({ app: 'demo-app', users: 12 });
    expect(await live.rowsOf('prod', users)).toEqual([[12]]);
    const workflow = { workflowName: 'OnboardingWorkflow', params: { userId: 'user-123' } };
    await live.call('trigger_workflow', { stage: 'prod', ...workflow });
    const message = { stage: 'prod', objectName: 'ChatDO', message: 'hello' };
    const { reply } = await live.call('send_durable_object_message', message);
    expect(reply).toMatchObject({ messages: 1 });
    // The job of the seed, and that of the Workflow.
    const steps = 'SELECT (SELECT count(*) FROM onboarding_steps), (SELECT count(*) FROM jobs)';
    const done = await eventually(async () => {
      const rows = JSON.stringify(await live.rowsOf('prod', steps));
      return rows === '[[3,2]]' ? rows : undefined;
    });
    expect(done).toBe('[[3,2]]');
  });

  it('that Cloudflare refuses in the middle leaves the version before it serving; the next one finishes it', async () => {
    const changed = { ENVIRONMENT: 'staging', MCP_DOMAIN: '' };
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
    expect(await health(DOMAIN)).toMatchObject({ environment: 'production' });
    expect((await published('prod')).of('mcp-server')).toMatchObject({ status: 'updating' });

    expectSuccess(await alchemy('deploy --yes --stage prod', changed));
    expect(await health(server('prod'))).toMatchObject({ environment: 'staging' });
    expect(await live.rowsOf('prod', users)).toEqual([[12]]);
    expect(inventory()).toEqual(ONE_STAGE);
  });

  it('gives the domain back when the setting is gone', async () => {
    expect(account.names('domain')).toEqual([]);
    const url = `https://${server('prod')}`;
    expect((await published('prod')).of('mcp-server')).toMatchObject({ status: 'updated', url });
  });
});

describe('a server that is there', () => {
  it('is not taken over by a stage that takes itself for the hub', async () => {
    const refused = await run('deploy --yes --stage two', { MCP_HUB_STAGE: 'two' });
    expect(refused.output).toContain('Set MCP_HUB_STAGE=prod');
    expect(writesOf(refused)).toEqual([]);
    expect(await health(server('prod'))).toMatchObject({ stage: 'prod' });
  });
});

describe('going back to an earlier version', () => {
  it('is one call, and is not seen by the next deploy', async () => {
    const scripts = '/workers/scripts/mcp-server';
    const { result } = await api.call('GET', `${scripts}/deployments`);
    const { deployments } = result as { deployments: { versions: object[] }[] };
    const versions = deployments[1]?.versions;
    const back = await api.call('POST', `${scripts}/deployments`, {
      strategy: 'percentage',
      versions,
    });
    expect(back.success).toBe(true);
    expect(await health(server('prod'))).toMatchObject({ environment: 'production' });

    const deploy = await run('deploy --yes --stage prod', { ENVIRONMENT: 'staging' });
    expectSuccess(deploy);
    expect(writesOf(deploy)).toEqual([]);
    expect(await health(server('prod'))).toMatchObject({ environment: 'production' });
  });
});

describe('bun alchemy deploy --stage staging', () => {
  keeps(
    'deploy.manual-staging',
    'makes a stage of its own beside prod, which the hub hears of',
    async () => {
      expectSuccess(await alchemy('deploy --yes --stage staging'));
      expect(inventory()).toEqual(TWO_STAGES);
      expect(await health(server('staging'))).toMatchObject({ status: 'ok', stage: 'staging' });
      // The hub's domain is the hub's.
      expect(account.names('domain')).toEqual([]);
      const { of } = await published('staging');
      expect(of('mcp-server')).toMatchObject({ url: `https://${server('staging')}` });
      await account.fetch(api.hostOf('demo-app-staging'), '/');
      expect(await live.rowsOf('staging', users)).toEqual([[12]]);
    },
  );

  it('goes without taking anything of prod, also where a secret is missing, and the hub hears of it', async () => {
    await live.emptyBucket('staging');
    expectSuccess(await alchemy('destroy --yes --stage staging', { MCP_JWT_SECRET: '' }));
    expect(inventory()).toEqual(ONE_STAGE);
    expect((await account.fetch(server('staging'), '/health')).status).toBe(404);
    const gone = await live.refuse('query_database', { stage: 'staging', query: users });
    expect(gone.code).toBe('UNKNOWN_STAGE');
    expect(await live.rowsOf('prod', users)).toEqual([[12]]);
  });
});

it('tells nobody a secret, and leaves no process behind', async () => {
  expect(live.leaked()).toEqual([]);
  expect(await project.drained()).toEqual([]);
});
