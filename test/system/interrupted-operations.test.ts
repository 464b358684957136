// What comes between an operation and its end, by the account of the real `bun start`. The server deploys itself while clients
// use it: their calls end, the operation finishes, the runner comes back. Something kills its processes: an end that is true, a
// journal that tells of it, and a next deploy that finishes the work.
import { afterAll, beforeAll, describe, expect, it, setDefaultTimeout } from 'bun:test';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { LEASE_TICKS, LEASE_TICK_MS } from '../../src/contract/runner-protocol.ts';
import { actionsOf, ended, expectSuccess, type Operation } from './operations.ts';
import { Project, SYSTEM_TEST_MS, type Running } from './project.ts';

setDefaultTimeout(SYSTEM_TEST_MS);

const CLIENTS = 4;
const PATIENCE_MS = 10_000;
const TWO_LEASES_MS = 2 * LEASE_TICKS * LEASE_TICK_MS;

const project = new Project();
let running: Running;

beforeAll(async () => {
  running = await project.start();
});
afterAll(() => project[Symbol.asyncDispose]());

const { call } = project;

const operate = (tool: string, args: Record<string, unknown>) => ended(call, tool, args);

/** Resolves as soon as Alchemy's state has a resource of the stage that is being made. */
const underWay = async (stage: string): Promise<void> => {
  const folder = join(project.root, '.alchemy', 'state', 'demo', stage);
  const isMaking = () => {
    try {
      return readdirSync(folder).some((name) =>
        readFileSync(join(folder, name), 'utf8').includes('"status": "creating"'),
      );
    } catch {
      return false;
    }
  };
  const deadline = performance.now() + 30_000;
  while (!isMaking()) {
    if (performance.now() > deadline) throw new Error('The deploy never began.');
    await Bun.sleep(2);
  }
};

const newest = async (stage: string): Promise<Operation> => {
  const { operations } = (await call('list_operations', { stage, limit: 1 })) as {
    operations: Operation[];
  };
  const [operation] = operations;
  if (operation === undefined) throw new Error('There is no operation.');
  return operation;
};

const isJournalIntact = async (stage: string): Promise<boolean> => {
  const response = await fetch(`${running.url}/admin/journal/verify?stage=${stage}`, {
    headers: { Authorization: `Bearer ${project.setting('MCP_ADMIN_TOKEN')}` },
  });
  return ((await response.json()) as { isIntact: boolean }).isIntact;
};

// That its runner works afterwards, the operations below show.
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
});

describe('an operation', () => {
  // killed-deploys.test.ts has the deploy that finishes its work.
  it('whose process is killed fails', async () => {
    const stage = 'killed-child';
    const deploy = operate('deploy_infrastructure', { stage });
    await underWay(stage);
    const child = project
      .processes()
      .find(({ command }) => command.includes('operation-process.ts'));
    process.kill(Number(child?.pid), 'SIGKILL');
    expect((await deploy).status).toBe('failed');
    expect(await isJournalIntact(stage)).toBe(true);
  });

  it('whose runner, server and cloud are killed is lost within two leases, and the next deploy finishes its work', async () => {
    const stage = 'killed-start';
    const asked = call('deploy_infrastructure', { stage }).catch(() => undefined);
    await underWay(stage);
    for (const { pid } of project.processes()) process.kill(Number(pid), 'SIGKILL');
    const killedAt = performance.now();
    await asked;
    await running.exited;
    expect(await project.drained(15_000)).toEqual([]);
    running = await project.start();
    expect(running.output()).toContain('MCP server ready');

    const { operationId } = await newest(stage);
    const over = await operate('get_operation', { operationId });
    expect(over.status).toBe('lost');
    expect(performance.now() - killedAt).toBeLessThan(TWO_LEASES_MS);
    const again = await operate('deploy_infrastructure', { stage });
    expectSuccess(again);
    expect(await isJournalIntact(stage)).toBe(true);
  });
});
