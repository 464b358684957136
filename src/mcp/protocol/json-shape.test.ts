import { describe, expect, it } from 'bun:test';

import fc from 'fast-check';

import { shapeFault } from './json-shape.ts';

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

describe('the shape of a body', () => {
  it('may be 32 levels deep, and not one more', () => {
    expect(shapeFault(nested(32))).toBeUndefined();
    expect(shapeFault(nested(33))).toBe('too-deep');
    expect(shapeFault('{"a":'.repeat(33))).toBe('too-deep');
  });

  it('counts no bracket inside a string', () => {
    expect(shapeFault(JSON.stringify({ query: nested(99), quote: '"{[' }))).toBeUndefined();
  });

  it.each([
    '{"stage":"dev","stage":"prod"}',
    '{"stage":"dev","st\\u0061ge":"prod"}',
    '{"a":[{"b":1,"c":{"b":2},"b":3}]}',
    '{"":1,"":2}',
  ])('has no key twice: %s', (json) => {
    expect(shapeFault(json)).toBe('duplicate-key');
  });

  it('may have one key in two objects, and as a value', () => {
    expect(shapeFault('{"a":{"a":"a"},"b":[{"a":1},{"a":1}],"c":["a","a"]}')).toBeUndefined();
  });

  it.each(['{"__proto__":{}}', '{"a":{"__prot\\u006f__":1}}'])('sets no prototype: %s', (json) => {
    expect(shapeFault(json)).toBe('forbidden-key');
  });

  it('finds nothing in any JSON that an object can become', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const json = JSON.stringify(value);
        const expected = json.includes('"__proto__":') ? 'forbidden-key' : undefined;
        expect(shapeFault(json)).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  it('ends, and does not throw, on text that is no JSON', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]",:\\u0a '.split('')) }), (text) => {
        shapeFault(text);
      }),
      { numRuns: 5_000 },
    );
  });

  it('takes time that grows with the length, not with its square', () => {
    const time = (length: number) => {
      const startedAt = performance.now();
      shapeFault(`{"a":"${'\\"'.repeat(length)}`);
      shapeFault('"'.repeat(length * 2));
      return performance.now() - startedAt;
    };
    time(10_000);
    expect(time(100_000)).toBeLessThan(200);
  });
});
