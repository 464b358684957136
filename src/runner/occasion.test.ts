import { describe, expect, it } from 'bun:test';

import { occasionOf } from './occasion.ts';

describe('what a stack is evaluated for', () => {
  it.each([
    ['deploy --yes --stage prod', 'deploy'],
    ['--no-input plan --stage prod', 'deploy'],
    ['destroy --stage staging', 'destroy'],
    ['drift --repair', 'look'],
    ['state list', 'look'],
    // A program of the user's own: what is not known to be harmless is checked.
    ['my-own-script', 'deploy'],
  ] as const)('is told by the command: %s', (line, verb) => {
    expect(occasionOf(line.split(' '))).toEqual({ verb, isRunner: false });
  });
});
