import { describe, expect, it } from 'bun:test';

import { useCloud } from '../../../test/kit/cloud.ts';
import { manyKeys } from '../../../test/kit/many-keys.ts';
import { countPrefixes, measureNamespace, spread } from './kv-statistics.ts';

const namesOf = (count: number): string[] =>
  Array.from({ length: count }, (_, n) => `session:${String(n).padStart(6, '0')}`);

const measure = (names: readonly string[], prefix = '', position?: string) => {
  const handle = manyKeys({ names, expiring: { digit: '7', at: 1_900_000_000 } });
  const named = { name: 'many', handle: handle as unknown as KVNamespace };
  return measureNamespace(named, prefix, position).then((result) => ({
    ...result,
    lists: handle.lists(),
  }));
};

describe('the count of keys', () => {
  it.each([0, 1, 999, 1_000, 1_001, 9_999, 10_000])('is exact for %i keys', async (count) => {
    const { keyCount, complete, nextPosition } = await measure(namesOf(count));
    expect({ keyCount, complete, nextPosition }).toEqual({
      keyCount: count,
      complete: true,
      nextPosition: undefined,
    });
  });

  it('is a lower bound beyond 10,000 keys, said to be one, and can be continued to the end', async () => {
    const names = namesOf(12_345);
    const first = await measure(names);
    expect(first).toMatchObject({
      keyCount: 10_000,
      complete: false,
      withExpiration: 1_000,
      lists: 10,
    });
    const second = await measure(names, '', first.nextPosition);
    expect(second).toMatchObject({ keyCount: 2_345, complete: false, lists: 3 });
    expect(second.nextPosition).toBeUndefined();
    expect(second.prefixes).toEqual([{ prefix: 'session:', keys: 2_345 }]);
  });

  it('is of the keys with the prefix', async () => {
    const names = [...namesOf(1_500), 'page:home', 'page:docs', 'pages'];
    expect(await measure(names, 'page:')).toMatchObject({ keyCount: 2, complete: true });
    expect(await measure(names, 'page')).toMatchObject({ keyCount: 3, complete: true });
    expect(await measure(names, 'nothing')).toMatchObject({
      keyCount: 0,
      complete: true,
      prefixes: [],
      sample: { keys: [], averageBytes: null },
    });
  });
});

describe('the sample', () => {
  it('is spread over all keys, and its sizes are measured', async () => {
    const { sample } = await measure(namesOf(1_000));
    expect(sample.keys.map(({ key }) => key)).toEqual(
      [0, 200, 400, 600, 800].map((n) => `session:${String(n).padStart(6, '0')}`),
    );
    expect(sample).toMatchObject({ averageBytes: 'value of session:000000'.length });
  });

  it('tells bytes, not characters, and stops at a mebibyte', async () => {
    const cloud = await sampled();
    expect(cloud).toEqual({
      averageBytes: expect.any(Number),
      keys: [
        { key: 'size:empty', bytes: 0, complete: true, expiresAt: null },
        { key: 'size:huge', bytes: expect.any(Number), complete: false, expiresAt: null },
        {
          key: 'size:word',
          bytes: 6,
          complete: true,
          expiresAt: expect.stringMatching(/^20\d\d-.*Z$/),
        },
      ],
    });
    const [empty, huge, word] = cloud.keys.map(({ bytes }) => bytes);
    expect(huge).toBeGreaterThan(1_048_576);
    expect(huge).toBeLessThan(3_000_000);
    expect(cloud.averageBytes).toBe(Math.round(((empty ?? 0) + (huge ?? 0) + (word ?? 0)) / 3));
  });

  it('takes even steps and never an item twice', () => {
    expect(spread([], 5)).toEqual([]);
    expect(spread([1, 2, 3], 5)).toEqual([1, 2, 3]);
    for (let length = 5; length < 200; length++) {
      const items = Array.from({ length }, (_, n) => n);
      const taken = spread(items, 5);
      expect(new Set(taken).size).toBe(5);
      expect(taken[0]).toBe(0);
    }
  });

  const real = useCloud({ bare: true });
  const sampled = async () => {
    const namespace = await real().namespace();
    await namespace.put('size:empty', '');
    await namespace.put('size:word', 'straße'.slice(0, 5), { expirationTtl: 3_600 });
    await namespace.put('size:huge', 'x'.repeat(3_000_000));
    const named = { name: 'demo-cache', handle: namespace as unknown as KVNamespace };
    return (await measureNamespace(named, 'size:', undefined)).sample;
  };
});

describe('prefixes', () => {
  it('end at the first : or /, most frequent first, then by name', () => {
    expect(countPrefixes(['b:1', 'a/1', 'a/2/3', 'plain', 'c:1:2', ':x', '/y'])).toEqual([
      { prefix: 'a/', keys: 2 },
      { prefix: '(none)', keys: 1 },
      { prefix: '/', keys: 1 },
      { prefix: ':', keys: 1 },
      { prefix: 'b:', keys: 1 },
      { prefix: 'c:', keys: 1 },
    ]);
  });

  it('are shown up to 20, and no key called like the rest of them is lost', () => {
    const keys = Array.from({ length: 30 }, (_, n) => `p${n}:x`);
    expect(countPrefixes(keys)).toHaveLength(20);
    expect(countPrefixes(['__proto__:1', 'constructor:1'])).toHaveLength(2);
  });
});
