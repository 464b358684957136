// Destroys by the real Alchemy in the local cloud: what is gone afterwards, and what must not be.
import { afterAll, beforeAll, describe, expect, it, setDefaultTimeout } from 'bun:test';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { Cloud } from './cloud.ts';
import { SYSTEM_TEST_MS } from './project.ts';

setDefaultTimeout(SYSTEM_TEST_MS);

let cloud: Cloud;
beforeAll(async () => {
  cloud = await Cloud.open();
});
afterAll(() => cloud[Symbol.asyncDispose]());

const local = (): string[] =>
  readdirSync(join(cloud.project.root, '.alchemy', 'local'), { recursive: true, encoding: 'utf8' })
    // Shared book-keeping of the runtime, and what a database in use has beside it.
    .filter((name) => !/metadata\.sqlite|-shm$|-wal$|^cache|^email/.test(name))
    .toSorted();

const stateOf = (stage: string): string[] => {
  const folder = join(cloud.project.root, '.alchemy', 'state', 'demo', stage);
  return existsSync(folder) ? readdirSync(folder).toSorted() : [];
};

const get = (url: string) => fetch(url, { signal: AbortSignal.timeout(5_000) });

const workerds = () =>
  cloud.project.processes().filter(({ command }) => command.includes('workerd')).length;

describe('a destroy', () => {
  it('that is cancelled stops between resources; the next one leaves no row, no process and no data, and touches no other stage', async () => {
    const prod = await cloud.deploy('prod');
    await get(prod.outputs?.['url:demo-app'] ?? '');
    const before = { data: local(), processes: workerds() };

    const staging = await cloud.deploy('staging');
    await get(staging.outputs?.['url:demo-app'] ?? '');
    expect(local().length).toBeGreaterThan(before.data.length);

    const { outcome, plan } = await cloud.run('destroy', 'staging', {
      onBegun: (running) => running.cancel(),
    });
    expect(['cancelled', 'succeeded']).toContain(outcome.status);
    const { outcome: second } = await cloud.run('destroy', 'staging');
    expect(second.status).toBe('succeeded');
    expect(plan?.resources.every(({ action }) => action === 'delete')).toBe(true);
    expect(stateOf('staging')).toEqual([]);
    expect(local()).toEqual(before.data);
    expect(workerds()).toBe(before.processes);
    expect(await (await get(prod.outputs?.['url:demo-app'] ?? '')).json()).toMatchObject({
      users: 12,
    });
  });

  it('of the hub’s stage would spare its server; not allowed to begin, it changes nothing', async () => {
    const before = { state: stateOf('prod'), processes: workerds() };
    const data = local();
    const { outcome, plan } = await cloud.run('destroy', 'prod', { isHub: true, mayBegin: false });
    expect(outcome.status).toBe('cancelled');
    const spared = plan?.resources.filter(({ action }) => action === 'noop').map(({ id }) => id);
    expect(spared).toEqual(['mcp-server', 'mcp-server-flags']);
    expect({ state: stateOf('prod'), processes: workerds() }).toEqual(before);
    // To be asked what would be lost, a database may be opened that nobody had used.
    expect(local()).toEqual(expect.arrayContaining(data));
  });
});

describe('a deploy', () => {
  it('of code that does not build fails, and says which Worker', async () => {
    const undo = cloud.project.edit(
      'demo/worker.ts',
      (code) => `${code}\nimport './nowhere.ts';\n`,
    );
    await Bun.sleep(1_500);
    const { outcome } = await cloud.run('deploy', 'prod', { isHub: true });
    undo();
    expect(outcome).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('demo-app does not run'),
    });
  });
});
