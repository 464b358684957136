// The fast path must change nothing but speed: the same random requests to an endpoint with it and one without it, and
// the same answers. `MCP_DIFFERENTIAL_RUNS=30000` runs the deep variant; an upgrade of the SDK should.
import { describe, expect, it } from 'bun:test';

import * as fc from 'fast-check';

import { canonical, requests } from './differential.fixture.ts';
import { createKit, type Kit } from './kit.fixture.ts';
import { RAW_TOOLS } from './raw-tools.fixture.ts';

const RUNS = Number(process.env['MCP_DIFFERENTIAL_RUNS'] ?? 2_000);

describe('the fast path', () => {
  it(
    `answers ${RUNS} random requests as the SDK does`,
    async () => {
      const fast = createKit({ moreTools: RAW_TOOLS });
      const slow = createKit({ moreTools: RAW_TOOLS, fast: false });
      const outcomes = new Map<string, number>();
      await fc.assert(
        fc.asyncProperty(requests, fc.nat(1), async (sent, who) => {
          const expected = await canonical(slow, sent, who);
          expect(await canonical(fast, sent, who)).toBe(expected);
          const code =
            /"code":(-?\d+)/.exec(expected)?.[1] ?? /\\"code\\":\\"(\w+)/.exec(expected)?.[1];
          const outcome = `${expected.slice(0, 3)} ${code ?? 'result'}`;
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        }),
        { numRuns: RUNS },
      );
      // Both logs must agree too: a call is recorded once, whichever layer served it.
      const withoutTime = (kit: Kit) => kit.records.map(({ ms: _, errorId: __, ...rest }) => rest);
      expect(withoutTime(fast)).toEqual(withoutTime(slow));
      // A generator that only makes rubbish would prove nothing.
      expect(outcomes.size).toBeGreaterThan(10);
      expect(outcomes.get('200 result') ?? 0).toBeGreaterThan(RUNS / 8);
      if (RUNS > 2_000) console.log(Object.fromEntries(outcomes));
    },
    60_000 + RUNS * 10,
  );
});
