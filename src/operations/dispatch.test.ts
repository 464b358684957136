// The engine, the hub and a GitHub, in real workerd: when GitHub is asked for a run, how often, and what is told of it.
import { describe, expect, it } from 'bun:test';

import { GITHUB_SETTINGS, GITHUB_TOKEN } from '../../test/kit/github/actions.ts';
import { TICK_MS, useDispatching } from '../../test/kit/github/dispatching.ts';
import { REPOSITORY } from '../../test/kit/github/oidc.ts';
import { startOperations } from '../../test/kit/operations-cloud.ts';
import { connectRunner } from '../../test/kit/runner-socket.ts';
import { killEngine, leased, submit as submitTo } from '../../test/kit/use-operations.ts';
import { AGAIN_MS, GRACE_MS } from './rules/dispatch-rule.ts';

const RUNS = `https://github.com/${REPOSITORY}/actions`;

const {
  github,
  cloud,
  newStage,
  submit,
  asksFor,
  untilAsked,
  firstAsk,
  untilState,
  rowsOf,
  aWhile,
  connectRun,
} = useDispatching();

describe('an operation that no runner is there for', () => {
  it('has one run asked for, through alarms that double and an engine that dies', async () => {
    const stage = newStage();
    const id = await submit(stage);
    const { path, headers, body, runId } = await firstAsk(id);
    expect(path).toBe(`/repos/${REPOSITORY}/actions/workflows/operate.yml/dispatches`);
    expect(headers['authorization']).toBe(`Bearer ${GITHUB_TOKEN}`);
    expect(body).toMatchObject({ ref: 'main', inputs: { operation: id } });
    for (let time = 0; time < 3; time += 1) {
      await cloud().engine(stage).ring();
      await killEngine(cloud(), stage);
    }
    await cloud().engine(stage).ring();
    await aWhile();
    expect(asksFor(id)).toHaveLength(1);
    expect(await rowsOf(stage)).toEqual(['requested', 'dispatch_asked', `dispatched ${runId}`]);
    expect(await cloud().engine(stage).operation(id)).toMatchObject({
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
    await killEngine(cloud(), stage);
    answer.resolve(new Response(null, { status: 204 }));
    await cloud().engine(stage).ring();
    await aWhile();
    expect(asksFor(id)).toHaveLength(1);
    expect(await untilState(stage, id, 'asking')).toMatchObject({
      url: `${RUNS}/workflows/operate.yml`,
    });
    // It may never have come: minutes later it is asked for again.
    await cloud().engine(stage).setClock(AGAIN_MS);
    await untilAsked(id, 2);
    await aWhile();
    expect(asksFor(id)).toHaveLength(2);
    await cloud().engine(stage).setClock(0);
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
    expect(await rowsOf(stage)).toEqual([
      'requested',
      'dispatch_asked',
      `dispatch_refused ${dispatch.reason}`,
    ]);
    const runner = await connectRunner(cloud().url);
    const job = await leased(runner, stage);
    await runner.finish(job, { status: 'succeeded', drift: { mode: 'live', resources: [] } });
    expect((await cloud().engine(stage).operation(id))?.status).toBe('succeeded');
    runner.close();
    await runner.closed;
    expect(JSON.stringify(await cloud().engine(stage).journal({ limit: 50 }))).not.toContain(
      GITHUB_TOKEN,
    );
    expect(await cloud().engine(stage).verifyJournal()).toMatchObject({ isIntact: true });
  });

  it('is asked a run for again while GitHub is out of order, after a pause', async () => {
    const stage = newStage();
    github.answers.push(() => new Response(null, { status: 503 }));
    const id = await submit(stage);
    await untilState(stage, id, 'retrying');
    await aWhile();
    expect(asksFor(id)).toHaveLength(1);
    await cloud().engine(stage).setClock(11_000);
    await untilAsked(id, 2);
    await untilState(stage, id, 'asked');
    expect((await rowsOf(stage)).map((row) => row.split(' ')[0])).toEqual([
      'requested',
      'dispatch_asked',
      'dispatch_refused',
      'dispatch_asked',
      'dispatched',
    ]);
    await cloud().engine(stage).setClock(0);
  });

  it('has a run asked for again when the runner that had it fell silent', async () => {
    const stage = newStage();
    const id = await submit(stage);
    const { runId } = await firstAsk(id);
    await untilState(stage, id, 'asked');
    const run = await connectRun(runId, id);
    await leased(run, stage, id);
    run.close();
    await untilAsked(id, 2);
    await aWhile();
    expect(asksFor(id)).toHaveLength(2);
  });
});

describe('with a runner connected', () => {
  it('GitHub is asked only when it has not taken the operation in a while', async () => {
    const runner = await connectRunner(cloud().url);
    const stage = newStage();
    const id = await submit(stage);
    await aWhile();
    expect(asksFor(id)).toEqual([]);
    await cloud().engine(stage).setClock(GRACE_MS);
    await untilAsked(id);
    await cloud().engine(stage).setClock(0);
    runner.close();
    await runner.closed;
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
      const { operationId } = await submitTo(quiet, 'dev');
      await aWhile();
      const operation = await quiet.engine('dev').operation(operationId);
      expect(operation).toMatchObject({ status: 'queued', waitingFor: 'no runner is connected' });
      expect(operation?.dispatch).toBeUndefined();
      expect(asksFor(operationId)).toEqual([]);
    },
    20_000,
  );
});
