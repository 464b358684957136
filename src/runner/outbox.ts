// The steps of one operation on their way to the hub, numbered without a gap. They stay here until the hub says that it
// keeps them, so a lost connection loses none and repeats none.
import { type OperationEvent, operationEventSchema } from '../contract/operation.ts';
import type { Step } from '../contract/runner-ipc.ts';
import { MAX_EVENTS } from '../contract/runner-protocol.ts';

export interface Outbox {
  add(step: Step): void;
  /** The next steps to send; empty when the hub has all. */
  next(): OperationEvent[];
  /** The hub keeps all up to this number, and no more. */
  kept(lastSeq: number): void;
}

export const createOutbox = (now: () => number): Outbox => {
  const events: OperationEvent[] = [];
  let keptSeq = 0;
  return {
    add: (step) => {
      const event = { ...step, seq: events.length + 1, at: new Date(now()).toISOString() };
      events.push(operationEventSchema.parse(event));
    },
    next: () => events.slice(keptSeq, keptSeq + MAX_EVENTS),
    kept: (lastSeq) => {
      keptSeq = Math.min(lastSeq, events.length);
    },
  };
};
