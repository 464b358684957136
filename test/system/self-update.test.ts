// The server deploys itself while clients use it: their calls end, the operation finishes, the runner comes back.
import { afterAll, beforeAll, describe, expect, it, setDefaultTimeout } from 'bun:test';

import { actionsOf, ended, expectSuccess } from './operations.ts';
import { Project, SYSTEM_TEST_MS } from './project.ts';

setDefaultTimeout(SYSTEM_TEST_MS);

const CLIENTS = 4;
const PATIENCE_MS = 10_000;

const project = new Project();
beforeAll(async () => {
  await project.start();
});
afterAll(() => project[Symbol.asyncDispose]());

const { call } = project;

describe('a deploy of the hub’s own stage', () => {
  it('finishes while clients go on, and every call of theirs ends', async () => {
    project.edit('alchemy.run.ts', (text) =>
      text.replace(
        "databases: { 'demo-db': db },",
        "databases: { 'demo-db': db, reports: Cloudflare.D1.Database('reports') },",
      ),
    );
    const planned = await ended(call, 'deploy_infrastructure', { stage: 'prod', dryRun: true });
    expect(actionsOf(planned)).toEqual(['update mcp-server', 'create reports']);

    const over = new AbortController();
    const counts = { answered: 0, dropped: 0, hung: 0 };
    const client = async () => {
      while (!over.signal.aborted) {
        const outcome = await Promise.race([
          call('get_cache_stats', {}).then(
            () => 'answered' as const,
            () => 'dropped' as const,
          ),
          Bun.sleep(PATIENCE_MS).then(() => 'hung' as const),
        ]);
        counts[outcome] += 1;
        await Bun.sleep(20);
      }
    };
    const clients = Array.from({ length: CLIENTS }, client);
    const { planId } = planned;
    const deployed = await ended(call, 'deploy_infrastructure', { stage: 'prod', planId });
    await Bun.sleep(1_000);
    over.abort();
    await Promise.all(clients);

    expectSuccess(deployed);
    expect(counts.hung).toBe(0);
    expect(counts.answered).toBeGreaterThan(counts.dropped * 10);
    const page = await call('query_database', { query: 'SELECT 1 AS one', database: 'reports' });
    expect(page).toMatchObject({ rows: [[1]] });
  });

  it('leaves a server whose runner works', async () => {
    const drift = await ended(call, 'detect_drift', { stage: 'prod' });
    expect(drift).toMatchObject({ kind: 'drift', status: 'succeeded' });
  });
});
