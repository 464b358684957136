// What this isolate remembers of the flags, and when it reads them again. The figures bound how late a PUT may be in
// force; a registry that fails or hangs costs a request now and then a moment, and nobody their place.
import { errorName } from '../../lib/error-name.ts';
import { log } from '../../lib/log.ts';
import { within } from '../../lib/within.ts';
import type { Flags } from './flags.ts';
import type { Registry } from './registry-client.ts';

/** As old as the flags may be without being read again. */
const FRESH_MS = 3_000;
/** As old as they may be while they are: an isolate that has been idle for longer waits, or a PUT would take that long. */
const STALE_MS = 4_000;
/** A registry that fails is not asked by every request. */
const RETRY_MS = 1_000;
const PATIENCE_MS = 1_500;

export interface FlagMemoryOptions {
  readonly registry: Pick<Registry, 'read'>;
  /** The names of all tools: each may have a flag of its own. */
  readonly tools: readonly string[];
  readonly now: () => number;
  /** The runtime's: a request that ends must not take the read it began with it. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  readonly patienceMs?: number;
}

export interface Known {
  readonly flags: Flags;
  readonly testers: ReadonlySet<string>;
  /** When the read began: what it gave was true then, or later. */
  readonly readAt: number;
  /** The latest read wins, even if the clock is set back. */
  readonly turn: number;
}

export const createFlagMemory = (options: FlagMemoryOptions) => {
  const { now, patienceMs = PATIENCE_MS } = options;
  const reader = createReader(options);
  let isForgotten = false;
  return {
    /** Undefined while nothing was ever heard. */
    current: async (): Promise<Known | undefined> => {
      const time = now();
      const known = reader.known();
      const age = known === undefined ? Number.POSITIVE_INFINITY : Math.abs(time - known.readAt);
      const sinceFailure = Math.abs(time - reader.failedAt());
      if (!isForgotten && age < FRESH_MS) return known;
      if (sinceFailure < RETRY_MS) return known;
      const isRecent = !isForgotten && Math.min(age, sinceFailure) < STALE_MS;
      isForgotten = false;
      const read = reader.read(time);
      if (known !== undefined && isRecent) return known;
      // Bounded here too: the read may be another request's, and end with it.
      await within(read, patienceMs);
      return reader.known();
    },
    latest: reader.known,
    isFailing: () => reader.failedAt() > Number.NEGATIVE_INFINITY,
    /** Whatever is known, or on its way, is from before now. */
    forget: () => {
      isForgotten = true;
      reader.abandon();
    },
  };
};

/** One read at a time, shared by the requests that need it; but none of an earlier request that got lost. */
const createReader = ({
  registry,
  tools,
  now,
  waitUntil,
  patienceMs = PATIENCE_MS,
}: FlagMemoryOptions) => {
  let known: Known | undefined;
  let failedAt = Number.NEGATIVE_INFINITY;
  let reading: { readonly startedAt: number; readonly done: Promise<void> } | undefined;
  let turns = 0;

  const read = async (readAt: number, turn: number): Promise<void> => {
    try {
      const flags = await within(registry.read(tools), patienceMs);
      if (flags === undefined) throw new DOMException('No answer.', 'TimeoutError');
      if (known === undefined || turn > known.turn)
        known = { flags, testers: new Set(flags.testers), readAt, turn };
      failedAt = Number.NEGATIVE_INFINITY;
    } catch (error) {
      failedAt = now();
      log('ERROR', 'rollout.unreachable', {
        error: errorName(error),
        isClosed: known === undefined,
      });
    }
  };

  return {
    known: () => known,
    failedAt: () => failedAt,
    abandon: () => void (reading = undefined),
    read: (time: number): Promise<void> => {
      if (reading !== undefined && Math.abs(time - reading.startedAt) <= patienceMs)
        return reading.done;
      const mine = { startedAt: time, done: read(time, ++turns) };
      const forget = () => {
        if (reading === mine) reading = undefined;
      };
      reading = mine;
      waitUntil(mine.done.then(forget));
      return mine.done;
    },
  };
};
