// The engine, the hub and a GitHub, in real workerd: who is asked for a run, how often, what is told of it, and what a run
// that comes may do.
import { afterAll, beforeAll, describe, expect, it } from 'bun:test';

import { eventually } from '../../test/kit/eventually.ts';
import {
  type FakeGithub,
  GITHUB_SETTINGS,
  GITHUB_TOKEN,
  startGithub,
} from '../../test/kit/github/actions.ts';
import { REPOSITORY } from '../../test/kit/github/oidc.ts';
import { type OperationsCloud, startOperations } from '../../test/kit/operations-cloud.ts';
import { admitted, planOf, snapshotOf, stepOf, submissionOf } from '../../test/kit/operations.ts';
import { connectRunner } from '../../test/kit/runner-socket.ts';
import { leasedJobSchema } from '../contract/runner-protocol.ts';
import { AGAIN_MS, GRACE_MS } from './dispatch-rule.ts';
import { RUN_HEADER } from './hub-door.ts';

const TICK_MS = 100;
const RUNS = `https://github.com/${REPOSITORY}/actions`;

let github: FakeGithub;
let cloud: OperationsCloud;
beforeAll(async () => {
  github = startGithub();
  cloud = await startOperations({
    tickMs: TICK_MS,
    ticks: 5,
    variables: GITHUB_SETTINGS,
    outside: github.fetch,
  });
}, 30_000);
afterAll(async () => {
  await cloud[Symbol.asyncDispose]();
  await github[Symbol.asyncDispose]();
});

let stages = 0;
const newStage = (): string => `dev-${++stages}`;

const submit = async (stage: string, kind: 'deploy' | 'drift' = 'deploy') =>
  admitted(await cloud.engine(stage).submit(submissionOf(kind))).operationId;

const asksFor = (id: string) => github.dispatches.filter(({ operation }) => operation === id);

const untilAsked = (id: string, times = 1) =>
  eventually(async () => (asksFor(id).length >= times ? asksFor(id) : undefined));

const firstAsk = async (id: string) => {
  const [first] = await untilAsked(id);
  if (first === undefined) throw new Error('GitHub was not asked.');
  return first;
};

const untilState = (stage: string, id: string, state: string) =>
  eventually(async () => {
    const { dispatch } = (await cloud.engine(stage).operation(id)) ?? {};
    return dispatch?.state === state ? dispatch : undefined;
  });

const rows = async (stage: string) =>
  (await cloud.engine(stage).journal({ limit: 100 })).map(({ type, outcome }) =>
    `${type} ${outcome ?? ''}`.trim(),
  );

/** Long enough for an engine that wants to ask again to do so. */
const aWhile = () => Bun.sleep(TICK_MS * 8);

const die = (stage: string) =>
  cloud
    .engine(stage)
    .die()
    .catch(() => undefined);

/** As a run comes through the edge, which has checked its identity. */
const comes = (runId: string) => ({ headers: { [RUN_HEADER]: `github:${REPOSITORY}#${runId}` } });

const connectRun = async (
  runId: string,
  operationId?: string,
  runnerId: string = crypto.randomUUID(),
) => {
  const line = await connectRunner(cloud.url, { ...comes(runId), isSilent: true, runnerId });
  const label = 'github:someone/else#1';
  await line.ask({ ask: 'hello', protocol: 1, runnerId, label, mode: 'live', operationId });
  return line;
};

describe('an operation that no runner is there for', () => {
  it('has one run asked for, through alarms that double and an engine that dies', async () => {
    const stage = newStage();
    const id = await submit(stage);
    const { path, headers, body, runId } = await firstAsk(id);
    expect(path).toBe(`/repos/${REPOSITORY}/actions/workflows/operate.yml/dispatches`);
    expect(headers['authorization']).toBe(`Bearer ${GITHUB_TOKEN}`);
    expect(body).toMatchObject({ ref: 'main', inputs: { operation: id } });
    for (let time = 0; time < 3; time += 1) {
      await cloud.engine(stage).ring();
      await die(stage);
    }
    await cloud.engine(stage).ring();
    await aWhile();
    expect(asksFor(id)).toHaveLength(1);
    expect(await rows(stage)).toEqual(['requested', 'dispatch_asked', `dispatched ${runId}`]);
    expect(await cloud.engine(stage).operation(id)).toMatchObject({
      status: 'queued',
      waitingFor: 'no runner is connected',
      dispatch: { state: 'asked', url: `${RUNS}/runs/${runId}`, askedAt: expect.any(String) },
    });
  });

  it('has one asked for while the engine dies before GitHub has answered', async () => {
    const stage = newStage();
    const answer = Promise.withResolvers<Response>();
    github.answers.push(() => answer.promise);
    const id = await submit(stage);
    await untilAsked(id);
    await die(stage);
    answer.resolve(new Response(null, { status: 204 }));
    await cloud.engine(stage).ring();
    await aWhile();
    expect(asksFor(id)).toHaveLength(1);
    expect(await untilState(stage, id, 'asking')).toMatchObject({
      url: `${RUNS}/workflows/operate.yml`,
    });
    // It may never have come: minutes later it is asked for again.
    await cloud.engine(stage).setClock(AGAIN_MS);
    await untilAsked(id, 2);
    await aWhile();
    expect(asksFor(id)).toHaveLength(2);
    await cloud.engine(stage).setClock(0);
  });

  it.each([
    [401, 'GitHub does not take MCP_GITHUB_TOKEN'],
    [403, 'needs "Actions: read and write"'],
    [404, 'reaches no workflow'],
    [422, 'cannot start operate.yml on branch main'],
  ])('tells that GitHub refused with %i, and waits for another runner', async (status, words) => {
    const stage = newStage();
    github.answers.push(() => new Response(`{"message":"${GITHUB_TOKEN}"}`, { status }));
    const id = await submit(stage, 'drift');
    const dispatch = await untilState(stage, id, 'refused');
    expect(dispatch.reason).toContain(words);
    await aWhile();
    expect(asksFor(id)).toHaveLength(1);
    expect(await rows(stage)).toEqual([
      'requested',
      'dispatch_asked',
      `dispatch_refused ${dispatch.reason}`,
    ]);
    const runner = await connectRunner(cloud.url);
    const job = leasedJobSchema.parse(await runner.lease(stage));
    await runner.finish(job, { status: 'succeeded', drift: { mode: 'live', resources: [] } });
    expect((await cloud.engine(stage).operation(id))?.status).toBe('succeeded');
    runner.close();
    await runner.closed;
    expect(JSON.stringify(await cloud.engine(stage).journal({ limit: 50 }))).not.toContain(
      GITHUB_TOKEN,
    );
    expect(await cloud.engine(stage).verifyJournal()).toMatchObject({ isIntact: true });
  });

  it('is asked a run for again while GitHub is out of order, after a pause', async () => {
    const stage = newStage();
    github.answers.push(() => new Response(null, { status: 503 }));
    const id = await submit(stage);
    await untilState(stage, id, 'retrying');
    await aWhile();
    expect(asksFor(id)).toHaveLength(1);
    await cloud.engine(stage).setClock(11_000);
    await untilAsked(id, 2);
    await untilState(stage, id, 'asked');
    expect((await rows(stage)).map((row) => row.split(' ')[0])).toEqual([
      'requested',
      'dispatch_asked',
      'dispatch_refused',
      'dispatch_asked',
      'dispatched',
    ]);
    await cloud.engine(stage).setClock(0);
  });

  it('has a run asked for again when the runner that had it fell silent', async () => {
    const stage = newStage();
    const id = await submit(stage);
    const { runId } = await firstAsk(id);
    await untilState(stage, id, 'asked');
    const run = await connectRun(runId, id);
    leasedJobSchema.parse(await run.lease(stage, id));
    run.close();
    await untilAsked(id, 2);
    await aWhile();
    expect(asksFor(id)).toHaveLength(2);
  });
});

describe('with a runner connected', () => {
  it('GitHub is asked only when it has not taken the operation in a while', async () => {
    const runner = await connectRunner(cloud.url);
    const stage = newStage();
    const id = await submit(stage);
    await aWhile();
    expect(asksFor(id)).toEqual([]);
    await cloud.engine(stage).setClock(GRACE_MS);
    await untilAsked(id);
    await cloud.engine(stage).setClock(0);
    runner.close();
    await runner.closed;
  });
});

describe('a run that comes', () => {
  it('does its one operation, and the journal names it', async () => {
    const stage = newStage();
    const id = await submit(stage);
    const { runId } = await firstAsk(id);
    await untilState(stage, id, 'asked');
    const run = await connectRun(runId, id);
    expect(await cloud.hub.runners()).toBe(0);
    expect(await run.poll()).toEqual([]);
    const job = leasedJobSchema.parse(await run.lease(stage, id));
    expect(await cloud.engine(stage).isHeldBy(comes(runId).headers[RUN_HEADER])).toBe(true);
    expect(await cloud.engine(stage).isHeldBy(`github:${REPOSITORY}#1`)).toBe(false);
    expect(await run.events(job, [stepOf(1)])).toBe(1);
    expect(await run.begin(job, planOf('deploy', stage))).toBe(true);
    // A new connection, with a new identity of the same run.
    run.cut();
    const again = await connectRun(runId, id, run.runnerId);
    expect(await again.heartbeat(job)).toEqual({ isCancelRequested: false });
    await again.finish(job, { status: 'succeeded', snapshot: snapshotOf(stage) });
    expect((await cloud.engine(stage).operation(id))?.status).toBe('succeeded');
    expect(await rows(stage)).toContain(`leased github:${REPOSITORY}#${runId}`);
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
    expect((await cloud.engine(elsewhere).operation(other))?.status).toBe('queued');
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
    const line = await connectRunner(cloud.url, { isSilent: true });
    const hello = { ask: 'hello', protocol: 1, runnerId: line.runnerId, mode: 'live' } as const;
    const said = line.ask({ ...hello, label: `github:${REPOSITORY}#1001` }).catch(String);
    expect(await said).toContain('Only a run of GitHub');
    line.close();
  });
});

describe('GitHub is asked for nothing', () => {
  it.each<[string, Record<string, string>]>([
    ['where nothing is set', {}],
    ['where no token is set', { MCP_GITHUB_REPOSITORY: REPOSITORY }],
    ['on a laptop', { ...GITHUB_SETTINGS, MCP_LOCAL: '1' }],
  ])(
    '%s',
    async (_, variables) => {
      await using quiet = await startOperations({
        tickMs: TICK_MS,
        variables,
        outside: github.fetch,
      });
      const { operationId } = admitted(await quiet.engine('dev').submit(submissionOf('drift')));
      await aWhile();
      const operation = await quiet.engine('dev').operation(operationId);
      expect(operation).toMatchObject({ status: 'queued', waitingFor: 'no runner is connected' });
      expect(operation?.dispatch).toBeUndefined();
      expect(asksFor(operationId)).toEqual([]);
    },
    20_000,
  );
});
