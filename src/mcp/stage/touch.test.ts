import { describe, expect, it } from 'bun:test';

import { OpsError } from '../../contract/errors.ts';
import { touch, type TouchOptions } from './touch.ts';

const LEAK = 'D1_ERROR: connect to postgres://admin:hunter2@10.0.0.7';

const failure = async (
  action: () => Promise<unknown>,
  options?: TouchOptions,
): Promise<OpsError> => {
  const error: unknown = await touch('The bucket "uploads"', action, options).catch(
    (e: unknown) => e,
  );
  if (error instanceof OpsError) return error;
  throw new Error('It did not fail as foreseen.');
};

describe('a call of a binding', () => {
  it('hands back what the binding answered', async () => {
    expect(await touch('It', async () => 7)).toBe(7);
  });

  it('that fails is worded by us; what the driver said is for the log alone', async () => {
    for (const action of [
      () => Promise.reject(new Error(LEAK)),
      () => {
        throw new Error(LEAK);
      },
      // Drivers throw anything.
      () => Promise.reject(LEAK),
    ]) {
      const { code, message, next, cause } = await failure(action);
      expect({ code, message }).toEqual({
        code: 'RESOURCE_FAILED',
        message: 'The bucket "uploads" failed to answer.',
      });
      expect(next).not.toContain('hunter2');
      expect(cause).toBeDefined();
    }
  });

  it('that does not end is ended, in the time it says', async () => {
    const startedAt = performance.now();
    const { code, message } = await failure(() => new Promise(() => {}), { limitMs: 50 });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect({ code, message }).toEqual({
      code: 'RESOURCE_TIMEOUT',
      message: 'The bucket "uploads" did not answer within 0.05 s.',
    });
  });

  it('that may have done its work says so instead of “try again”', async () => {
    const next = 'Look before you repeat it.';
    expect((await failure(() => Promise.reject(new Error(LEAK)), { next })).next).toBe(next);
    expect((await failure(() => new Promise(() => {}), { next, limitMs: 5 })).next).toBe(next);
  });

  it('that fails after its time is nobody’s unhandled failure', async () => {
    await failure(() => Bun.sleep(30).then(() => Promise.reject(new Error(LEAK))), { limitMs: 5 });
    await Bun.sleep(60);
  });

  it('that was refused by a rule of ours keeps that reason', async () => {
    const own = new OpsError('SQL_EMPTY', 'Nothing to run.');
    expect(await failure(() => Promise.reject(own))).toBe(own);
  });
});
