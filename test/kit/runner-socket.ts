// A runner's end of the line, as thin as can be: it asks, and hears. What it does with an answer is up to the test.
import type { OperationEvent } from '../../src/contract/operation.ts';
import type { Plan } from '../../src/contract/plan.ts';
import {
  type HubMessage,
  type LeasedJob,
  type Outcome,
  type RunnerRequest,
  beginReplySchema,
  eventsReplySchema,
  heartbeatReplySchema,
  hubMessageSchema,
  leaseReplySchema,
  pollReplySchema,
} from '../../src/contract/runner-protocol.ts';

type Question = RunnerRequest extends infer R ? (R extends unknown ? Omit<R, 'id'> : never) : never;

export class Refused extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}

export interface RunnerSocketOptions {
  readonly runnerId?: string;
  readonly mode?: 'local' | 'live';
  readonly headers?: Record<string, string>;
  readonly answerMs?: number;
  /** Speak before anything is said: for tests of strangers. */
  readonly isSilent?: boolean;
}

type Job = Pick<LeasedJob, 'stage' | 'operationId' | 'fence'>;
const heldOf = ({ stage, operationId, fence }: Job): Job => ({ stage, operationId, fence });

export const connectRunner = async (base: URL | string, options: RunnerSocketOptions = {}) => {
  const { runnerId = crypto.randomUUID(), mode = 'live', headers = {}, answerMs = 5_000 } = options;
  const url = new URL('/runner', base);
  url.protocol = 'ws:';
  const socket = new WebSocket(url, { headers });
  const calls: HubMessage[] = [];
  const waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (e: Error) => void }
  >();
  let next = 1;
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.addEventListener('close', ({ code, reason }) => {
      for (const { reject } of waiting.values()) reject(new Error(`closed: ${code} ${reason}`));
      waiting.clear();
      resolve({ code, reason });
    });
  });
  socket.addEventListener('message', ({ data }) => {
    const message = hubMessageSchema.parse(JSON.parse(String(data)));
    if (message.type === 'work' || message.type === 'cancel') return void calls.push(message);
    const question = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.type === 'reply') question?.resolve(message.value);
    else question?.reject(new Refused(message.code, message.message));
  });
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve());
    socket.addEventListener('error', () => reject(new Error('no connection')));
    socket.addEventListener('close', () => reject(new Error('no connection')));
  });
  const ask = (question: Question): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const id = next++;
      const timer = setTimeout(() => {
        waiting.delete(id);
        reject(new Error('no answer'));
      }, answerMs);
      waiting.set(id, {
        resolve: (value) => (clearTimeout(timer), resolve(value)),
        reject: (error) => (clearTimeout(timer), reject(error)),
      });
      socket.send(JSON.stringify({ ...question, id }));
    });
  const runner = {
    runnerId,
    socket,
    /** What the hub called out, in order. */
    calls,
    closed,
    ask,
    hello: () => ask({ ask: 'hello', protocol: 1, runnerId, label: `test ${runnerId}`, mode }),
    poll: async () => pollReplySchema.parse(await ask({ ask: 'poll' })).stages,
    lease: async (stage: string, operationId?: string) =>
      leaseReplySchema.parse(
        await ask({ ask: 'lease', stage, ...(operationId !== undefined && { operationId }) }),
      ).job,
    heartbeat: async (job: Job) =>
      heartbeatReplySchema.parse(await ask({ ask: 'heartbeat', ...heldOf(job) })),
    events: async (job: Job, events: OperationEvent[]) =>
      eventsReplySchema.parse(await ask({ ask: 'events', ...heldOf(job), events })).lastSeq,
    begin: async (job: Job, plan: Plan) =>
      beginReplySchema.parse(await ask({ ask: 'begin', ...heldOf(job), plan })).mayBegin,
    finish: (job: Job, outcome: Outcome) => ask({ ask: 'finish', ...heldOf(job), outcome }),
    close: () => socket.close(),
    /** As when the cable is pulled: no close frame. */
    cut: () => socket.terminate(),
  };
  if (options.isSilent !== true) await runner.hello();
  return runner;
};

export type RunnerSocket = Awaited<ReturnType<typeof connectRunner>>;
