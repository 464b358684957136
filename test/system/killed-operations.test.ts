// What is left of an operation when something kills its processes, by the account of the real `bun start`: an end that is
// true, a journal that tells of it, and a next deploy that finishes the work.
import { afterAll, beforeAll, describe, expect, it, setDefaultTimeout } from 'bun:test';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { LEASE_TICKS, LEASE_TICK_MS } from '../../src/contract/runner-protocol.ts';
import { ended, expectSuccess, type Operation } from './operations.ts';
import { Project, SYSTEM_TEST_MS, type Running } from './project.ts';

setDefaultTimeout(SYSTEM_TEST_MS);

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
