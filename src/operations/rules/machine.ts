// The life of an operation. Nothing else decides which status may follow which.
import {
  type OperationKind,
  type OperationStatus,
  hasEffect,
  hasEnded,
} from '../../contract/operation.ts';

export const MAX_ATTEMPTS = 3;

const FOLLOWERS: Readonly<Record<OperationStatus, readonly OperationStatus[]>> = {
  awaiting_approval: ['queued', 'failed', 'cancelled'],
  queued: ['leased', 'failed', 'cancelled'],
  leased: ['running', 'queued', 'succeeded', 'failed', 'cancelled', 'lost'],
  running: ['queued', 'succeeded', 'failed', 'cancelled', 'lost'],
  succeeded: [],
  failed: [],
  cancelled: [],
  lost: [],
};

export const mayFollow = (from: OperationStatus, to: OperationStatus): boolean =>
  FOLLOWERS[from].includes(to);

export const isHeld = (status: OperationStatus): boolean =>
  status === 'leased' || status === 'running';

interface Leased {
  readonly kind: OperationKind;
  readonly hasBegun: boolean;
  readonly attempts: number;
  readonly isCancelRequested: boolean;
}

/**
 * Where an operation goes whose runner is gone. An effect that has begun is not tried again by itself: nobody knows how
 * far it came. Everything else has changed nothing, and can be done again.
 */
export const afterLeaseLost = (operation: Leased): 'queued' | 'cancelled' | 'lost' => {
  if (hasEffect(operation.kind) && operation.hasBegun) return 'lost';
  if (operation.isCancelRequested) return 'cancelled';
  return operation.attempts < MAX_ATTEMPTS ? 'queued' : 'lost';
};

/** What a request to cancel does: at once where no runner has it, else the runner is asked. */
export const afterCancel = (status: OperationStatus): 'cancelled' | 'asked' | 'ended' => {
  if (hasEnded(status)) return 'ended';
  return isHeld(status) ? 'asked' : 'cancelled';
};
