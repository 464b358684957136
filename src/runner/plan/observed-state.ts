// Alchemy plans against its state alone, and calls a resource unchanged that somebody has deleted. So a plan is told the state
// as a deploy that was cut off would have left it: what is missing is still to be created, what was changed is still to be
// brought up to date. From there Alchemy knows the way, dependants included. Nothing is written.
import type * as Alchemist from 'alchemy/Alchemist';
import { type PersistedState, State, type StateService } from 'alchemy/State';
import * as Context from 'effect/Context';
import * as Effect from 'effect/Effect';

import { fieldsOf } from '../narrow.ts';

/** What Cloudflare was found to have in the place of a resource. */
export type Observed =
  | { readonly status: 'missing' }
  | { readonly status: 'drifted'; readonly actual: unknown };

/** From now on whoever plans in this session reads the state so. Rows are written as ever. */
export const planFrom = (
  session: Alchemist.Session,
  store: StateService,
  observed: ReadonlyMap<string, Observed>,
): void => {
  if (observed.size === 0) return;
  const told: StateService = {
    ...store,
    get: (request) =>
      Effect.map(store.get(request), (row) => asObserved(row, observed.get(request.fqn))),
  };
  const context = Context.add(session.context, State, Effect.succeed(told));
  Reflect.set(session, 'context', context);
};

const asObserved = (
  row: PersistedState | undefined,
  seen: Observed | undefined,
): PersistedState | undefined => {
  if (row === undefined || seen === undefined || row.kind === 'action') return row;
  if (row.status !== 'created' && row.status !== 'updated') return row;
  const { attr, ...rest } = row;
  if (seen.status === 'missing') return { ...rest, status: 'creating' };
  const { props, bindings } = rest;
  const old = { props, bindings, attr };
  return { ...rest, status: 'updating', attr: { ...fieldsOf(seen.actual) }, old };
};
