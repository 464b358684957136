import { describe, expect, it } from 'bun:test';

import {
  AGAIN_MS,
  type Ask,
  GRACE_MS,
  MAX_TRIES,
  type Waiting,
  answeredAsk,
  claimed,
  hasCome,
  nextAsk,
} from './dispatch-rule.ts';

const T = Date.parse('2026-11-22T10:00:00.000Z');

const waiting = (asks: readonly Ask[] = [], attempts = 0): Waiting => ({
  attempts,
  waitingSince: T,
  asks,
});
const ask = (over: Partial<Ask> = {}): Ask => ({
  attempt: 0,
  askedAt: T,
  tries: 1,
  state: 'asked',
  ...over,
});

describe('GitHub is asked', () => {
  it('after twenty seconds, and again after five minutes', () => {
    expect([GRACE_MS, AGAIN_MS]).toEqual([20_000, 300_000]);
  });

  it('at once where no runner is connected', () => {
    expect(nextAsk(waiting(), 0, T)).toEqual(ask({ state: 'asking' }));
  });

  it.each([1, 3, undefined])(
    'with %p runners connected, only once none has taken it',
    (runners) => {
      expect(nextAsk(waiting(), runners, T + GRACE_MS - 1)).toBeUndefined();
      expect(nextAsk(waiting(), runners, T + GRACE_MS)?.state).toBe('asking');
    },
  );

  it.each(['asking', 'asked', 'unanswered', 'refused'] as const)(
    'not again within minutes, whatever came of it: %s',
    (state) => {
      const asks = [ask({ state })];
      for (const runners of [0, 1, undefined]) {
        expect(nextAsk(waiting(asks), runners, T + AGAIN_MS - 1)).toBeUndefined();
        expect(nextAsk(waiting(asks), runners, T + AGAIN_MS)?.tries).toBe(1);
      }
    },
  );

  it('anew for the next attempt, when the runner that had it was lost', () => {
    expect(nextAsk(waiting([ask()], 1), 0, T + 1)).toMatchObject({ attempt: 1, state: 'asking' });
  });

  it('again after a pause that grows, and four times at most, while it is out of order', () => {
    let last = ask({ state: 'asking' });
    const pauses: number[] = [];
    for (let now = T; pauses.length < 10;) {
      last = answeredAsk(last, { kind: 'busy', reason: 'busy' }, now);
      if (last.state !== 'retrying') break;
      const retryAt = last.retryAt ?? 0;
      pauses.push(retryAt - now);
      expect(nextAsk(waiting([last]), 0, retryAt - 1)).toBeUndefined();
      now = retryAt;
      last = nextAsk(waiting([last]), 0, now) ?? last;
      expect(last.state).toBe('asking');
    }
    expect(pauses).toEqual([10_000, 20_000, 40_000]);
    expect(last).toMatchObject({ state: 'refused', reason: 'busy', tries: MAX_TRIES });
  });

  it('as late as it says itself, within reason', () => {
    const busy = (retryAfterMs: number) =>
      answeredAsk(ask(), { kind: 'busy', reason: 'busy', retryAfterMs }, T).retryAt;
    expect(busy(60_000)).toBe(T + 60_000);
    expect(busy(86_400_000)).toBe(T + AGAIN_MS);
  });
});

describe('the answer of GitHub', () => {
  const asking = ask({ state: 'asking' });

  it('that it was heard names the run, where it says it', () => {
    expect(answeredAsk(asking, { kind: 'accepted' }, T)).toStrictEqual(ask());
    expect(answeredAsk(asking, { kind: 'accepted', runId: '7' }, T)).toEqual(ask({ runId: '7' }));
  });

  it('that it will not is kept with its reason', () => {
    const answer = { kind: 'refused', reason: 'No such workflow.' } as const;
    expect(answeredAsk(asking, answer, T)).toEqual(
      ask({ state: 'refused', reason: 'No such workflow.' }),
    );
  });

  it('that never came is kept as that', () => {
    expect(answeredAsk(asking, { kind: 'unanswered' }, T)).toEqual(
      ask({ state: 'unanswered', reason: 'GitHub did not answer.' }),
    );
  });
});

describe('a run', () => {
  it('has the ask that GitHub answered with its number, and no other run has it', () => {
    const asks = [ask({ runId: '7' })];
    expect(claimed(asks, '8')).toBeUndefined();
    const used = claimed(asks, '7');
    expect(used).toEqual([ask({ runId: '7', usedBy: '7' })]);
    expect(hasCome(used, '7')).toBe(true);
    expect(hasCome(used, '8')).toBe(false);
    expect(hasCome([ask(), ...(used ?? [])], '7')).toBe(true);
  });

  it('has an ask whose number is not known, once', () => {
    for (const state of ['asking', 'asked', 'unanswered', 'retrying'] as const) {
      const used = claimed([ask({ state })], '8');
      expect(used?.[0]?.usedBy).toBe('8');
      expect(claimed(used, '9')).toBeUndefined();
    }
  });

  it('has its own ask though a later one is open to all, or an earlier one', () => {
    for (const asks of [
      [ask({ runId: '7' }), ask()],
      [ask(), ask({ runId: '7' })],
    ])
      expect(claimed(asks, '7')?.find(({ usedBy }) => usedBy === '7')?.runId).toBe('7');
  });

  it('has none where none was asked for, or GitHub refused', () => {
    expect(claimed([], '7')).toBeUndefined();
    expect(claimed(undefined, '7')).toBeUndefined();
    expect(claimed([ask({ state: 'refused' })], '7')).toBeUndefined();
    expect(hasCome(undefined, '7')).toBe(false);
  });
});
