import { describe, expect, it, spyOn } from 'bun:test';

import { withRetry } from './with-retry.ts';

type End = () => Promise<string>;

/** Calls that end as told, one after the other. */
const calling = (...ends: End[]) => {
  const state = { calls: 0 };
  const call = async (): Promise<string> => {
    const end = ends[state.calls];
    state.calls += 1;
    return end === undefined ? 'more' : end();
  };
  return { state, call };
};
const fails =
  (cause: unknown): End =>
  () =>
    Promise.reject(cause);

describe('a call of an object', () => {
  it('that answers is made once', async () => {
    const { call, state } = calling(async () => 'yes');
    expect(await withRetry(call)).toEqual({ ok: true, value: 'yes' });
    expect(state.calls).toBe(1);
  });

  it('that fails is made once more, and no third time', async () => {
    const once = calling(fails(new Error('moved')), async () => 'yes');
    expect(await withRetry(once.call)).toEqual({ ok: true, value: 'yes' });
    const [first, second] = [new Error('first'), new Error('second')];
    const twice = calling(fails(first), fails(second));
    expect(await withRetry(twice.call)).toEqual({ ok: false, error: second });
    expect(twice.state.calls).toBe(2);
  });

  it('is not made again where the object says that it has too much to do', async () => {
    const overloaded = Object.assign(new Error('busy'), { overloaded: true });
    const { call, state } = calling(fails(overloaded));
    expect(await withRetry(call)).toEqual({ ok: false, error: overloaded });
    expect(state.calls).toBe(1);
    const not = calling(fails(Object.assign(new Error('busy'), { overloaded: false })));
    expect(await withRetry(not.call)).toEqual({ ok: true, value: 'more' });
  });

  it('never throws, whatever it throws itself', async () => {
    for (const thrown of ['text', undefined, null, 7, { overloaded: true }])
      expect(await withRetry(calling(fails(thrown), fails(thrown)).call)).toEqual({
        ok: false,
        error: thrown,
      });
    const cause = new Error('at once');
    const atOnce = () => {
      throw cause;
    };
    expect(await withRetry(atOnce)).toEqual({ ok: false, error: cause });
  });

  it('that never answers is given up each time, after two seconds where nobody says otherwise', async () => {
    const never = () => new Promise<never>(() => {});
    expect(await withRetry(never, 1)).toMatchObject({
      ok: false,
      error: { message: 'No answer within 1 ms.' },
    });
    const timers = spyOn(globalThis, 'setTimeout');
    try {
      await withRetry(async () => 'yes');
      expect(timers.mock.calls.map(([, ms]) => ms)).toEqual([2_000]);
    } finally {
      timers.mockRestore();
    }
  });
});
