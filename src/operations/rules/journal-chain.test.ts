// One link alone; journal.test.ts tampers with whole journals.
import { describe, expect, it } from 'bun:test';

import { ALICE } from '../../../test/kit/operations.ts';
import { GENESIS, START, chained, checkHead, checkLink } from './journal-chain.ts';

const FIELDS = {
  at: '2026-11-22T10:00:00.000Z',
  type: 'requested',
  stage: 'prod',
  operationId: 'a'.repeat(32),
  kind: 'deploy',
  requester: ALICE,
  tool: 'deploy_infrastructure',
  argumentsHash: 'b'.repeat(64),
  digest: null,
  approver: null,
  fence: null,
  outcome: null,
} as const;

const first = chained(START, FIELDS);
const second = chained(first, FIELDS);

describe('an entry of the journal', () => {
  it('begins after sixty-four zeros', () => {
    expect(GENESIS).toMatch(/^0{64}$/);
    expect(first).toMatchObject({ seq: 1, prev: GENESIS });
  });

  it('is good where it follows', () => {
    expect(checkLink(START, first)).toEqual({ seq: 1, hash: first.hash });
    expect(checkLink(first, second)).toEqual({ seq: 2, hash: second.hash });
  });

  it('is told to be missing where a later one stands, though that one is whole', () => {
    expect(checkLink(START, second)).toEqual({ seq: 1, reason: 'Entry 1 is missing.' });
    const numbered = chained({ seq: 5, hash: first.hash }, FIELDS);
    expect(checkLink(first, numbered)).toEqual({ seq: 2, reason: 'Entry 2 is missing.' });
  });

  it('does not follow from another entry, though it is whole itself', () => {
    const other = chained({ seq: 1, hash: 'c'.repeat(64) }, FIELDS);
    expect(checkLink(first, other)).toMatchObject({
      seq: 2,
      reason: expect.stringContaining('does not follow'),
    });
  });

  it('is not what was written when one field is another', () => {
    expect(checkLink(first, { ...second, tool: 'x' })).toMatchObject({
      reason: expect.stringContaining('not what was'),
    });
  });
});

describe('the last entry', () => {
  it('says which entries are missing, or too many', () => {
    expect(checkHead(second, second)).toBeUndefined();
    const far = { seq: 5, hash: 'd'.repeat(64) };
    expect(checkHead(second, far)).toEqual({ seq: 3, reason: 'Entries 3 to 5 are missing.' });
    expect(checkHead(second, first)).toMatchObject({
      seq: 2,
      reason: expect.stringContaining('after the last one'),
    });
  });
});
