import { describe, expect, it } from 'bun:test';

import fc from 'fast-check';

import { type Moment, SlidingLog } from './sliding-log.ts';

const MINUTE = 60_000;
/** `LIMITS_DEEP=1 bun test src/mcp/limits` looks twenty times as long. */
const SCHEDULES = process.env['LIMITS_DEEP'] === undefined ? 10_000 : 200_000;

/** The rule by its definition: every admission is kept for ever, and all of them are looked through each time. */
class Oracle {
  admitted: number[] = [];
  latest = 0;
  /** A restart goes on with what was known at the last admission. */
  saved: readonly number[] = [];
  readonly windowMs: number;
  constructor(windowMs: number) {
    this.windowMs = windowMs;
  }

  take(limit: number, clock: number) {
    const behind = this.latest - clock;
    if (behind > this.windowMs) {
      this.admitted = this.admitted.map((at) => at - behind);
      this.latest = clock;
    }
    this.latest = Math.max(this.latest, clock);
    const counting = () => this.admitted.filter((at) => at > this.latest - this.windowMs);
    const allowed = counting().length < limit;
    if (allowed) {
      this.admitted.push(this.latest);
      this.saved = [...this.admitted];
    }
    const now = counting();
    // The first moment of the future at which one more would fit, or at which there is more room than now.
    const free = now
      .map((at) => at + this.windowMs)
      .find((moment) => {
        const then = now.filter((at) => at > moment - this.windowMs).length;
        return then < limit && then < now.length;
      });
    return {
      allowed,
      remaining: Math.max(0, limit - now.length),
      resetAt: free ?? this.latest,
      decidedAt: this.latest,
    };
  }

  restart() {
    this.admitted = [...this.saved];
    this.latest = this.saved.at(-1) ?? 0;
  }
}

/** The log with a disk under it: `restart` goes on with what was written. */
class Disk {
  readonly rows = new Map<number, number>();
  readonly windowMs: number;
  log: SlidingLog;
  constructor(windowMs: number) {
    this.windowMs = windowMs;
    this.log = new SlidingLog(windowMs);
  }
  take(limit: number, clock: number) {
    const decision = this.log.take(limit, clock);
    if (decision.allowed) this.save();
    return decision;
  }
  save() {
    const { entries, forgetBefore } = this.log.changes();
    for (const at of this.rows.keys()) if (at < forgetBefore) this.rows.delete(at);
    for (const { at, count } of entries) this.rows.set(at, count);
    this.log.markSaved();
  }
  restart() {
    const saved = [...this.rows].map(([at, count]): Moment => ({ at, count }));
    this.log = new SlidingLog(
      this.windowMs,
      saved.toSorted((a, b) => a.at - b.at),
    );
  }
}

const WINDOW = 1_000;
const step = fc.record({
  // Mostly small steps; some over the window; some back, by less and by more than the window.
  by: fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 300 }) },
    { weight: 2, arbitrary: fc.integer({ min: 900, max: 1_100 }) },
    { weight: 1, arbitrary: fc.integer({ min: -900, max: -1 }) },
    { weight: 1, arbitrary: fc.integer({ min: -3_000, max: -990 }) },
  ),
  limit: fc.oneof(
    { weight: 4, arbitrary: fc.constant(4) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 12 }) },
  ),
  calls: fc.integer({ min: 1, max: 5 }),
  restarts: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
});

describe('the sliding log', () => {
  it('agrees with a brute-force oracle on random schedules', () => {
    let decisions = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
        const disk = new Disk(WINDOW);
        const oracle = new Oracle(WINDOW);
        let clock = 1_000_000;
        for (const { by, limit, calls, restarts } of steps) {
          clock += by;
          if (restarts) {
            disk.restart();
            oracle.restart();
          }
          for (let call = 0; call < calls; call += 1) {
            decisions += 1;
            expect(disk.take(limit, clock)).toEqual(oracle.take(limit, clock));
          }
        }
      }),
      { numRuns: SCHEDULES },
    );
    expect(decisions).toBeGreaterThan(SCHEDULES * 10);
  });

  it('admits exactly the limit, tells what is left, and when the next slot frees', () => {
    for (const limit of [1, 100, 10_000]) {
      const log = new SlidingLog(MINUTE);
      for (let left = limit - 1; left >= 0; left -= 1)
        expect(log.take(limit, 5_000)).toEqual({
          allowed: true,
          remaining: left,
          resetAt: 65_000,
          decidedAt: 5_000,
        });
      const refused = { allowed: false, remaining: 0, resetAt: 65_000 };
      expect(log.take(limit, 5_001)).toEqual({ ...refused, decidedAt: 5_001 });
      expect(log.take(limit, 64_999).allowed).toBe(false);
      expect(log.take(limit, 65_000).allowed).toBe(true);
    }
  });

  it('lets no second batch through across a boundary', () => {
    const log = new SlidingLog(MINUTE);
    const admitted: number[] = [];
    for (let at = 0; at < 200_000; at += 37) if (log.take(100, at).allowed) admitted.push(at);
    for (const [index, at] of admitted.entries())
      expect(at - (admitted[index - 100] ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(
        MINUTE,
      );
    expect(admitted.length).toBe(400);
  });

  it('frees nothing early when the clock steps back, also after a restart', () => {
    const disk = new Disk(MINUTE);
    disk.take(1, 100_000);
    for (const clock of [70_000, 100_000, 45_000, 159_999]) {
      disk.restart();
      expect(disk.take(1, clock).allowed).toBe(false);
    }
    expect(disk.take(1, 160_000).allowed).toBe(true);
  });

  it('is not shut for ever by a clock that was wrong once', () => {
    const year = 31_536_000_000;
    for (const restarts of [false, true]) {
      const disk = new Disk(MINUTE);
      for (const at of [0, 10_000, 20_000]) expect(disk.take(3, year + at).allowed).toBe(true);
      if (restarts) disk.restart();
      // Put back by a year: each admission keeps the age it had, and no more.
      expect(disk.take(3, 500_000)).toMatchObject({ allowed: false, resetAt: 540_000 });
      expect(disk.take(3, 539_999).allowed).toBe(false);
      expect(disk.take(3, 540_000)).toMatchObject({ allowed: true, resetAt: 550_000 });
      // Also on disk: those of a year ahead are gone.
      expect([...disk.rows.keys()].toSorted((a, b) => a - b)).toEqual([490_000, 500_000, 540_000]);
    }
  });

  it('follows a limit that is lowered and raised', () => {
    const log = new SlidingLog(MINUTE);
    for (const at of [0, 1_000, 2_000, 3_000]) log.take(5, at);
    // Three of the four must leave before a limit of two has room.
    expect(log.take(2, 4_000)).toMatchObject({ allowed: false, remaining: 0, resetAt: 62_000 });
    expect(log.take(5, 4_000)).toMatchObject({ allowed: true, remaining: 0, resetAt: 60_000 });
    expect(log.look(10_000, 4_000).remaining).toBe(9_995);
    expect(log.used(4_000)).toBe(5);
  });

  it('admits nothing under a limit that is no number', () => {
    const log = new SlidingLog(MINUTE);
    for (const limit of [Number.NaN, 0, -1]) expect(log.take(limit, 0).allowed).toBe(false);
    expect(log.look(5, 7)).toEqual({ remaining: 5, resetAt: 7, decidedAt: 7 });
  });

  it('does not grow with time', () => {
    const disk = new Disk(MINUTE);
    for (let at = 0; at < 3_000_000; at += 100) disk.take(100, at);
    expect(disk.rows.size).toBeLessThanOrEqual(100);
    expect(disk.log.used(9_000_000)).toBe(0);
  });

  it('stays exact with thousands of different moments in it', () => {
    const log = new SlidingLog(MINUTE);
    for (let at = 0; at < 180_000; at += 10) {
      const { allowed } = log.take(5_000, at);
      expect(allowed).toBe(at % MINUTE < 50_000);
    }
    expect(log.changes().entries).toHaveLength(5_000);
  });
});
