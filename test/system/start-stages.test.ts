// What `bun start` does beside its own stage: it lets nothing be deleted in silence, serves again what operations have
// deployed in an earlier life, and lets a second runner join.
import { afterAll, describe, expect, it, setDefaultTimeout } from 'bun:test';
import { appendFileSync, existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import type { Outcome } from '../../src/contract/runner-protocol.ts';
import { joinLocalCloud } from '../../src/runner/local-cloud/local-join.ts';
import { Project, type Running, SYSTEM_TEST_MS } from './project.ts';

setDefaultTimeout(SYSTEM_TEST_MS);

const project = new Project();
afterAll(() => project[Symbol.asyncDispose]());

const stopped = async (running: Running): Promise<void> => {
  running.kill('SIGTERM');
  expect(await running.exited).toBe(0);
  expect(await project.drained()).toEqual([]);
};

/** As a second runner in the same folder does it. */
const deployBeside = async (running: Running, stage: string): Promise<Outcome> => {
  const secrets = ['MCP_SHARED_SECRET', 'MCP_JWT_SECRET', 'MCP_RUNNER_TOKEN', 'MCP_ADMIN_TOKEN'];
  const driver = joinLocalCloud({
    root: project.root,
    runnerToken: project.setting('MCP_RUNNER_TOKEN'),
    env: {
      PATH: process.env['PATH'],
      PORT: new URL(running.url).port,
      ENVIRONMENT: 'development',
      ...Object.fromEntries(secrets.map((name) => [name, project.setting(name)])),
    },
  });
  if (driver === undefined) throw new Error('no local cloud to join');
  const order = { kind: 'deploy', stage, entrypoint: 'alchemy.run.ts', isHub: false } as const;
  return driver.run(order, { onStep: () => {}, mayBegin: () => Promise.resolve(true) }).outcome;
};

const printed = async (running: Running, text: string): Promise<void> => {
  const deadline = performance.now() + 30_000;
  while (!running.output().includes(text) && performance.now() < deadline) await Bun.sleep(100);
};

const folderOf = (stage: string): string => join(project.root, '.alchemy/state/demo', stage);

/** Every file of the stage's state, whole. */
const rowsOf = (stage: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folderOf(stage)).map((name) => [
      name,
      readFileSync(join(folderOf(stage), name), 'utf8'),
    ]),
  );

const serverOf = (outcome: Outcome): string =>
  outcome.status === 'succeeded' ? (outcome.outputs?.['url:mcp-server'] ?? '') : outcome.message;

const isReady = async (url: string): Promise<unknown> =>
  (await fetch(`${url}/health`, { signal: AbortSignal.timeout(5_000) })).json();

describe('bun start', () => {
  it('lets a second runner join, and serves its stages again after a restart, where they were', async () => {
    const first = await project.start();
    const known = join(project.root, '.alchemy', 'mcp', 'cloud.json');
    expect(statSync(known).mode & 0o777).toBe(0o600);
    const deployed = await deployBeside(first, 'staging');
    expect(deployed).toMatchObject({ status: 'succeeded' });
    const url = serverOf(deployed);
    expect(await isReady(url)).toMatchObject({ stage: 'staging', status: 'ok' });
    await stopped(first);
    expect(existsSync(known)).toBe(false);
    // Local Workers follow the source files in any case: that is no reason not to serve them.
    appendFileSync(join(project.root, 'demo/worker.ts'), '// An edit in between.\n');

    const second = await project.start({ PORT: new URL(first.url).port });
    await printed(second, 'The stage staging is ');
    expect(second.output()).toContain('The stage staging is served again.');
    expect(await isReady(url)).toMatchObject({ stage: 'staging', status: 'ok' });
    await stopped(second);
  });

  it('deletes nothing in silence: it says what would be lost, and how to let it go', async () => {
    project.edit('alchemy.run.ts', (stack) =>
      stack
        .replace("const storage = yield* Cloudflare.R2.Bucket('demo-storage');", '')
        .replace('STORAGE: storage,', '')
        .replace("buckets: { 'demo-storage': storage },", ''),
    );
    const row = join(project.root, '.alchemy/state/demo/prod/demo-storage.json');
    const refused = await project.start();
    expect(await refused.exited).toBe(1);
    expect(refused.output()).toContain('demo-storage (R2.Bucket, deleted)');
    expect(refused.output()).toContain('start --delete');
    expect(existsSync(row)).toBe(true);
    expect(await project.drained()).toEqual([]);
  });

  it('deletes what it was told to, and leaves another stage as it is: a start is no deploy of it', async () => {
    const before = rowsOf('staging');
    const row = join(project.root, '.alchemy/state/demo/prod/demo-storage.json');
    const allowed = await project.start({}, ['--delete']);
    expect(allowed.output()).toContain('- demo-storage');
    expect(existsSync(row)).toBe(false);
    await printed(allowed, 'The stage staging is ');
    expect(allowed.output()).toContain(
      'The stage staging is not served: alchemy.run.ts, with its settings, no longer describes it as it is (',
    );
    expect(allowed.output()).toContain('Deploy it through the MCP server.');
    expect(rowsOf('staging')).toEqual(before);
    await stopped(allowed);
  });

  it('names an option that it does not have', async () => {
    const running = await project.start({}, ['--force']);
    expect(await running.exited).toBe(1);
    expect(running.output()).toContain('There is no option "--force".');
  });
});
