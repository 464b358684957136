// A test that keeps a promise of the deployment guide names it by its id; test/promises.test.ts reads these calls in the
// sources and fails while a promise is kept by none. Ids of later work do not even compile here.
import { it } from 'bun:test';

import type { KeptPromise } from '../promises.ts';

/** `keeps('auth.shared-secret', 'lets the secret in', …)` is `it('lets the secret in', …)` that keeps a promise, or several. */
export const keeps = (
  _promise: KeptPromise | readonly KeptPromise[],
  sentence: string,
  test: () => void | Promise<void>,
  timeoutMs?: number,
): void => {
  it(sentence, test, timeoutMs);
};
