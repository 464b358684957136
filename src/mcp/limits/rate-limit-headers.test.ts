import { expect, it } from 'bun:test';

import { secondsOf } from './rate-limit-headers.ts';

it('a wait is told in whole seconds: never one too few, and never none', () => {
  for (const [waitMs, seconds] of [
    [-5, 1],
    [0, 1],
    [1, 1],
    [1_000, 1],
    [1_001, 2],
    [3_600_000, 3_600],
  ] as const)
    expect(secondsOf(waitMs)).toBe(seconds);
});
