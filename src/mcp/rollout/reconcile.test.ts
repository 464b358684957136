import { describe, expect, it } from 'bun:test';

import fc from 'fast-check';

import type { Reading } from './kv-flags.ts';
import { decided, firstSeen, LAG_MS, observed, type RolloutState, written } from './reconcile.ts';

const SECOND = 1_000;
const LOOK_S = 10;
/** What a location may cache, at the 30 s we ask for. */
const CACHE_S = 30;

const T = 1_000_000;
const seen = (now: number) => ({ now, isOwnSeen: true });
const unseen = (now: number) => ({ now, isOwnSeen: false });
const read = (text: string | null, mark?: number): Reading => ({
  text,
  ...(mark !== undefined && { mark }),
});

describe('after our own write of 25 over wrangler’s 0', () => {
  const put = decided(firstSeen(read('0'), T), { percentage: 25, by: 'admin' }, T);
  const done = written(put, put.version, T + 100);

  it('the 0 that KV gives back for a minute changes nothing, seen or unseen', () => {
    for (const state of [put, done])
      for (const look of [unseen(T), unseen(T + 60_000 - 1), seen(T + 5_000), seen(T + 60_000 - 1)])
        expect(observed(state, read('0'), look)).toBe(state);
  });

  it('nor does an absent key, or an older write of ours', () => {
    expect(observed(done, read(null), unseen(T + 59_000))).toBe(done);
    expect(observed(done, read('90', 1), seen(T + 59_000))).toBe(done);
  });

  it('the same 0 after that minute is wrangler’s', () => {
    const after = observed(done, read('0'), seen(T + 100 + LAG_MS));
    expect(after).toMatchObject({ text: '0', source: 'kv', updatedBy: 'kv', version: 3 });
  });

  it('another value within the minute is wrangler’s, once ours has been seen', () => {
    expect(observed(done, read('10'), unseen(T + 20_000))).toBe(done);
    expect(observed(done, read('10'), seen(T + 20_000))).toMatchObject({
      text: '10',
      source: 'kv',
    });
  });

  it('what was taken for wrangler’s, but was written before ours, is given up again', () => {
    const misled = observed(done, read('10'), seen(T + 20_000));
    expect(observed(misled, read('25', 2), seen(T + 30_000))).toBe(misled);
    expect(observed(misled, read('25', 2), seen(T + 90_000))).toMatchObject({
      text: '25',
      isUnwritten: false,
    });
  });

  it('wrangler’s 25 is no change', () => {
    expect(observed(done, read('25'), seen(T + 70_000))).toMatchObject({ version: 2, text: '25' });
  });

  it('a second decision keeps the first’s echoes out, too', () => {
    const again = written(
      decided(done, { percentage: 50, by: 'admin' }, T + 50_000),
      3,
      T + 50_000,
    );
    expect(observed(again, read('0'), seen(T + 109_000))).toBe(again);
    expect(observed(again, read('25', 2), seen(T + 109_000))).toBe(again);
  });
});

describe('a write that KV refused', () => {
  const put = decided(firstSeen(read('0'), T), { percentage: 25, by: 'admin' }, T);

  it('stays in force, whatever old value KV goes on giving', () => {
    expect(observed(put, read('0'), unseen(T + 10 * LAG_MS))).toBe(put);
  });

  it('and arrived after all is known to have', () => {
    expect(observed(put, read('25', 2), unseen(T + 9_000))).toMatchObject({
      isUnwritten: false,
      settlesAt: T + 9_000 + LAG_MS,
      version: 2,
    });
  });

  it('gives way to what wrangler writes then', () => {
    expect(observed(put, read('10'), unseen(T + LAG_MS))).toMatchObject({
      text: '10',
      isUnwritten: false,
    });
  });

  it('and arrived late over wrangler’s is written over again', () => {
    const wrangler = observed(put, read('10'), unseen(T + LAG_MS));
    expect(observed(wrangler, read('25', 2), unseen(T + LAG_MS + 1_000))).toBe(wrangler);
    expect(observed(wrangler, read('25', 2), unseen(T + 3 * LAG_MS))).toMatchObject({
      text: '10',
      isUnwritten: true,
    });
  });
});

interface Event {
  readonly atS: number;
  readonly by: 'admin' | 'wrangler';
  readonly percentage: number;
}

interface Moment {
  readonly nowS: number;
  readonly state: RolloutState;
}

/** A registry that looks at a KV which is late by `lagS(now)`, for as many seconds as it takes. */
const simulate = (
  events: readonly Event[],
  lagS: (nowS: number) => number,
  untilS: number,
): Moment[] => {
  const central: { readonly atS: number; readonly reading: Reading }[] = [
    { atS: -1_000, reading: read(null) },
  ];
  let state = firstSeen(read(null), 0);
  let isOwnSeen = false;
  let lookedS = 0;
  const moments: Moment[] = [];
  const write = (nowS: number) => {
    central.push({ atS: nowS, reading: read(state.text, state.version) });
    state = written(state, state.version, nowS * SECOND);
  };
  for (let nowS = 0; nowS <= untilS; nowS++) {
    for (const event of events.filter(({ atS }) => atS === nowS))
      if (event.by === 'wrangler')
        central.push({ atS: nowS, reading: read(String(event.percentage)) });
      else {
        state = decided(state, { percentage: event.percentage, by: 'admin' }, nowS * SECOND);
        isOwnSeen = false;
        write(nowS);
        lookedS = nowS - LOOK_S;
      }
    const settlesS = state.settlesAt / SECOND;
    if (nowS - lookedS >= LOOK_S || (nowS >= settlesS && lookedS < settlesS)) {
      lookedS = nowS;
      const asOf = nowS - lagS(nowS);
      const reading = central.findLast(({ atS }) => atS <= asOf)?.reading ?? read(null);
      state = observed(state, reading, { now: nowS * SECOND, isOwnSeen });
      if (reading.mark === state.version) isOwnSeen = true;
      if (state.isUnwritten) write(nowS);
    }
    moments.push({ nowS, state });
  }
  return moments;
};

const percentage = fc.integer({ min: 0, max: 100 });
const lags = (maxS: number) => fc.array(fc.integer({ min: 0, max: maxS }), { minLength: 40 });
/** Any lag at any moment: what is read may even go back in time. */
const anyLag = (values: readonly number[]) => (nowS: number) => values[nowS % values.length] ?? 0;
/** What is read never goes back in time, as at one location. */
const forward = (values: readonly number[]) => {
  let newest = -1_000;
  return (nowS: number) => {
    newest = Math.max(newest, nowS - anyLag(values)(nowS));
    return nowS - newest;
  };
};

const schedule = fc
  .array(
    fc.record({
      gapS: fc.integer({ min: 1, max: 90 }),
      by: fc.constantFrom('admin' as const, 'wrangler' as const),
      percentage: fc.integer({ min: 0, max: 3 }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((steps) => {
    let atS = 0;
    return steps.map(({ gapS, ...event }): Event => ({ atS: (atS += gapS), ...event }));
  });

const lastOf = (events: readonly Event[]): Event =>
  events.at(-1) ?? { atS: 0, by: 'admin', percentage: 0 };

describe('a KV that is late by up to a minute', () => {
  it('never undoes a PUT, however it goes to and fro', () => {
    fc.assert(
      fc.property(percentage, percentage, lags(60), (old, set, values) => {
        const events: Event[] = [
          { atS: 5, by: 'wrangler', percentage: old },
          { atS: 130, by: 'admin', percentage: set },
        ];
        return simulate(events, anyLag(values), 400)
          .filter(({ nowS }) => nowS >= 130)
          .every(({ state }) => state.text === String(set));
      }),
      { numRuns: 300 },
    );
  });

  it('agrees with the registry in the end, on what was decided last', () => {
    fc.assert(
      fc.property(schedule, lags(60), (events, values) => {
        const last = lastOf(events);
        const end = simulate(events, forward(values), last.atS + 400).at(-1)?.state;
        return end?.text === String(last.percentage) && end.known.text === end.text;
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a KV that is late by what a location may cache', () => {
  it('has wrangler’s word in force within a minute, and within 40 s if no PUT is younger', () => {
    fc.assert(
      fc.property(schedule, lags(CACHE_S), (events, values) => {
        const last = lastOf(events);
        if (last.by === 'admin') return true;
        const put = events.findLast(({ by }) => by === 'admin');
        const settledS = put === undefined ? 0 : put.atS + LAG_MS / SECOND;
        const dueS = Math.max(last.atS + LOOK_S + CACHE_S, settledS);
        return simulate(events, forward(values), dueS + 100)
          .filter(({ nowS }) => nowS >= dueS)
          .every(({ state }) => state.text === String(last.percentage));
      }),
      { numRuns: 1_000 },
    );
  });
});
