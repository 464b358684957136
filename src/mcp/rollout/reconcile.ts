// Two may set the percentage: the admin API, which asks the registry, and wrangler, which writes to KV and asks nobody.
// These rules make one truth of it. The difficulty is that KV may give back, for a minute, what it held before our own
// write; taken at its word it would undo the write. A read is therefore believed when it cannot be such an echo:
//
// - What we write to KV carries our version in its metadata, and such a value is not news. If it stays for a minute
//   although another is in force, then either that other was the echo, and ours counts again; or, if KV had not confirmed
//   ours when the other came, it has arrived late and over it, and the other is written again.
// - For a minute after our write, a foreign value may have been written before it. It is believed at once only if our
//   write has been seen since and the value is not the one our write replaced; otherwise when the minute is over.
// - After that minute a foreign value is right, whatever it says: once nobody writes any more, registry and KV agree.
//
// No I/O here; the registry acts on the answers.
import { z } from 'zod';

import { type Reading, readingSchema } from './kv-flags.ts';

/** "Changes may take up to 60 seconds or more to be visible in other locations" (Cloudflare, how KV works). */
export const LAG_MS = 60_000;
/** Only what KV held within the last minute can echo; more writes than this in a minute are not people's. */
const MAX_ECHOES = 16;

export const stateSchema = z.object({
  /** Counts the changes; the ETag. */
  version: z.number(),
  /** What is in force, in KV's words; null where nobody has said anything, and the default counts. */
  text: z.string().nullable(),
  source: z.enum(['default', 'kv', 'admin']),
  updatedAt: z.number(),
  updatedBy: z.string(),
  /** The last value KV is known to have held: what differs from it is news. */
  known: readingSchema,
  /** The last version of ours that KV has confirmed. */
  confirmed: z.number(),
  /** What is in force has still to be written to KV. */
  isUnwritten: z.boolean(),
  /** Until then KV may give back what it held before our last write. */
  settlesAt: z.number(),
  /** Foreign values that our last writes replaced. */
  echoes: z.array(z.string().nullable()),
});

export type RolloutState = z.output<typeof stateSchema>;

/** What KV says when the registry looks for the first time is so. */
export const firstSeen = (reading: Reading, now: number): RolloutState => ({
  version: (reading.mark ?? 0) + 1,
  text: reading.text,
  source: reading.text === null ? 'default' : 'kv',
  updatedAt: now,
  updatedBy: reading.text === null ? 'default' : 'kv',
  known: reading,
  confirmed: reading.mark ?? 0,
  isUnwritten: false,
  settlesAt: 0,
  echoes: [],
});

export interface Change {
  readonly percentage: number;
  readonly by: string;
}

/** The admin API has spoken: in force from now on, and to be written to KV. */
export const decided = (
  state: RolloutState,
  { percentage, by }: Change,
  now: number,
): RolloutState => {
  const echoes = now < state.settlesAt ? state.echoes : [];
  const isForeign = state.known.mark === undefined;
  return {
    ...state,
    version: state.version + 1,
    text: String(percentage),
    source: 'admin',
    updatedAt: now,
    updatedBy: by,
    isUnwritten: true,
    settlesAt: now + LAG_MS,
    echoes: isForeign ? [...echoes, state.known.text].slice(-MAX_ECHOES) : echoes,
  };
};

/** KV has accepted `version`. A later decision stays to be written. */
export const written = (state: RolloutState, version: number, now: number): RolloutState =>
  state.version === version && state.isUnwritten
    ? {
        ...state,
        known: { text: state.text, ...(state.text !== null && { mark: version }) },
        confirmed: version,
        isUnwritten: false,
        settlesAt: now + LAG_MS,
      }
    : state;

export interface Look {
  readonly now: number;
  /** A read since our last write, at the place we read now, has given that write back. */
  readonly isOwnSeen: boolean;
}

/** KV gave `reading`. The same state, where that is no news. */
export const observed = (
  state: RolloutState,
  reading: Reading,
  { now, isOwnSeen }: Look,
): RolloutState => {
  const { known } = state;
  // The write that seemed to fail has arrived.
  if (state.isUnwritten && reading.mark === state.version)
    return written(state, state.version, now);
  if (reading.text === known.text)
    return reading.mark === known.mark ? state : { ...state, known: reading };
  if (reading.mark !== undefined) {
    if (now < Math.max(state.settlesAt, state.updatedAt + LAG_MS)) return state;
    return reading.mark === state.confirmed && !state.isUnwritten
      ? adopted(state, reading, now)
      : { ...state, isUnwritten: true };
  }
  const isEcho = now < state.settlesAt && (!isOwnSeen || state.echoes.includes(reading.text));
  return isEcho ? state : adopted(state, reading, now);
};

const adopted = (state: RolloutState, reading: Reading, now: number): RolloutState => ({
  ...state,
  version: state.version + 1,
  text: reading.text,
  source: reading.text === null ? 'default' : 'kv',
  updatedAt: now,
  updatedBy: 'kv',
  known: reading,
  isUnwritten: false,
});
