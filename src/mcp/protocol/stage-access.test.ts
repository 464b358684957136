import { expect, it } from 'bun:test';

import * as fc from 'fast-check';

import { mayUseStage } from './stage-access.ts';

it.each<[string[], string]>([
  [['*'], 'prod'],
  [['prod'], 'prod'],
  [['preview-*'], 'preview-'],
  [['preview-*'], 'preview-12'],
  [['a', 'b*'], 'bc'],
  [['*-eu'], 'prod-eu'],
  [['p*-*-eu'], 'prod-1-eu'],
  [['**'], 'x'],
])('%p covers %s', (patterns, stage) => {
  expect(mayUseStage(patterns, stage)).toBe(true);
});

it.each<[string[], string]>([
  [[], 'prod'],
  [[''], 'prod'],
  [[''], ''],
  [['prod'], 'prod2'],
  [['prod'], 'Prod'],
  [['prod2'], 'prod'],
  [['preview-*'], 'preview'],
  [['preview-*'], 'xpreview-1'],
  [['*-eu'], 'prod-eu1'],
  [['a*a'], 'a'],
  [['ab*ba'], 'aba'],
  [['p.*'], 'prod'],
  [['[a-z]+'], 'prod'],
  [['.*'], 'prod'],
  [['prod|staging'], 'prod'],
  [['?rod'], 'prod'],
])('%p does not cover %s', (patterns, stage) => {
  expect(mayUseStage(patterns, stage)).toBe(false);
});

it('agrees with a regular expression that means the same', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 8 });
  const pattern = fc.string({
    unit: fc.constantFrom('a', 'b', '-', '*'),
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(
    fc.property(pattern, word, (glob, stage) => {
      const expected = new RegExp(`^${glob.replaceAll(/\*+/g, '.*')}$`).test(stage);
      expect(mayUseStage([glob], stage)).toBe(expected);
    }),
    { numRuns: 3_000 },
  );
});

it('is quick on a pattern made to backtrack', () => {
  const before = performance.now();
  mayUseStage([`${'a*'.repeat(20_000)}b`], 'a'.repeat(40_000));
  expect(performance.now() - before).toBeLessThan(500);
});
