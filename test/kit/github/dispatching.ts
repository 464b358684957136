// The engine, the hub and a GitHub that is asked for runs, for the tests of one file.
import { afterAll } from 'bun:test';

import { RUN_HEADER } from '../../../src/operations/hub-door.ts';
import { eventually } from '../eventually.ts';
import { connectRunner } from '../runner-socket.ts';
import { submit, useOperations } from '../use-operations.ts';
import { GITHUB_SETTINGS, startGithub } from './actions.ts';
import { REPOSITORY } from './oidc.ts';

export const TICK_MS = 100;

export const useDispatching = () => {
  const github = startGithub();
  afterAll(() => github[Symbol.asyncDispose]());
  const { cloud, newStage, connect } = useOperations({
    tickMs: TICK_MS,
    ticks: 5,
    variables: GITHUB_SETTINGS,
    outside: github.fetch,
  });
  const asksFor = (id: string) => github.dispatches.filter(({ operation }) => operation === id);
  const untilAsked = (id: string, times = 1) =>
    eventually(async () => (asksFor(id).length >= times ? asksFor(id) : undefined));
  return {
    github,
    cloud,
    newStage,
    connect,
    asksFor,
    untilAsked,
    submit: async (stage: string, kind: 'deploy' | 'drift' = 'deploy') =>
      (await submit(cloud(), stage, kind)).operationId,
    firstAsk: async (id: string) => {
      const [first] = await untilAsked(id);
      if (first === undefined) throw new Error('GitHub was not asked.');
      return first;
    },
    untilState: (stage: string, id: string, state: string) =>
      eventually(async () => {
        const { dispatch } = (await cloud().engine(stage).operation(id)) ?? {};
        return dispatch?.state === state ? dispatch : undefined;
      }),
    rowsOf: async (stage: string) =>
      (await cloud().engine(stage).journal({ limit: 100 })).map(({ type, outcome }) =>
        `${type} ${outcome ?? ''}`.trim(),
      ),
    /** Long enough for an engine that wants to ask again to do so. */
    aWhile: () => Bun.sleep(TICK_MS * 8),
    connectRun: async (
      runId: string,
      operationId?: string,
      runnerId: string = crypto.randomUUID(),
    ) => {
      const headers = { [RUN_HEADER]: runOf(runId) };
      const line = await connectRunner(cloud().url, { headers, isSilent: true, runnerId });
      const label = 'github:someone/else#1';
      await line.ask({ ask: 'hello', protocol: 1, runnerId, label, mode: 'live', operationId });
      return line;
    },
  };
};

/** What the edge calls a run whose identity it has checked. */
export const runOf = (runId: string): string => `github:${REPOSITORY}#${runId}`;
