// How many calls a minute a client has: what the environment gives everyone, or what an operator gave this client in
// MCP_KV under `limit:<client>`. KV is right for this value and wrong for the count: it tells a change within a minute
// or so, and cannot count at all.
import { BoundedMap } from '../../lib/bounded-map.ts';

/** The minute of "a hundred requests a minute": any sixty seconds, not the clock's. */
export const WINDOW_MS = 60_000;

const DEFAULTS = { production: 100, staging: 500, development: 1_000 } as const;
const MAX_LIMIT = 10_000;
const MAX_REMEMBERED = 5_000;
/** Read again by one request from here on, while the others still go by what is known … */
const FRESH_MS = 20_000;
/** … and by nobody after this. */
const STALE_MS = 30_000;
/** After this a request that set out to read again, and has not come back, is taken for lost. */
const READ_MS = 3_000;

export interface ClientLimit {
  readonly limit: number;
  /** A sentence for the log, when the limit is not the one the operator meant. */
  readonly problem?: string;
}

/** Never throws. */
export type LimitOf = (client: string) => Promise<ClientLimit>;

interface Remembered {
  readonly limit: number;
  readonly readAt: number;
  /** Until then another request is reading it again. */
  readingUntil: number;
}

type Environment = keyof typeof DEFAULTS;

export interface LimitsOptions {
  readonly environment: Environment;
  /** `MCP_KV`. */
  readonly overrides: { get(key: string): Promise<string | null> };
  readonly now: () => number;
}

export const createLimits = ({ environment, overrides, now }: LimitsOptions): LimitOf => {
  const remembered = new BoundedMap<string, Remembered>(MAX_REMEMBERED);
  // Each request waits for its own read only: a promise of another request may never settle once that one is gone.
  return async (client) => {
    const known = remembered.get(client);
    const at = now();
    // A problem is told once a reading, not once a call.
    if (known !== undefined && isUsable(known, at)) return { limit: known.limit };
    if (known !== undefined) known.readingUntil = at + READ_MS;
    const read = await readLimit(overrides, client, environment, known?.limit);
    remembered.set(client, { limit: read.limit, readAt: at, readingUntil: 0 });
    return read;
  };
};

const isUsable = ({ readAt, readingUntil }: Remembered, now: number): boolean => {
  const age = now - readAt;
  // A clock that stepped back makes nothing young again.
  if (age < 0 || age >= STALE_MS) return false;
  return age < FRESH_MS || now < readingUntil;
};

const readLimit = async (
  overrides: LimitsOptions['overrides'],
  client: string,
  environment: Environment,
  last: number = DEFAULTS[environment],
): Promise<ClientLimit> => {
  try {
    return limitFrom(await overrides.get(`limit:${client}`), client, environment);
  } catch {
    // KV is down, which says nothing about the client: what held before goes on.
    return { limit: last, problem: `MCP_KV could not be read; ${client} goes on with ${last}.` };
  }
};

/** The stored value → the limit. Spaces and a final newline are what a shell adds. */
export const limitFrom = (
  stored: string | null,
  client: string,
  environment: Environment,
): ClientLimit => {
  const usual = DEFAULTS[environment];
  if (stored === null) return { limit: usual };
  const text = stored.trim();
  const limit = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MAX_LIMIT) return { limit };
  const rule = `a whole number from 1 to ${MAX_LIMIT}`;
  return {
    limit: usual,
    problem: `limit:${client} in MCP_KV is not ${rule}; the usual ${usual} applies.`,
  };
};
