import { describe, expect, it } from 'bun:test';

import { fuzzGuard } from './guard-fuzz.ts';

/** `SQL_FUZZ_RUNS=1000000 bun test guard.property` is the deep run. */
const RUNS = Number(Bun.env['SQL_FUZZ_RUNS'] ?? 6000);
const RUNS_PER_SEED = 50_000;

describe('random statements', () => {
  it(
    `never make the guard throw, and what passes only reads (${RUNS} of them)`,
    () => {
      const broken: string[] = [];
      let compiled = 0;
      for (let seed = 1; seed <= Math.ceil(RUNS / RUNS_PER_SEED); seed++) {
        const runs = Math.min(RUNS_PER_SEED, RUNS - (seed - 1) * RUNS_PER_SEED);
        const verdict = fuzzGuard(runs, seed);
        broken.push(...verdict.broken);
        compiled += verdict.compiled;
      }
      expect(broken).toEqual([]);
      // Otherwise the random texts would be too wild to prove anything.
      expect(compiled).toBeGreaterThan(RUNS / 100);
    },
    30 * 60_000,
  );
});
