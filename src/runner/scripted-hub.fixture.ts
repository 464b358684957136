// A hub that speaks the runner's protocol and can be told to misbehave: it drops connections, loses what it has already
// taken to heart, and answers late. It keeps what an engine would keep, so tests can see that nothing is lost or doubled.
import type { Plan } from '../contract/plan.ts';
import {
  type LeasedJob,
  type RunnerRequest,
  runnerRequestSchema,
} from '../contract/runner-protocol.ts';

export interface ScriptedHub extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  readonly asked: RunnerRequest[];
  readonly kept: { seq: number; status: string }[];
  readonly begun: Plan[];
  readonly finished: unknown[];
  connections: number;
  /** The job to lease out; taken once. */
  job: LeasedJob | undefined;
  mayBegin: boolean;
  isCancelRequested: boolean;
  /** Questions for which the fence is stale. */
  readonly stale: Set<string>;
  /** Questions that are acted on, but whose answer is lost with the connection, so many times. */
  readonly loseAnswer: Map<string, number>;
  /** Questions that stay unanswered. */
  readonly ignore: Set<string>;
  drop(): void;
  send(message: object): void;
}

type Socket = Bun.ServerWebSocket;

export const startScriptedHub = (): ScriptedHub => {
  const token = 'runner-token';
  let socket: Socket | undefined;
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: (request, self) => {
      if (request.headers.get('authorization') !== `Bearer ${token}`)
        return new Response(null, { status: 401 });
      return self.upgrade(request) ? undefined : new Response(null, { status: 400 });
    },
    websocket: {
      open: (opened) => {
        socket = opened;
        hub.connections++;
      },
      message: (from, text) => answer(from, runnerRequestSchema.parse(JSON.parse(String(text)))),
    },
  });
  const answer = (from: Socket, question: RunnerRequest): void => {
    hub.asked.push(question);
    if (hub.ignore.has(question.ask)) return;
    const { id } = question;
    if (hub.stale.has(question.ask)) {
      const message = 'The stage is another runner’s.';
      from.send(JSON.stringify({ type: 'refusal', id, code: 'STALE_FENCE', message }));
      return;
    }
    const value = act(hub, question);
    const lost = hub.loseAnswer.get(question.ask) ?? 0;
    if (lost > 0) {
      hub.loseAnswer.set(question.ask, lost - 1);
      from.terminate();
      return;
    }
    from.send(JSON.stringify({ type: 'reply', id, value }));
  };
  const hub: ScriptedHub = {
    url: `http://127.0.0.1:${server.port}`,
    token,
    asked: [],
    kept: [],
    begun: [],
    finished: [],
    connections: 0,
    job: undefined,
    mayBegin: true,
    isCancelRequested: false,
    stale: new Set(),
    loseAnswer: new Map(),
    ignore: new Set(),
    drop: () => socket?.terminate(),
    send: (message) => void socket?.send(JSON.stringify(message)),
    [Symbol.asyncDispose]: () => server.stop(true),
  };
  return hub;
};

const act = (hub: ScriptedHub, question: RunnerRequest): object => {
  switch (question.ask) {
    case 'hello':
      return {};
    case 'poll':
      return { stages: hub.job === undefined ? [] : [hub.job.stage] };
    case 'lease': {
      // The second time the same runner asks, it is told the same: see `leased`.
      const job = hub.job ?? null;
      if ((hub.loseAnswer.get('lease') ?? 0) === 0) hub.job = undefined;
      return { job };
    }
    case 'heartbeat':
      return { isCancelRequested: hub.isCancelRequested };
    case 'events': {
      for (const { seq, status } of question.events) {
        const last = hub.kept.at(-1)?.seq ?? 0;
        if (seq === last + 1) hub.kept.push({ seq, status });
      }
      return { lastSeq: hub.kept.at(-1)?.seq ?? 0 };
    }
    case 'begin':
      hub.begun.push(question.plan);
      return hub.mayBegin
        ? { mayBegin: true }
        : { mayBegin: false, reason: 'PLAN_STALE: It has moved.' };
    case 'finish':
      if (hub.finished.length === 0) hub.finished.push(question.outcome);
      return {};
  }
};
