// When GitHub is asked to run an operation, what its answer means, and which run may do it. Pure: the engine keeps the asks
// with the operation, and acts on what is decided here.
import { z } from 'zod';

import { DISPATCH_STATES } from '../../contract/operation.ts';

/** How long a connected runner may take to pick it up before GitHub is asked. */
export const GRACE_MS = 20_000;
/** A run that was asked for takes a minute or two; one that never comes is asked for again. */
export const AGAIN_MS = 5 * 60_000;
/** How often one ask is sent while GitHub is out of order. */
export const MAX_TRIES = 4;
const RETRY_MS = 10_000;

const milliseconds = z.int();

/** One run that was asked for. */
export const askSchema = z.object({
  /** How often the operation had been leased by then. */
  attempt: z.int().nonnegative(),
  askedAt: milliseconds,
  /** Requests sent for it. */
  tries: z.int().positive(),
  state: z.enum(DISPATCH_STATES),
  /** The run, by GitHub's account; it does not always say. */
  runId: z.string().optional(),
  /** For people: where it is seen. */
  url: z.string().optional(),
  /** The run that has come for it. */
  usedBy: z.string().optional(),
  reason: z.string().optional(),
  retryAt: milliseconds.optional(),
});

export type Ask = z.output<typeof askSchema>;

export interface Waiting {
  readonly attempts: number;
  /** Since when it waits for a runner. */
  readonly waitingSince: number;
  readonly asks?: readonly Ask[] | undefined;
}

/**
 * The ask to send now, and undefined where there is none. `runners`: how many are connected, undefined when nobody can
 * say. What is being asked stays so if its answer is lost with the engine: it may have been heard.
 */
export const nextAsk = (
  { attempts, waitingSince, asks = [] }: Waiting,
  runners: number | undefined,
  now: number,
): Ask | undefined => {
  const last = asks.at(-1);
  const fresh: Ask = { attempt: attempts, askedAt: now, tries: 1, state: 'asking' };
  if (last === undefined || last.attempt !== attempts)
    return runners === 0 || now - waitingSince >= GRACE_MS ? fresh : undefined;
  if (last.state === 'retrying')
    return now >= (last.retryAt ?? 0)
      ? { ...last, tries: last.tries + 1, state: 'asking' }
      : undefined;
  return now - last.askedAt >= AGAIN_MS ? fresh : undefined;
};

export type Answer =
  | { readonly kind: 'accepted'; readonly runId?: string }
  /** Out of order, or too much at once. */
  | { readonly kind: 'busy'; readonly reason: string; readonly retryAfterMs?: number }
  | { readonly kind: 'refused'; readonly reason: string }
  /** Nobody knows whether it was heard. */
  | { readonly kind: 'unanswered' };

export const answeredAsk = (ask: Ask, answer: Answer, now: number): Ask => {
  switch (answer.kind) {
    case 'accepted':
      return { ...ask, state: 'asked', ...(answer.runId && { runId: answer.runId }) };
    case 'refused':
      return { ...ask, state: 'refused', reason: answer.reason };
    case 'unanswered':
      return { ...ask, state: 'unanswered', reason: 'GitHub did not answer.' };
    case 'busy': {
      const { reason, retryAfterMs = 0 } = answer;
      if (ask.tries >= MAX_TRIES) return { ...ask, state: 'refused', reason };
      const pauseMs = Math.max(RETRY_MS * 2 ** (ask.tries - 1), retryAfterMs);
      return { ...ask, state: 'retrying', reason, retryAt: now + Math.min(pauseMs, AGAIN_MS) };
    }
  }
};

export const hasCome = (asks: readonly Ask[] | undefined, runId: string): boolean =>
  asks?.some(({ usedBy }) => usedBy === runId) === true;

/**
 * The asks once this run has come for one of them; undefined where none is its own. An ask is used once. One whose run
 * GitHub did not name is for the first that comes.
 */
export const claimed = (asks: readonly Ask[] = [], runId: string): readonly Ask[] | undefined => {
  const at =
    indexOf(asks, (ask) => ask.runId === runId) ?? indexOf(asks, (ask) => ask.runId === undefined);
  return at === undefined
    ? undefined
    : asks.map((ask, index) => (index === at ? { ...ask, usedBy: runId } : ask));
};

const indexOf = (asks: readonly Ask[], isIt: (ask: Ask) => boolean): number | undefined => {
  const at = asks.findIndex(
    (ask) => ask.usedBy === undefined && ask.state !== 'refused' && isIt(ask),
  );
  return at < 0 ? undefined : at;
};
