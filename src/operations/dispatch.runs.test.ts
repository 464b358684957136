// A run of GitHub that comes: it is let in for the one operation that it was asked for, and has nothing else. In real workerd.
import { describe, expect, it } from 'bun:test';

import { eventually } from '../../test/kit/eventually.ts';
import { runOf, useDispatching } from '../../test/kit/github/dispatching.ts';
import { planOf, snapshotOf, stepOf } from '../../test/kit/operations.ts';
import { leased } from '../../test/kit/use-operations.ts';

const {
  github,
  cloud,
  newStage,
  connect,
  submit,
  untilAsked,
  firstAsk,
  untilState,
  rowsOf,
  connectRun,
} = useDispatching();

describe('a run that comes', () => {
  it('does its one operation, and the journal names it', async () => {
    const stage = newStage();
    const id = await submit(stage);
    const { runId } = await firstAsk(id);
    await untilState(stage, id, 'asked');
    const run = await connectRun(runId, id);
    expect(await cloud().hub.runners()).toBe(0);
    expect(await run.poll()).toEqual([]);
    const job = await leased(run, stage, id);
    expect(await cloud().engine(stage).isHeldBy(runOf(runId))).toBe(true);
    expect(await cloud().engine(stage).isHeldBy(runOf('1'))).toBe(false);
    expect(await run.events(job, [stepOf(1)])).toBe(1);
    expect(await run.begin(job, planOf('deploy', stage))).toBe(true);
    // A new connection, with a new identity of the same run.
    run.cut();
    const again = await connectRun(runId, id, run.runnerId);
    expect(await again.heartbeat(job)).toEqual({ isCancelRequested: false });
    await again.finish(job, { status: 'succeeded', snapshot: snapshotOf(stage) });
    expect((await cloud().engine(stage).operation(id))?.status).toBe('succeeded');
    expect(await rowsOf(stage)).toContain(`leased ${runOf(runId)}`);
    again.close();
  });

  it('has nothing else: no other operation, stage or lease, and hears of no other', async () => {
    const [stage, elsewhere] = [newStage(), newStage()];
    const id = await submit(stage);
    const other = await submit(elsewhere);
    const { runId } = await firstAsk(id);
    const run = await connectRun(runId, id);
    const refusal = (asked: Promise<unknown>) => asked.catch(String);
    const NOT_ITS = 'This run was started for another operation.';
    expect(await refusal(run.lease(elsewhere, other))).toContain(NOT_ITS);
    expect(await refusal(run.lease(stage))).toContain(NOT_ITS);
    expect(await refusal(run.lease(elsewhere, id))).toContain(NOT_ITS);
    const held = { stage: elsewhere, operationId: other, fence: 1 };
    expect(await refusal(run.heartbeat(held))).toContain(NOT_ITS);
    expect(await refusal(run.events(held, [stepOf(1)]))).toContain(NOT_ITS);
    expect(await refusal(run.begin(held, planOf('deploy', elsewhere)))).toContain(NOT_ITS);
    expect(await refusal(run.finish(held, { status: 'succeeded' }))).toContain(NOT_ITS);
    await eventually(async () => run.calls.find((call) => call.type === 'work'));
    expect(run.calls.filter((call) => 'stage' in call && call.stage !== stage)).toEqual([]);
    expect((await cloud().engine(elsewhere).operation(other))?.status).toBe('queued');
    run.close();
  });

  it.each([
    ['for an operation that is not there', '7777', `dev-1.${'0'.repeat(32)}`],
    ['without saying for which', '7777', undefined],
  ])('%s is not let in', async (_, runId, operationId) => {
    expect(await connectRun(runId, operationId).catch(String)).toContain('BAD_REQUEST');
  });

  it('and was not asked for is not let in, nor a second one where GitHub named the first', async () => {
    const stage = newStage();
    const id = await submit(stage);
    const early = await connectRun('7777', id).catch(String);
    expect(early).toContain('This run was not asked for');
    await untilAsked(id);
    await untilState(stage, id, 'asked');
    expect(await connectRun('7777', id).catch(String)).toContain('This run was not asked for');
  });

  it('is let in once where GitHub does not name its runs: the first that comes', async () => {
    const stage = newStage();
    github.namesRuns = false;
    const id = await submit(stage);
    await untilAsked(id);
    await untilState(stage, id, 'asked');
    github.namesRuns = true;
    const first = await connectRun('31', id);
    expect(await connectRun('32', id).catch(String)).toContain('another has come in its place');
    expect(await first.lease(stage, id)).toMatchObject({ operationId: id });
    first.close();
  });

  it('cannot be played by a runner with the token', async () => {
    const line = await connect({ isSilent: true });
    const hello = { ask: 'hello', protocol: 1, runnerId: line.runnerId, mode: 'live' } as const;
    const said = line.ask({ ...hello, label: runOf('1001') }).catch(String);
    expect(await said).toContain('Only a run of GitHub');
    line.close();
  });
});
