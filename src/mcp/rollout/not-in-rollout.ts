// What a client outside the rollout is told: the same for every request of its session, and when to ask again.
import { httpError } from '../http-error.ts';
import type { RolloutDecision } from './rollout.ts';

const MESSAGES = {
  outside: 'This server is being rolled out, and this client is not in yet.',
  unavailable: 'Whether this client is in the rollout cannot be told right now.',
} as const;

export const notInRollout = (
  { reason, retryAfterS }: Extract<RolloutDecision, { isIn: false }>,
  requestId: string,
): Response =>
  httpError('NOT_IN_ROLLOUT', MESSAGES[reason], requestId, {
    headers: { 'Retry-After': String(retryAfterS) },
    extra: { retryAfter: retryAfterS },
  });
