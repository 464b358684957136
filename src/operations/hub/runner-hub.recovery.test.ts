// What is lost on the way, and found again: the hub sleeps or dies, an engine or its alarm is lost, a clock steps, and workerd
// is killed. In real workerd, over real WebSockets.
import { describe, expect, it } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { eventually } from '../../../test/kit/eventually.ts';
import { startOperations } from '../../../test/kit/operations-cloud.ts';
import { planOf, snapshotOf } from '../../../test/kit/operations.ts';
import { connectRunner } from '../../../test/kit/runner-socket.ts';
import {
  killEngine,
  leased,
  statusOf,
  submit,
  untilStatus,
  useOperations,
} from '../../../test/kit/use-operations.ts';

const { cloud, connect, newStage } = useOperations({ tickMs: 100, ticks: 5 });

describe('the hub', () => {
  it('remembers its runners when it has slept', async () => {
    const runner = await connect();
    const before = await cloud().hub.life();
    await cloud().sleepHub();
    expect(await cloud().hub.life()).not.toBe(before);
    expect(await cloud().hub.runners()).toBe(1);
    const stage = newStage();
    await submit(cloud(), stage);
    await eventually(async () =>
      runner.calls.find((call) => 'stage' in call && call.stage === stage),
    );
    expect(await leased(runner, stage)).toMatchObject({ fence: 1 });
  });

  it('that is lost takes its runners’ next connections, and knows its stages', async () => {
    const runner = await connect();
    const stage = newStage();
    await submit(cloud(), stage, 'deploy');
    const job = await leased(runner, stage);
    await runner.begin(job, planOf('deploy', stage));
    await runner.finish(job, { status: 'succeeded', snapshot: snapshotOf(stage) });
    const url = `https://mcp-server-${stage}.example.com`;
    await eventually(async () =>
      (await cloud().hub.stage(stage))?.url === url ? true : undefined,
    );
    await cloud()
      .hub.die()
      .catch(() => undefined);
    await runner.closed;
    expect(await (await connect()).poll()).toBeArray();
    expect((await cloud().hub.stage(stage))?.url).toBe(url);
    expect(await cloud().hub.stage('never')).toBeFalsy();
  });
});

describe('an engine that is lost', () => {
  it('keeps its word: what was acknowledged is there, and the lease goes on', async () => {
    const runner = await connect();
    const stage = newStage();
    const { operationId } = await submit(cloud(), stage, 'deploy');
    const job = await leased(runner, stage);
    await runner.begin(job, planOf('deploy', stage));
    await killEngine(cloud(), stage);
    expect(await statusOf(cloud(), stage, operationId)).toBe('running');
    expect(await runner.heartbeat(job)).toEqual({ isCancelRequested: false });
    await killEngine(cloud(), stage);
    // No call but its own alarm: the runner is silent.
    await Bun.sleep(900);
    expect(await cloud().engine(stage).sql('SELECT status FROM operation')).toEqual([
      { status: 'lost' },
    ]);
  });

  it('whose alarm was lost sets it again with any call', async () => {
    const stage = newStage();
    await submit(cloud(), stage);
    await cloud().engine(stage).forgetAlarm();
    await killEngine(cloud(), stage);
    await cloud().engine(stage).operations({ limit: 1 });
    expect(await cloud().engine(stage).alarmAt()).not.toBeNull();
  });
});

describe('a clock that steps', () => {
  const DAY = 86_400_000;
  it.each([
    ['a day ahead', [DAY]],
    ['a day back', [-DAY]],
    ['back and forth', [-DAY, 7 * DAY, -30 * DAY]],
  ])('%s ends no lease of a runner that is there', async (_, steps) => {
    const runner = await connect();
    const stage = newStage();
    const { operationId } = await submit(cloud(), stage, 'deploy');
    const job = await leased(runner, stage);
    await runner.begin(job, planOf('deploy', stage));
    for (const offset of steps) {
      await cloud().engine(stage).setClock(offset);
      await runner.heartbeat(job);
      await Bun.sleep(120);
      await runner.heartbeat(job);
    }
    expect(await statusOf(cloud(), stage, operationId)).toBe('running');
    // And ends that of one who is gone, by the clock as it is now.
    await untilStatus(cloud(), stage, operationId, 'lost');
  });
});

describe('SIGKILL of workerd', () => {
  it('loses nothing that was acknowledged; a lease and a queue go on from the disk', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'operations-'));
    const terms = { folder, tickMs: 200, ticks: 8 };
    let other = await startOperations(terms);
    const runnerId = crypto.randomUUID();
    const before = await connectRunner(other.url, { runnerId });
    const first = await submit(other, 'dev', 'deploy');
    const second = await submit(other, 'dev', 'drift');
    const job = await leased(before, 'dev');
    await before.begin(job, planOf('deploy', 'dev'));
    await other.kill();
    other = await startOperations(terms);
    const after = await connectRunner(other.url, { runnerId });
    expect(await after.heartbeat(job)).toEqual({ isCancelRequested: false });
    await after.finish(job, { status: 'succeeded', snapshot: snapshotOf('dev') });
    expect(await statusOf(other, 'dev', first.operationId)).toBe('succeeded');
    // The hub called: it knows of work without having been told since.
    await eventually(async () => ((await after.poll()).includes('dev') ? true : undefined));
    expect((await leased(after, 'dev')).operationId).toBe(second.operationId);
    expect(await other.engine('dev').verifyJournal()).toMatchObject({ isIntact: true });
    after.close();
    await other[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  }, 30_000);
});
