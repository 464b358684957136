import { describe, expect, it } from 'bun:test';

import fc from 'fast-check';

import { bytesOf } from '../../lib/hash.ts';
import { bucketOf, isIn, murmur3 } from './bucket.ts';

const FLAG = 'feature:dark-launch-percentage';
const CLIENTS = 20_000;

/** Every way clients are named: counted up, by UUID, by address, by a shared prefix. */
const NAMINGS: Record<string, (n: number) => string> = {
  'counted up': (n) => `client-${n}`,
  numbers: (n) => String(n),
  'UUIDs of one minute': (n) => `0193a1b2-0000-7000-8000-${n.toString(16).padStart(12, '0')}`,
  addresses: (n) => `user${n}@example.com`,
  'long, different in the first letter': (n) => `${n}${'x'.repeat(180)}`,
};

describe('the hash', () => {
  // Austin Appleby's MurmurHash3 x86_32, seed 0.
  it.each([
    ['', 0],
    ['hello', 613153351],
    ['hello, world', 345750399],
    ['The quick brown fox jumps over the lazy dog', 776992547],
  ])('of %p is the published one', (text, hash) => {
    expect(murmur3(bytesOf(text))).toBe(hash);
  });
});

describe('the share of 20,000 clients', () => {
  for (const [naming, nameOf] of Object.entries(NAMINGS)) {
    const buckets = Array.from({ length: CLIENTS }, (_, n) => bucketOf(FLAG, nameOf(n)));
    it.each([1, 10, 25, 50, 90])(`is within 2 points at %i % (${naming})`, (percentage) => {
      const inside = buckets.filter((bucket) => isIn(bucket, percentage)).length;
      expect(Math.abs((inside / CLIENTS) * 100 - percentage)).toBeLessThan(2);
    });

    it(`fills a hundred buckets evenly (${naming})`, () => {
      const counts = Array.from({ length: 100 }, () => 0);
      for (const bucket of buckets)
        counts[Math.floor(bucket)] = (counts[Math.floor(bucket)] ?? 0) + 1;
      const expected = CLIENTS / 100;
      const chiSquared = counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
      // 99 degrees of freedom: an even hash exceeds this once in a hundred thousand tries.
      expect(chiSquared).toBeLessThan(170);
    });
  }
});

describe('the place of a client', () => {
  it('is its hash, as a hundredth of all there are', () => {
    expect(bucketOf(FLAG, 'a')).toBe((murmur3(bytesOf(`${FLAG}\na`)) / 2 ** 32) * 100);
  });

  it('that is the percentage itself is out: 25 % are those below 25', () => {
    expect(isIn(24.9, 25)).toBe(true);
    expect(isIn(25, 25)).toBe(false);
    expect(isIn(0, 0)).toBe(false);
  });
});

describe('a client', () => {
  const client = fc.string({ minLength: 1, maxLength: 200 });
  const percentage = fc.integer({ min: 0, max: 100 });

  it('is in for good once it is in: nobody falls out as the percentage rises', () => {
    fc.assert(
      fc.property(client, percentage, percentage, (name, a, b) => {
        const bucket = bucketOf(FLAG, name);
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        return !isIn(bucket, low) || isIn(bucket, high);
      }),
      { numRuns: 5_000 },
    );
  });

  it('is out at 0, in at 100, and always in the same bucket', () => {
    fc.assert(
      fc.property(client, (name) => {
        const bucket = bucketOf(FLAG, name);
        return !isIn(bucket, 0) && isIn(bucket, 100) && bucket === bucketOf(FLAG, name);
      }),
    );
  });

  it('is not first with every flag: the flags share out independently', () => {
    const flags = [FLAG, 'feature:tool:a', 'feature:tool:b', 'feature:tool:deploy_infrastructure'];
    const inside = flags.map((flag) =>
      Array.from({ length: CLIENTS }, (_, n) => isIn(bucketOf(flag, `client-${n}`), 30)),
    );
    for (const [a, first] of inside.entries())
      for (const second of inside.slice(a + 1)) {
        const both = first.filter((isFirst, n) => isFirst && second[n]).length;
        expect(Math.abs(both / CLIENTS - 0.09)).toBeLessThan(0.01);
      }
  });

  it('cannot be told from another flag’s by where the names are divided', () => {
    expect(bucketOf('feature:tool:a', 'b')).not.toBe(bucketOf('feature:tool:', 'ab'));
  });

  it('costs microseconds to place', () => {
    const started = performance.now();
    for (let n = 0; n < 20_000; n++) bucketOf(FLAG, `client-${n}`);
    expect((performance.now() - started) / 20_000).toBeLessThan(0.05);
  });
});
