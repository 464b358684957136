// The engine and its hub for the tests of one file: stages nobody has used, what is asked of them, and runners that leave
// when their test ends.
import { afterAll, afterEach, beforeAll } from 'bun:test';

import { leasedJobSchema } from '../../src/contract/runner-protocol.ts';
import { eventually } from './eventually.ts';
import {
  type OperationsCloud,
  type OperationsCloudOptions,
  startOperations,
} from './operations-cloud.ts';
import { admitted, submissionOf } from './operations.ts';
import { type RunnerSocket, type RunnerSocketOptions, connectRunner } from './runner-socket.ts';

const START_MS = 30_000;

export const useOperations = (options: OperationsCloudOptions) => {
  let started: OperationsCloud | undefined;
  const connected: RunnerSocket[] = [];
  let stages = 0;
  const cloud = (): OperationsCloud => {
    if (started === undefined) throw new Error('The cloud has not started.');
    return started;
  };
  beforeAll(async () => {
    started = await startOperations(options);
  }, START_MS);
  afterEach(() => {
    for (const runner of connected.splice(0)) runner.close();
  });
  afterAll(() => started?.[Symbol.asyncDispose]());
  return {
    cloud,
    /** The runners of this test. */
    connected,
    connect: async (how: RunnerSocketOptions = {}): Promise<RunnerSocket> => {
      const runner = await connectRunner(cloud().url, how);
      connected.push(runner);
      return runner;
    },
    newStage: (): string => `dev-${++stages}`,
  };
};

export const submit = async (
  cloud: OperationsCloud,
  stage: string,
  kind: 'deploy' | 'drift' = 'drift',
) => admitted(await cloud.engine(stage).submit(submissionOf(kind)));

export const leased = async (runner: RunnerSocket, stage: string, operationId?: string) =>
  leasedJobSchema.parse(await runner.lease(stage, operationId));

export const statusOf = async (cloud: OperationsCloud, stage: string, id: string) =>
  (await cloud.engine(stage).operation(id))?.status;

export const untilStatus = (cloud: OperationsCloud, stage: string, id: string, status: string) =>
  eventually(async () => ((await statusOf(cloud, stage, id)) === status ? status : undefined));

/** The engine's memory is gone; its disk stays. It answers nothing more, so the call fails. */
export const killEngine = (cloud: OperationsCloud, stage: string): Promise<void> =>
  cloud
    .engine(stage)
    .die()
    .catch(() => undefined);
