import { describe, expect, it } from 'bun:test';

import type * as Alchemist from 'alchemy/Alchemist';
import { type PersistedState, State, type StateService } from 'alchemy/State';
import * as Context from 'effect/Context';
import * as Effect from 'effect/Effect';

import { type Observed, planFrom } from './observed-state.ts';

const ROW = {
  status: 'created',
  resourceType: 'Cloudflare.KV.Namespace',
  fqn: 'cache',
  logicalId: 'cache',
  instanceId: 'i-1',
  namespace: undefined,
  providerVersion: 0,
  downstream: ['app'],
  bindings: [],
  props: { title: 'cache' },
  attr: { namespaceId: 'n-1', title: 'cache' },
} satisfies PersistedState;

/** What a plan reads of a row, after Cloudflare was seen to have that in its place. */
const read = async (row: PersistedState, observed: Observed | undefined) => {
  const store = { id: 'test', get: () => Effect.succeed(row) } as unknown as StateService;
  const session = { context: Context.empty() } as unknown as Alchemist.Session;
  planFrom(session, store, new Map(observed ? [['cache', observed]] : []));
  const reading = Effect.flatten(State).pipe(
    Effect.flatMap((told) => told.get({ stack: 'demo', stage: 'prod', fqn: 'cache' })),
    Effect.provide(Context.merge(Context.make(State, Effect.succeed(store)), session.context)),
  );
  return Effect.runPromise(reading as Effect.Effect<PersistedState | undefined>);
};

describe('a plan', () => {
  it('reads a missing resource as one that is still to be created, under its own names', async () => {
    const { attr: _, ...rest } = ROW;
    expect(await read(ROW, { status: 'missing' })).toEqual({ ...rest, status: 'creating' });
  });

  it('reads a changed resource as one that is still to be updated from what is there', async () => {
    const actual = { namespaceId: 'n-1', title: 'other' };
    const { props, bindings, attr } = ROW;
    expect(await read(ROW, { status: 'drifted', actual })).toEqual({
      ...ROW,
      status: 'updating',
      attr: actual,
      old: { props, bindings, attr },
    });
  });

  it('reads all else as it is', async () => {
    expect(await read(ROW, undefined)).toBe(ROW);
    const interrupted = { ...ROW, status: 'deleting' } satisfies PersistedState;
    expect(await read(interrupted, { status: 'missing' })).toBe(interrupted);
  });
});
