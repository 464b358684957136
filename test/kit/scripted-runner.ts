// A runner without Alchemy: it speaks the runner's protocol over a real WebSocket, and what it "does" to a stage is a
// script of the test. The engine cannot tell the difference.
import type { OperationEvent } from '../../src/contract/operation.ts';
import type { Plan } from '../../src/contract/plan.ts';
import {
  hubMessageSchema,
  type LeasedJob,
  type Outcome,
} from '../../src/contract/runner-protocol.ts';
import type { Cloud } from './cloud.ts';
import { connectRunner, type RunnerSocket } from './runner-socket.ts';
import { RUNNER_TOKEN } from './tokens.ts';

type Step = Omit<OperationEvent, 'seq' | 'at'>;

/** What a script can do while it has a job. */
export interface Hands {
  readonly job: LeasedJob;
  /** Tells steps; they are numbered here. */
  readonly tell: (...steps: Step[]) => Promise<void>;
  /** False when the operation must not go on. */
  readonly begin: (plan: Plan) => Promise<boolean>;
  /** Whether the hub has called the operation off. */
  readonly isCancelled: () => boolean;
}

/** What becomes of a job; undefined where it ended at `begin`. */
export type Script = (hands: Hands) => Promise<Outcome | undefined>;

export interface ScriptedRunner extends AsyncDisposable {
  /** Every job it was given, in order. */
  readonly jobs: readonly LeasedJob[];
  /** What went wrong while it worked: a test should find nothing here. */
  readonly problems: readonly unknown[];
}

export const runScript = async (cloud: Cloud, script: Script): Promise<ScriptedRunner> => {
  // Silent until it can hear: the hub may call out right after the greeting.
  const headers = { Authorization: `Bearer ${RUNNER_TOKEN}` };
  const line = await connectRunner(cloud.url, { headers, isSilent: true });
  const jobs: LeasedJob[] = [];
  const problems: unknown[] = [];
  const busy = new Map<string, Promise<void>>();
  let isClosed = false;
  const work = async (stage: string): Promise<void> => {
    try {
      for (let job = await line.lease(stage); job !== null; job = await line.lease(stage)) {
        jobs.push(job);
        await perform(line, job, script);
      }
    } catch (error) {
      if (!isClosed) problems.push(error);
    }
  };
  // One job of a stage at a time; a call for work while there is one is looked after when it is done.
  const attend = (stage: string): void => {
    const before = busy.get(stage) ?? Promise.resolve();
    busy.set(
      stage,
      before.then(() => work(stage)),
    );
  };
  line.socket.addEventListener('message', ({ data }) => {
    const message = hubMessageSchema.parse(JSON.parse(String(data)));
    if (message.type === 'work') attend(message.stage);
  });
  await line.hello();
  for (const stage of await line.poll()) attend(stage);
  return {
    jobs,
    problems,
    [Symbol.asyncDispose]: async () => {
      isClosed = true;
      line.close();
      await line.closed;
    },
  };
};

const perform = async (line: RunnerSocket, job: LeasedJob, script: Script): Promise<void> => {
  let seq = 0;
  const outcome = await script({
    job,
    isCancelled: () =>
      line.calls.some((call) => call.type === 'cancel' && call.operationId === job.operationId),
    tell: async (...steps) => {
      const at = new Date().toISOString();
      await line.events(
        job,
        steps.map((step) => ({ ...step, at, seq: ++seq })),
      );
    },
    begin: (plan) => line.begin(job, plan),
  });
  if (outcome !== undefined) await line.finish(job, outcome);
};
