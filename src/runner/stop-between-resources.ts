// Stops an apply between resources. Alchemy has no word for that, so each call to a provider asks here first: once
// closed, no call starts, and those in flight finish and are saved.
import * as Effect from 'effect/Effect';

import type { Native } from './plan/node.ts';

/** Not an error of anybody's: the resource was not touched. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
  constructor() {
    super('It was stopped before this resource.');
  }
}

const GATED: ReadonlySet<unknown> = new Set(['precreate', 'reconcile', 'delete']);

export const gateBetweenResources = (native: Native, isClosed: () => boolean): void => {
  const nodes = [...Object.values(native.resources), ...Object.values(native.deletions)];
  for (const node of nodes)
    if (node !== undefined) Reflect.set(node, 'provider', gated(node.provider, isClosed));
};

const gated = <P extends object>(provider: P, isClosed: () => boolean): P =>
  new Proxy(provider, {
    get: (target, key) => {
      const call: unknown = Reflect.get(target, key);
      if (!GATED.has(key) || typeof call !== 'function') return call;
      return (...args: unknown[]) =>
        Effect.suspend((): Effect.Effect<unknown, unknown> =>
          isClosed() ? Effect.fail(new Stopped()) : Reflect.apply(call, target, args),
        );
    },
  });
