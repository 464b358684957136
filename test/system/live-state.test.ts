// Alchemy's state kept at Cloudflare, as the project does by itself: the state store is a Worker of Alchemy's own, deployed
// to the account by the first command. Alchemy's command and our runner, on several machines, work on that one state.
import { afterAll, describe, expect, it, setDefaultTimeout } from 'bun:test';
import { join } from 'node:path';

import { Glob } from 'bun';

import { LiveCloud } from './live.ts';
import { ended, expectSuccess } from './operations.ts';
import { SYSTEM_TEST_MS } from './project.ts';

setDefaultTimeout(SYSTEM_TEST_MS);

const live = await LiveCloud.start(['example.com']);
const { account, alchemy, api, project } = live;

afterAll(() => live[Symbol.asyncDispose]());

describe('a stack that keeps its state at Cloudflare', () => {
  let publishedAt = 0;

  it('is not planned where there is no state store: a plan changes nothing', async () => {
    const plan = await alchemy('plan --stage prod');
    expect(plan.code).toBe(1);
    expect(plan.output).toContain('Cloudflare State store not found.');
    expect(live.changesSince(0)).toEqual([]);
  });

  it('brings its state store with the first deploy, and keeps no state here', async () => {
    const stack = Bun.file(join(project.root, 'alchemy.run.ts'));
    const text = await stack.text();
    const main = "main: './demo/worker.ts',";
    await stack.write(
      text
        .replace(main, `${main} domain: 'app.example.com', routes: [ROUTE], crons: ['0 4 * * *'],`)
        .replace(
          'export default',
          "const ROUTE = { pattern: 'old.example.com/*' };\n\nexport default",
        ),
    );

    const deploy = await alchemy('deploy --yes --stage prod');
    expect(deploy.code, deploy.output).toBe(0);
    expect(deploy.calls.filter(({ route }) => route === undefined)).toEqual([]);
    expect(account.names('worker')).toEqual(['alchemy-state-store', 'demo-app-prod', 'mcp-server']);
    const kept = new Glob('.alchemy/state/**/*').scanSync({ cwd: project.root, dot: true });
    expect([...kept]).toEqual([]);
  });

  it('is what get_resource_status shows, published by that deploy', async () => {
    const { stateAsOf, summary } = await live.call('get_resource_status', { stage: 'prod' });
    publishedAt = Date.parse(String(stateAsOf));
    expect(publishedAt).toBeGreaterThan(0);
    expect(summary).toMatchObject({ unhealthy: 0 });
  });

  it('has its app at the domain, the route and the hours it declares', async () => {
    for (const host of ['app.example.com', 'old.example.com'])
      expect(await (await account.fetch(host, '/')).json()).toMatchObject({ users: 12 });
    expect(account.names('domain')).toEqual(['app.example.com']);
    const { result } = await api.call('GET', '/workers/scripts/demo-app-prod/schedules');
    expect(result).toEqual({ schedules: [{ cron: '0 4 * * *' }] });
  });

  it('is found by a machine that has never seen it: a second deploy, as in CI, changes nothing and tells its state again', async () => {
    const ALCHEMY_HOME = join(project.root, 'other-home');
    const again = await alchemy('deploy --yes --stage prod', { ALCHEMY_HOME });
    expect(again.code, again.output).toBe(0);
    // What Alchemy reads the store's bearer with, out of the Secrets Store.
    const changes = again.calls.filter(({ method }) => method !== 'GET').map(({ path }) => path);
    expect(changes.map((path) => path.split('/').at(-1))).toEqual(['edge-preview']);
    expect(again.calls.filter(({ route }) => route === undefined)).toEqual([]);
    const host = `mcp-server.${account.subdomain}.workers.dev`;
    const health = await account.fetch(host, '/health');
    expect(await health.json()).toMatchObject({ status: 'ok', stage: 'prod' });
    const { stateAsOf } = await live.call('get_resource_status', { stage: 'prod' });
    expect(Date.parse(String(stateAsOf))).toBeGreaterThan(publishedAt);
  });
});

describe('a state store that has fallen silent', () => {
  const serve = (enabled: boolean) =>
    api.call('POST', '/workers/scripts/alchemy-state-store/subdomain', { enabled });

  it('is left alone: made anew, it could not read what it holds', async () => {
    await serve(false);
    const from = account.journal.length;
    const deploy = await alchemy('deploy --yes --stage prod');
    await serve(true);
    expect(deploy.code).toBe(1);
    expect(deploy.output).toContain("error: Alchemy's state store");
    expect(live.changesSince(from)).toHaveLength(1);
  });
});

describe('its operations', () => {
  it('destroy all but the server that has to tell of it, and bring the rest back', async () => {
    await live.startRunner();
    await live.emptyBucket('prod');
    const { planId, phrase } = await live.operate('destroy_infrastructure', { stage: 'prod' });
    const args = { stage: 'prod', confirm: true, planId, phrase };
    const { operationId } = await live.call('destroy_infrastructure', args);
    const approval = await live.mcp(['approve', String(operationId), '--yes']);
    expect(approval.code, approval.output).toBe(0);
    const destroyed = await ended(live.call, 'get_operation', { operationId });
    expect(destroyed).toMatchObject({ status: 'succeeded' });
    expect(account.names('worker')).toEqual(['alchemy-state-store', 'mcp-server']);
    expect(account.names('database')).toEqual([]);

    const rest = await live.plan('prod');
    expectSuccess(
      await live.operate('deploy_infrastructure', { stage: 'prod', planId: rest.planId }),
    );
    expect(await live.rowsOf('prod', 'SELECT count(*) FROM users')).toEqual([[12]]);
    expect(live.leaked()).toEqual([]);
  });
});
