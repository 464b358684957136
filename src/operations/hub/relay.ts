// A runner's question, put to the engine of its stage; the answer in the form of the protocol's replies.
import { type OperationEvent, stageOfOperation } from '../../contract/operation.ts';
import type { Plan } from '../../contract/plan.ts';
import type {
  BeginReply,
  LeasedJob,
  Outcome,
  RunnerRequest,
} from '../../contract/runner-protocol.ts';
import { ok, type Result } from '../../lib/result.ts';
import type { Held, RunnerRefusal } from '../runner-refusal.ts';
import type { LeaseRequest } from '../runner-side.ts';

export interface Runner {
  readonly runnerId: string;
  readonly label: string;
  /** Of a run of GitHub: the only one it may have. */
  readonly only?: string | undefined;
}

/** The runner's side of a stage's engine. */
export interface EngineDoor extends Rpc.DurableObjectBranded {
  admit(operationId: string, run: string): Promise<Result<null, RunnerRefusal>>;
  lease(request: LeaseRequest): Promise<LeasedJob | undefined>;
  heartbeat(held: Held): Promise<Result<{ isCancelRequested: boolean }, RunnerRefusal>>;
  events(
    held: Held,
    events: readonly OperationEvent[],
  ): Promise<Result<{ lastSeq: number }, RunnerRefusal>>;
  begin(held: Held, fresh: Plan): Promise<Result<BeginReply, RunnerRefusal>>;
  finish(held: Held, outcome: Outcome): Promise<Result<null, RunnerRefusal>>;
}

type Relayed = Exclude<RunnerRequest, { ask: 'hello' | 'poll' }>;

/** Whether a runner may ask that: a run of GitHub about its own operation alone. */
export const mayAsk = ({ only }: Runner, { operationId, stage }: Relayed): boolean =>
  only === undefined || (operationId === only && stage === stageOfOperation(only));

export const relay = async (
  request: Relayed,
  runner: Runner,
  engine: Rpc.Provider<EngineDoor>,
): Promise<Result<unknown, RunnerRefusal>> => {
  switch (request.ask) {
    case 'lease': {
      const { operationId } = request;
      const { runnerId, label } = runner;
      const job = await engine.lease({
        runnerId,
        label,
        ...(operationId !== undefined && { operationId }),
      });
      return ok({ job: job ?? null });
    }
    case 'heartbeat':
      return engine.heartbeat(heldOf(request));
    case 'events':
      return engine.events(heldOf(request), request.events);
    case 'begin':
      return engine.begin(heldOf(request), request.plan);
    case 'finish': {
      const finished = await engine.finish(heldOf(request), request.outcome);
      return finished.ok ? ok({}) : finished;
    }
  }
};

const heldOf = ({ operationId, fence }: Held): Held => ({ operationId, fence });
