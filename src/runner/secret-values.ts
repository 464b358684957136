// Every value met in a plan and a state that must never be shown: redacted ones, environment variables, the texts of
// bindings, whatever has a name like a secret. Errors, notes and outputs are freed of them before they leave.
import * as Output from 'alchemy/Output';
import * as Effect from 'effect/Effect';
import * as Redacted from 'effect/Redacted';

import { fieldsOf, isPlainObject } from './narrow.ts';
import type { Native } from './plan/node.ts';

/** Shorter texts occur by chance: taking them out would garble every sentence. */
const MIN_LENGTH = 6;
const SECRET_NAME = /pass(word|wd)?$|secret|token|private|credential|origin$/i;
const BOUND_TEXTS: ReadonlySet<unknown> = new Set(['secret_text', 'plain_text', 'json']);

export const secretsOf = (
  native: Native | undefined,
  state: Readonly<Record<string, unknown>>,
): ReadonlySet<string> => {
  const found = new Set<string>();
  const nodes = native
    ? [...Object.values(native.resources), ...Object.values(native.deletions)]
    : [];
  for (const node of nodes) {
    const { props, bindings } = fieldsOf(node);
    for (const side of [props, bindings]) gather(side, false, found, new Set());
  }
  for (const row of Object.values(state)) gather(row, false, found, new Set());
  return found;
};

const gather = (value: unknown, isSecret: boolean, found: Set<string>, seen: Set<object>): void => {
  if (typeof value === 'string') {
    if (isSecret && value.length >= MIN_LENGTH) found.add(value);
    return;
  }
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  if (Redacted.isRedacted(value)) return gather(Redacted.value(value), true, found, seen);
  if (Output.isExpr(value) || Effect.isEffect(value)) return;
  if (!Array.isArray(value) && !isPlainObject(value)) return;
  seen.add(value);
  const isBoundText = 'type' in value && BOUND_TEXTS.has(value.type);
  for (const [key, child] of Object.entries(value)) {
    if (key === 'env') gatherEnvironment(child, found, seen);
    else {
      const isBound = isBoundText && (key === 'text' || key === 'json');
      gather(
        child,
        isSecret || isBound || key === '__redacted__' || SECRET_NAME.test(key),
        found,
        seen,
      );
    }
  }
};

/** Plain texts in here are values; bound resources are not, though they may hold some. */
const gatherEnvironment = (env: unknown, found: Set<string>, seen: Set<object>): void => {
  for (const entry of Object.values(fieldsOf(env))) {
    const isBound =
      typeof entry === 'object' && entry !== null && ('accountId' in entry || 'kind' in entry);
    gather(entry, !isBound, found, seen);
  }
};
