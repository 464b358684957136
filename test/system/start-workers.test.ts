// What becomes of `bun start` when a Worker of the stack fails: its author is told, and everybody else goes on.
import { afterAll, describe, expect, it, setDefaultTimeout } from 'bun:test';
import { readFileSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Project, type Running, SYSTEM_TEST_MS, callTool } from './project.ts';

setDefaultTimeout(SYSTEM_TEST_MS);

const AGAIN = 'again …';
/** Longer than it takes to call a silent Worker lost. */
const PATIENCE_MS = 20_000;

const project = new Project();
afterAll(() => project[Symbol.asyncDispose]());

const source = join(project.root, 'demo/worker.ts');
const sound = readFileSync(source, 'utf8');
const broken = `throw new Error('boom at start');\n${sound}`;

const within = async (ms: number, isSo: () => boolean | Promise<boolean>): Promise<boolean> => {
  const deadline = performance.now() + ms;
  while (performance.now() < deadline) {
    if (await isSo()) return true;
    await Bun.sleep(100);
  }
  return false;
};

const has = (running: Running, text: string) => () => running.output().includes(text);

/** Of the sample app, as a newcomer asks it: on a connection of its own. */
const appStatus = async (): Promise<number> => {
  const row = join(project.root, '.alchemy/state/demo/prod/demo-app.json');
  const { attr } = JSON.parse(readFileSync(row, 'utf8'));
  const init = { headers: { connection: 'close' }, signal: AbortSignal.timeout(5_000) };
  return fetch(attr.url, init).then(
    ({ status }) => status,
    () => 0,
  );
};

const isAppThere = async (): Promise<boolean> => (await appStatus()) === 200;

const hubServes = async (running: Running): Promise<void> => {
  const health = await fetch(`${running.url}/health`);
  expect(await health.json()).toMatchObject({ status: 'ok' });
  const secret = project.setting('MCP_SHARED_SECRET');
  expect(await callTool(running, secret, 'get_resource_status', {})).toMatchObject({
    stage: 'prod',
  });
};

/** Processes that hold the data of the app's Durable Object open. */
const appProcesses = (): number[] =>
  project
    .processes()
    .filter(({ pid, command }) => command.includes('workerd') && holds(pid, 'demo-app-prod-ChatDO'))
    .map(({ pid }) => Number(pid));

const holds = (pid: string, name: string): boolean =>
  readdirSync(`/proc/${pid}/fd`).some((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`).includes(name);
    } catch {
      return false;
    }
  });

describe('bun start, when a Worker of the stack fails', () => {
  let running: Running;

  it('goes on for everybody else when its code throws at the start, and says what is so', async () => {
    running = await project.start();
    writeFileSync(source, broken);
    expect(await within(10_000, has(running, 'demo-app does not run: '))).toBe(true);
    expect(running.output()).toContain(
      'demo-app does not run: Uncaught Error: boom at start. It does not answer until that is mended; everything else goes on.',
    );
    expect(await within(PATIENCE_MS, has(running, AGAIN))).toBe(false);
    expect(await appStatus()).toBe(502);
    await hubServes(running);
  });

  it('serves it again by itself once the file is mended', async () => {
    writeFileSync(source, sound);
    expect(await within(20_000, isAppThere)).toBe(true);
    expect(running.output()).not.toContain(AGAIN);
  });

  it('comes up again without it when the cloud is lost meanwhile, and serves it once it is mended, with the data it had', async () => {
    const message = { objectName: 'ChatDO', message: 'still there', instance: 'sidecar' };
    await project.call('send_durable_object_message', message);
    writeFileSync(source, broken);
    expect(await within(20_000, async () => (await appStatus()) === 502)).toBe(true);
    const sidecar = project.processes().find(({ command }) => command.includes('Sidecar'));
    process.kill(Number(sidecar?.pid), 'SIGKILL');
    expect(await within(60_000, has(running, 'Ready again.'))).toBe(true);
    await hubServes(running);
    expect(await appStatus()).toBe(502);
    writeFileSync(source, sound);
    expect(await within(20_000, isAppThere)).toBe(true);
    const { reply } = await project.call('send_durable_object_message', message);
    expect(reply).toMatchObject({ messages: 2 });
  });

  it('opens the cloud again for one whose process was killed, of which nobody else would know', async () => {
    const told = running.output().length;
    for (const pid of appProcesses()) process.kill(pid, 'SIGKILL');
    const isReady = () => running.output().slice(told).includes('Ready again.');
    expect(await within(60_000, isReady)).toBe(true);
    expect(running.output().slice(told)).toContain(
      'demo-app of prod stopped answering; starting the local cloud again …',
    );
    expect(await within(10_000, isAppThere)).toBe(true);
    await hubServes(running);
    running.kill('SIGTERM');
    expect(await running.exited).toBe(0);
    expect(await project.drained()).toEqual([]);
  });
});
