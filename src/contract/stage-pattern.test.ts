import { describe, expect, it } from 'bun:test';

import * as fc from 'fast-check';

import { matchesStage, protectedStages, protectedStagesProblem } from './stage-pattern.ts';

const isProtected = (setting: unknown, stage: string, hub = 'prod'): boolean =>
  matchesStage(protectedStages(setting, hub), stage);

describe('a pattern', () => {
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
    expect(matchesStage(patterns, stage)).toBe(true);
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
    expect(matchesStage(patterns, stage)).toBe(false);
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
        expect(matchesStage([glob], stage)).toBe(expected);
      }),
      { numRuns: 3_000 },
    );
  });

  it('is quick where it is made to backtrack', () => {
    const before = performance.now();
    matchesStage([`${'a*'.repeat(20_000)}b`], 'a'.repeat(40_000));
    expect(performance.now() - before).toBeLessThan(500);
  });
});

describe('a stage is protected', () => {
  it.each([
    ['by default if it is prod', undefined, 'prod', true],
    ['by default not if it is another', undefined, 'staging', false],
    ['by default also where the setting is empty', ' , ', 'prod', true],
    ['also where the setting is no text', 7, 'prod', true],
    ['if a pattern of the list covers it', 'prod, live-*', 'live-eu', true],
    ['also when the list is separated by spaces', 'prod live-*', 'live-eu', true],
    ['not if no pattern covers it', 'prod, live-*', 'preview-7', false],
    ['not if another list names it no more', 'none', 'prod', false],
    ['if everything is', '*', 'anything', true],
  ])('%s', (_, setting, stage, expected) => {
    expect(isProtected(setting, stage)).toBe(expected);
  });

  it('by default if it is the hub, whatever that is called', () => {
    expect(isProtected(undefined, 'live', 'live')).toBe(true);
    expect(isProtected(undefined, 'prod', 'live')).toBe(false);
  });
});

describe('a setting of protected stages', () => {
  it.each([undefined, 7, '', ' , ', 'prod', ' prod, live-*\n', '*', 'preview-* 2'])(
    'is in order: %p',
    (setting) => {
      expect(protectedStagesProblem(setting)).toBeUndefined();
    },
  );

  it.each(['live;prod', 'Prod', 'prod, Live', '.prod', 'prod.', 'prod|live'])(
    'is refused where a pattern of it can fit no stage: %p',
    (setting) => {
      expect(protectedStagesProblem(setting)).toContain('MCP_PROTECTED_STAGES must be');
    },
  );
});
