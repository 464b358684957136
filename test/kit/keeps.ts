// A test that keeps a promise of the deployment guide names it by its id; test/promises.test.ts reads these calls in the
// sources and fails while a promise is kept by none. An id that is none does not compile.
import { it } from 'bun:test';

import type { PromiseId } from '../promises.ts';

/** `keeps('auth.shared-secret', 'lets the secret in', …)` is `it('lets the secret in', …)` that keeps a promise, or several. */
export const keeps = (
  _promise: PromiseId | readonly PromiseId[],
  sentence: string,
  test: () => void | Promise<void>,
  timeoutMs?: number,
): void => {
  it(sentence, test, timeoutMs);
};
