import { describe, expect, it } from 'bun:test';

import fc from 'fast-check';

import { RUNNER_PATIENCE_MS } from '../../contract/runner-protocol.ts';
import { LEASE_TERMS, type OpenWork, isLeaseLost, wakeAt } from './lease.ts';

const { tickMs, ticks } = LEASE_TERMS;
const IDLE: OpenWork = { isHeld: false, queued: 0, awaiting: 0, isUntold: false };
const HELD: OpenWork = { ...IDLE, isHeld: true };
const NOW = 1_800_000_000_000;

describe('a lease', () => {
  it('outlives its runner’s patience, even when clocks bring two ticks early', () => {
    // The first tick may come right after the runner was last heard.
    expect((ticks - 1 - 2) * tickMs).toBeGreaterThan(RUNNER_PATIENCE_MS);
    expect(isLeaseLost(ticks - 1, LEASE_TERMS)).toBe(false);
    expect(isLeaseLost(ticks, LEASE_TERMS)).toBe(true);
  });
});

describe('the engine wakes', () => {
  it('within a tick while something is open, and within twelve for an approval alone', () => {
    for (const open of [HELD, { ...IDLE, queued: 1 }, { ...IDLE, isUntold: true }])
      expect(wakeAt(open, undefined, NOW, LEASE_TERMS)).toBe(NOW + tickMs);
    expect(wakeAt({ ...IDLE, awaiting: 1 }, undefined, NOW, LEASE_TERMS)).toBe(NOW + 12 * tickMs);
    expect(wakeAt(IDLE, undefined, NOW, LEASE_TERMS)).toBeUndefined();
    expect(wakeAt(IDLE, NOW, NOW, LEASE_TERMS)).toBeUndefined();
  });

  it('when it was going to, unless that is a whole pause away or more', () => {
    const wake = (planned: number) => wakeAt(HELD, planned, NOW, LEASE_TERMS);
    for (const planned of [NOW - tickMs + 1, NOW, NOW + tickMs])
      expect(wake(planned)).toBe(planned);
    for (const planned of [NOW - tickMs, NOW + tickMs + 1])
      expect(wake(planned)).toBe(NOW + tickMs);
  });

  it('not later because it is asked often', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: tickMs - 1 }), { minLength: 1 }), (pauses) => {
        let time = NOW;
        let wake = wakeAt(HELD, undefined, time, LEASE_TERMS) ?? 0;
        for (const pause of pauses) {
          const isDue = wake <= time + pause;
          time += pause;
          const next = wakeAt(HELD, isDue ? undefined : wake, time, LEASE_TERMS) ?? 0;
          if (!isDue) expect(next).toBe(wake);
          wake = next;
        }
      }),
    );
  });

  it('within a tick by the clock as it is now, however far it has stepped', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (step) => {
        const planned = NOW + tickMs;
        const wake = wakeAt(HELD, planned, NOW + step, LEASE_TERMS) ?? 0;
        expect(wake).toBeLessThanOrEqual(NOW + step + tickMs);
        expect(wake).toBeGreaterThan(NOW + step - tickMs);
      }),
    );
  });
});
