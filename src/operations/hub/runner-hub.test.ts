// The hub in real workerd, over real WebSockets: what it calls out, whom it takes, and what it does with garbage.
import { describe, expect, it } from 'bun:test';

import { eventually } from '../../../test/kit/eventually.ts';
import { startOperations } from '../../../test/kit/operations-cloud.ts';
import { planOf, snapshotOf, stepOf } from '../../../test/kit/operations.ts';
import { type RunnerSocket, connectRunner } from '../../../test/kit/runner-socket.ts';
import {
  leased,
  statusOf,
  submit,
  untilStatus,
  useOperations,
} from '../../../test/kit/use-operations.ts';
import { MAX_MESSAGE_BYTES } from '../../contract/runner-protocol.ts';

const BOB = { client: 'bob', subject: 'bob' };
const { cloud, connect, connected, newStage } = useOperations({ tickMs: 100, ticks: 5 });

describe('a runner that is connected', () => {
  it('is called when there is work, and again while nobody takes it', async () => {
    const runner = await connect();
    const stage = newStage();
    await submit(cloud(), stage);
    const called = () =>
      runner.calls.filter((call) => call.type === 'work' && call.stage === stage);
    await eventually(async () => (called().length >= 3 ? true : undefined));
    expect(await runner.poll()).toContain(stage);
    const job = await leased(runner, stage);
    await eventually(async () => ((await runner.poll()).includes(stage) ? undefined : true));
    await runner.finish(job, { status: 'succeeded', drift: { mode: 'live', resources: [] } });
    expect(await statusOf(cloud(), stage, job.operationId)).toBe('succeeded');
  });

  it('hears of a cancellation at once, and with its next heartbeat', async () => {
    const runner = await connect();
    const stage = newStage();
    const { operationId } = await submit(cloud(), stage, 'deploy');
    const job = await leased(runner, stage);
    expect(await runner.heartbeat(job)).toEqual({ isCancelRequested: false });
    await cloud().engine(stage).cancel(operationId, BOB);
    await eventually(async () => runner.calls.find(({ type }) => type === 'cancel'));
    expect(runner.calls.filter(({ type }) => type === 'cancel')).toEqual([
      { type: 'cancel', stage, operationId },
    ]);
    expect(await runner.heartbeat(job)).toEqual({ isCancelRequested: true });
    await runner.finish(job, { status: 'cancelled', message: 'Stopped between two resources.' });
    expect(await statusOf(cloud(), stage, operationId)).toBe('cancelled');
  });

  it('does not share its lease with a second one, which gets it when the first falls silent', async () => {
    const [first, second] = [await connect(), await connect()];
    const stage = newStage();
    const { operationId } = await submit(cloud(), stage, 'deploy');
    const job = await leased(first, stage);
    expect(await second.lease(stage)).toBeNull();
    await untilStatus(cloud(), stage, operationId, 'queued');
    const next = await leased(second, stage);
    expect(next.fence).toBe(job.fence + 1);
    const late = await first.finish(job, { status: 'failed', message: 'late' }).catch(String);
    expect(late).toContain('STALE_FENCE');
    expect(await second.begin(next, planOf('deploy', stage))).toBe(true);
    expect(await first.begin(job, planOf('deploy', stage)).catch(String)).toContain('STALE_FENCE');
    await second.finish(next, { status: 'succeeded', snapshot: snapshotOf(stage) });
    expect(await statusOf(cloud(), stage, operationId)).toBe('succeeded');
  });

  it('goes on after its connection was cut, whatever had been answered', async () => {
    const runnerId = crypto.randomUUID();
    const stage = newStage();
    const { operationId } = await submit(cloud(), stage, 'deploy');
    const job = await leased(await connect({ runnerId }), stage);
    const again = async () => {
      for (const runner of connected.splice(0)) runner.cut();
      return connect({ runnerId });
    };
    // Each asked twice, once on either side of a cut: as if the first answer had not arrived.
    expect(await leased(await again(), stage)).toEqual(job);
    for (const ask of [
      (on: RunnerSocket) => on.events(job, [stepOf(1), stepOf(2)]),
      (on: RunnerSocket) => on.begin(job, planOf('deploy', stage)),
      (on: RunnerSocket) => on.finish(job, { status: 'succeeded', snapshot: snapshotOf(stage) }),
    ])
      expect(await ask(await again())).toEqual((await ask(await again())) as never);
    expect(await cloud().engine(stage).operation(operationId)).toMatchObject({
      status: 'succeeded',
      lastSeq: 2,
    });
    const ended = (await cloud().engine(stage).journal({ limit: 50 })).filter(
      ({ type }) => type === 'ended',
    );
    expect(ended).toHaveLength(1);
  });

  it('counts once, however often it has connected', async () => {
    const runnerId = crypto.randomUUID();
    const first = await connect({ runnerId });
    await connect({ runnerId });
    expect((await first.closed).reason).toBe('The runner has connected anew.');
    await connect();
    await eventually(async () => ((await cloud().hub.runners()) === 2 ? true : undefined));
  });
});

describe('an operation that waits', () => {
  it('says for what', async () => {
    await eventually(async () => ((await cloud().hub.runners()) === 0 ? true : undefined));
    const stage = newStage();
    const first = await submit(cloud(), stage);
    expect(first.waitingFor).toBe('no runner is connected');
    expect((await submit(cloud(), stage)).waitingFor).toBe('1 operation before it');
    expect((await submit(cloud(), stage)).waitingFor).toBe('2 operations before it');
    await connect();
    const seen = await cloud().engine(stage).operation(first.operationId);
    expect(seen?.waitingFor).toBeUndefined();
  });

  it('is followed: a step or a status ends the wait, and so does the time', async () => {
    const runner = await connect();
    const stage = newStage();
    const { operationId } = await submit(cloud(), stage);
    const engine = cloud().engine(stage);
    const silent = await engine.follow(operationId, { seq: 0, status: 'queued' }, 150);
    expect(silent).toMatchObject({ operation: { status: 'queued' }, events: [] });
    const waiting = Array.from({ length: 20 }, () =>
      engine.follow(operationId, { seq: 0, status: 'leased' }, 10_000),
    );
    const job = await leased(runner, stage);
    await runner.events(job, [stepOf(1, 'checking')]);
    for (const followed of await Promise.all(waiting))
      expect(followed?.operation.operationId).toBe(operationId);
    const steps = await engine.follow(operationId, { seq: 0, status: 'running' }, 10_000);
    expect(steps?.events).toMatchObject([{ seq: 1, status: 'checking' }]);
    expect(await engine.follow('prod.unknown', { seq: 0, status: '' }, 10)).toBeFalsy();
  });
});

describe('the hub', () => {
  it.each([
    ['{', 1008],
    ['[]', 1008],
    ['null', 1008],
    ['"hello"', 1008],
    ['{"ask":"poll"}', 1008],
    ['{"ask":"poll","id":"1"}', 1008],
    [new Uint8Array([1, 2, 3]), 1008],
    ['x'.repeat(MAX_MESSAGE_BYTES + 1), 1009],
    ['ä'.repeat(MAX_MESSAGE_BYTES / 2 + 1), 1009],
  ])('closes a connection on garbage (%#), and lives', async (frame, code) => {
    const runner = await connect();
    runner.socket.send(frame);
    expect((await runner.closed).code).toBe(code);
    expect(await (await connect()).poll()).toBeArray();
  });

  it.each([
    [{ ask: 'dance' }],
    [{ ask: 'hello', protocol: 2, runnerId: crypto.randomUUID(), label: '', mode: 'live' }],
    [{ ask: 'lease', stage: '../prod' }],
    [{ ask: 'heartbeat', stage: 'prod', operationId: 'x', fence: 0 }],
    [{ ask: 'events', stage: 'prod', operationId: `prod.${'0'.repeat(32)}`, fence: 1, events: [] }],
  ])('refuses what is not of the protocol, and listens on: %j', async (question) => {
    const runner = await connect();
    expect(await runner.ask(question as never).catch(String)).toContain('BAD_REQUEST');
    expect(await runner.poll()).toBeArray();
  });

  it('hears nothing before hello', async () => {
    const runner = await connect({ isSilent: true });
    expect(await runner.ask({ ask: 'poll' }).catch(String)).toContain('Say hello first.');
    expect(await cloud().hub.runners()).toBe(0);
    await runner.hello();
    expect(await runner.poll()).toBeArray();
  });

  it('takes live runners alone, and on a laptop local ones alone', async () => {
    const stranger = await connect({ isSilent: true, mode: 'local' });
    stranger.hello().catch(() => undefined);
    expect(await stranger.closed).toEqual({
      code: 1008,
      reason: 'This hub takes live runners, and this one is local.',
    });
    await using laptop = await startOperations({ variables: { MCP_LOCAL: '1' } });
    const local = await connectRunner(laptop.url, { mode: 'local' });
    expect(await local.poll()).toEqual([]);
    const live = await connectRunner(laptop.url, { isSilent: true });
    live.hello().catch(() => undefined);
    expect((await live.closed).code).toBe(1008);
    local.close();
  }, 20_000);
});
