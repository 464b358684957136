import { describe, expect, it } from 'bun:test';

import { matchesStage, protectedStages } from './stage-pattern.ts';

const isProtected = (setting: unknown, stage: string, hub = 'prod'): boolean =>
  matchesStage(protectedStages(setting, hub), stage);

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
