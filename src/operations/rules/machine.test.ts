import { describe, expect, it } from 'bun:test';

import {
  OPERATION_KINDS,
  OPERATION_STATUSES,
  hasEffect,
  hasEnded,
} from '../../contract/operation.ts';
import { MAX_ATTEMPTS, afterCancel, afterLeaseLost, isHeld, mayFollow } from './machine.ts';

describe('the life of an operation', () => {
  it('ends once', () => {
    for (const from of OPERATION_STATUSES)
      for (const to of OPERATION_STATUSES)
        if (hasEnded(from)) expect(mayFollow(from, to), `${from} → ${to}`).toBe(false);
  });

  it('reaches every status, and an end from everywhere', () => {
    const reached = new Set(['awaiting_approval', 'queued']);
    for (const to of OPERATION_STATUSES)
      if (OPERATION_STATUSES.some((from) => mayFollow(from, to))) reached.add(to);
    expect([...reached].toSorted()).toEqual([...OPERATION_STATUSES].toSorted());
    for (const from of OPERATION_STATUSES)
      if (!hasEnded(from))
        expect(mayFollow(from, 'cancelled') && mayFollow(from, 'failed')).toBe(true);
  });

  it('comes into the queue by an approval or from a lost runner, to a runner only from the queue, to its work only from a lease', () => {
    for (const from of OPERATION_STATUSES) {
      expect(mayFollow(from, 'leased')).toBe(from === 'queued');
      expect(mayFollow(from, 'running')).toBe(from === 'leased');
      expect(mayFollow(from, 'lost')).toBe(isHeld(from));
      expect(mayFollow(from, 'queued')).toBe(from === 'awaiting_approval' || isHeld(from));
    }
  });
});

describe('when its runner is lost', () => {
  const cases = OPERATION_KINDS.flatMap((kind) =>
    [true, false].flatMap((hasBegun) =>
      [true, false].flatMap((isCancelRequested) =>
        [1, 2, 3].map((attempts) => ({ kind, hasBegun, isCancelRequested, attempts })),
      ),
    ),
  );

  it('what may have changed something is lost, and all else is tried three times', () => {
    for (const operation of cases) {
      const { kind, hasBegun, isCancelRequested, attempts } = operation;
      const expected =
        hasEffect(kind) && hasBegun
          ? 'lost'
          : isCancelRequested
            ? 'cancelled'
            : attempts < MAX_ATTEMPTS
              ? 'queued'
              : 'lost';
      expect(afterLeaseLost(operation), JSON.stringify(operation)).toBe(expected);
    }
  });
});

it('a request to cancel ends what nobody has, asks who has it, and comes too late for the rest', () => {
  expect(OPERATION_STATUSES.map((status) => afterCancel(status))).toEqual([
    'cancelled',
    'cancelled',
    'asked',
    'asked',
    'ended',
    'ended',
    'ended',
    'ended',
  ]);
});
