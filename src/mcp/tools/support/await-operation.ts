// Waits with a caller for an operation, for as long as a call may last. The operation knows nothing of it: it goes on
// whether anybody waits or not, and an engine that restarts in between is asked again.
import type { Followed, StageOperations } from '../../../contract/engine.ts';
import { hasEnded, type Operation } from '../../../contract/operation.ts';
import { now as readClock } from '../../../lib/clock.ts';
import { pause } from '../../../lib/pause.ts';
import { within } from '../../../lib/within.ts';
import { createProgress } from './operation-progress.ts';

/** Clients give up on a call after half a minute or a minute. */
export const WAIT_MS = 25_000;
/** A follow that ends now and then notices a caller who has left, and an engine that has gone. */
const FOLLOW_MS = 5_000;
const SLACK_MS = 2_000;
const PAUSE_MS = 250;

export interface Waiting {
  readonly engine: Pick<StageOperations, 'follow'>;
  /** When the call came, in milliseconds since the epoch. */
  readonly now: number;
  readonly signal: AbortSignal;
  readonly progress: (message: string) => void;
  /** Whether to stop waiting for an operation that goes on. */
  readonly isEnough: (operation: Operation) => boolean;
}

/** The operation as it stands when it has ended, the time is over, the caller has left, or it is enough. */
export const awaitOperation = async (first: Operation, waiting: Waiting): Promise<Operation> => {
  const { now, signal, progress, isEnough } = waiting;
  const tell = createProgress();
  let operation = first;
  let seq = 0;
  const leftMs = () => now + WAIT_MS - readClock();
  while (!hasEnded(operation.status) && !isEnough(operation) && !signal.aborted && leftMs() > 0) {
    const followed = await follow(operation, seq, Math.min(FOLLOW_MS, leftMs()), waiting);
    if (followed === undefined) {
      await pause(PAUSE_MS);
      continue;
    }
    operation = followed.operation;
    for (const event of followed.events) progress(tell(event, operation));
    seq = followed.events.at(-1)?.seq ?? seq;
  }
  return operation;
};

/** Undefined where the engine did not answer: an object that is moved or redeployed loses the calls under way. */
const follow = async (
  { operationId, status }: Operation,
  seq: number,
  waitMs: number,
  { engine }: Waiting,
): Promise<Followed | undefined> => {
  try {
    return await within(engine.follow(operationId, { seq, status }, waitMs), waitMs + SLACK_MS);
  } catch {
    return undefined;
  }
};
