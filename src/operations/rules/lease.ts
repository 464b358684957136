// How long a runner keeps a stage without a word. Time is counted in the engine's own ticks: a clock that steps, however
// far, brings one tick early or late, and never ends a lease by itself.
import { LEASE_TICKS, LEASE_TICK_MS } from '../../contract/runner-protocol.ts';

export interface LeaseTerms {
  readonly tickMs: number;
  readonly ticks: number;
}

export const LEASE_TERMS: LeaseTerms = { tickMs: LEASE_TICK_MS, ticks: LEASE_TICKS };

/** Where nothing but an approval is awaited, nobody needs to look often. */
const IDLE_TICKS = 12;

export const isLeaseLost = (missed: number, { ticks }: LeaseTerms): boolean => missed >= ticks;

export interface OpenWork {
  readonly isHeld: boolean;
  readonly queued: number;
  readonly awaiting: number;
  /** Whether the hub has still to hear of something. */
  readonly isUntold: boolean;
}

const pauseOf = (open: OpenWork, { tickMs }: LeaseTerms): number | undefined => {
  if (open.isHeld || open.queued > 0 || open.isUntold) return tickMs;
  return open.awaiting > 0 ? tickMs * IDLE_TICKS : undefined;
};

/**
 * When the engine must wake next, given when it was going to. A time further away than one pause is left over from before
 * the clock stepped back, and one long past from an alarm that never came: both are set anew. Any other time stays, since
 * an alarm that every call puts off never comes.
 */
export const wakeAt = (
  open: OpenWork,
  planned: number | undefined,
  now: number,
  terms: LeaseTerms,
): number | undefined => {
  const pause = pauseOf(open, terms);
  if (pause === undefined) return undefined;
  const isSound = planned !== undefined && planned <= now + pause && planned > now - pause;
  return isSound ? planned : now + pause;
};
