import { describe, expect, it } from 'bun:test';

import { differences } from './compare.ts';
import type { Expectations, Status } from './expectations.ts';

const EXPECTED: Expectations = {
  clean: ['ping'],
  needFixture: ['prompts'],
  deviations: { push: { because: 'No sessions.', checks: { ask: 'FAILURE', hint: 'INFO' } } },
};

const FOUND: Record<string, Record<string, Status>> = {
  ping: { pong: 'SUCCESS', remark: 'INFO' },
  prompts: { list: 'FAILURE', wire: 'SUCCESS' },
  push: { ask: 'FAILURE', hint: 'INFO', wire: 'SUCCESS' },
};

const compare = (found: Record<string, Record<string, Status>>, expected = EXPECTED) =>
  differences(
    new Map(
      Object.entries(found).map(([name, checks]) => [
        name,
        Object.entries(checks).map(([id, status]) => ({ id, status })),
      ]),
    ),
    expected,
  ).map(({ scenario, says }) => `${scenario}: ${says}`);

describe('what the suite found, against what is expected', () => {
  it('is the same', () => {
    expect(compare(FOUND)).toEqual([]);
  });

  it('fails for a check that fails, warns or is skipped unexpectedly', () => {
    for (const status of ['FAILURE', 'WARNING', 'SKIPPED'] as const) {
      expect(compare({ ...FOUND, ping: { pong: status, other: 'SUCCESS' } })).toHaveLength(1);
      expect(compare({ ...FOUND, push: { ...FOUND['push'], wire: status } })).toHaveLength(1);
    }
  });

  it('fails for an expected failure that passes, has changed, or has gone', () => {
    expect(compare({ ...FOUND, push: { ask: 'SUCCESS', hint: 'INFO' } })).toEqual([
      'push: ask is SUCCESS, no FAILURE any more: take it off the list.',
    ]);
    expect(compare({ ...FOUND, push: { ask: 'WARNING', hint: 'INFO' } })).toHaveLength(2);
    expect(compare({ ...FOUND, push: { ask: 'FAILURE' } })).toHaveLength(1);
    expect(compare({ ...FOUND, prompts: { list: 'SUCCESS' } })).toHaveLength(1);
  });

  it('fails for a scenario in no list, in two, not run, or without a single check', () => {
    expect(compare({ ...FOUND, fresh: { a: 'SUCCESS' } })).toEqual(['fresh: stands in no list.']);
    const twice = { ...EXPECTED, clean: ['ping', 'push'] };
    expect(compare(FOUND, twice)).toEqual(['push: stands in two lists.']);
    const { ping: _, ...rest } = FOUND;
    expect(compare(rest)).toEqual(['ping: was not run.']);
    expect(compare({ ...FOUND, ping: {} })).toEqual(['ping: checked nothing.']);
  });

  it('takes the worst of a check that is made several times', () => {
    const statuses = ['SUCCESS', 'FAILURE', 'SUCCESS'] as const;
    const found = new Map([['ping', statuses.map((status) => ({ id: 'pong', status }))]]);
    const expected = { clean: ['ping'], needFixture: [], deviations: {} };
    expect(differences(found, expected)).toEqual([
      { scenario: 'ping', says: 'pong is a FAILURE. ' },
    ]);
  });
});
