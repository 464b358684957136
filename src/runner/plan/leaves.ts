// What a resource is now and what it is to be, taken apart into paths and values, so that both can be compared, hashed
// and (as far as the allow-list goes) shown. Values in here are in clear, secrets too: they leave only through
// rows.ts, or as a hash.
import * as Output from 'alchemy/Output';
import * as Duration from 'effect/Duration';
import * as Effect from 'effect/Effect';
import * as Redacted from 'effect/Redacted';

import { byName, fieldsOf, isPlainObject, textOf } from '../narrow.ts';
import { type BoundValue, type PlanNode, bindingsOf, isDeletion } from './node.ts';

export interface Leaf {
  /** The exact value. */
  readonly text: string;
  /** `pending`: another resource will provide it. */
  readonly kind: 'plain' | 'secret' | 'pending';
  /** Of a binding: what may be said of it. */
  readonly label?: string;
}

type Leaves = Map<string, Leaf>;

export interface Sides {
  readonly before: ReadonlyMap<string, Leaf>;
  readonly after: ReadonlyMap<string, Leaf>;
}

export const sidesOf = (node: PlanNode): Sides => {
  // The row of an interrupted create says what was meant, not what exists: such a create starts from nothing.
  const old = node.action === 'create' ? undefined : node.row;
  const before = propertyLeaves(old?.props, namesOf(old?.bindings));
  addBindings(old?.bindings ?? [], before);
  if (isDeletion(node)) return { before, after: new Map() };
  // Of what it leaves alone, Alchemy's plan has no properties: they are those of the state.
  if (node.action === 'noop') return { before, after: before };
  const after = propertyLeaves(node.props, namesOf(node.bindings));
  addBindings(node.bindings, after);
  return { before, after };
};

/** A value that is still pending in a resource that exists is not a change anybody can know of. */
export const isChanged = (before: Leaf | undefined, after: Leaf | undefined): boolean =>
  before?.text !== after?.text && !(before !== undefined && after?.kind === 'pending');

export const hasChanges = ({ before, after }: Sides): boolean =>
  [...new Set([...before.keys(), ...after.keys()])].some((path) =>
    isChanged(before.get(path), after.get(path)),
  );

const namesOf = (bindings: readonly BoundValue[] | undefined): ReadonlySet<string> =>
  new Set((bindings ?? []).map(({ sid }) => sid));

/** A Worker's `env` holds whole bound resources, of which its bindings say the same, better. Its other entries are secret. */
const propertyLeaves = (props: unknown, bound: ReadonlySet<string>): Leaves => {
  const leaves: Leaves = new Map();
  const { env, isExternal: _wiring, ...rest } = fieldsOf(props);
  collect(rest, { path: '', isSecret: false, leaves, above: [] });
  for (const [name, value] of Object.entries(fieldsOf(env)))
    if (!bound.has(name))
      collect(value, { path: `env.${name}`, isSecret: true, leaves, above: [] });
  return leaves;
};

interface Place {
  readonly path: string;
  readonly isSecret: boolean;
  readonly leaves: Leaves;
  /** The objects around it: one that holds itself is not followed. */
  readonly above: readonly object[];
}

const collect = (value: unknown, place: Place): void => {
  const { path, isSecret, leaves } = place;
  const put = (text: string, kind: Leaf['kind'] = isSecret ? 'secret' : 'plain') =>
    void leaves.set(path, { text, kind });
  // State as JSON drops undefined, and null means that nothing is set.
  if (value === undefined || value === null) return;
  if (Redacted.isRedacted(value))
    return collect(Redacted.value(value), { ...place, isSecret: true });
  if (Output.isExpr(value)) return put(`after apply: ${sourcesOf(value)}`, 'pending');
  const scalar = scalarOf(value);
  if (scalar !== undefined) return put(scalar);
  if (typeof value !== 'object' || Effect.isEffect(value) || place.above.includes(value)) return;
  if ('__redacted__' in value) return collect(value.__redacted__, { ...place, isSecret: true });
  if (!Array.isArray(value) && !isPlainObject(value)) return;
  for (const [key, child] of Object.entries(value))
    collect(child, {
      ...place,
      path: path === '' ? key : `${path}.${key}`,
      above: [...place.above, value],
    });
};

const scalarOf = (value: unknown): string | undefined => {
  if (Duration.isDuration(value)) return `${Duration.toMillis(value)}ms`;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `bytes:${Bun.SHA256.hash(value, 'hex')}`;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
};

/** The resources that a pending value waits for. */
const sourcesOf = (value: unknown): string =>
  Object.keys(Output.upstreamAny(value)).toSorted().join(' and ') || 'another resource';

/** Binding types whose name says nothing that a caller may not know. */
const NAMED_TYPES: ReadonlySet<string> = new Set([
  'ai',
  'analytics_engine',
  'assets',
  'browser',
  'd1',
  'durable_object_namespace',
  'kv_namespace',
  'queue',
  'r2_bucket',
  'ratelimit',
  'service',
  'version_metadata',
  'workflow',
]);

/** One leaf a binding. Alchemy turns a Redacted value into text in clear here, so nothing of a value is ever shown. */
const addBindings = (values: readonly BoundValue[], leaves: Leaves): void => {
  for (const value of values) {
    if (value.action === 'delete') continue;
    const inner: Leaves = new Map();
    collect(value.data, { path: '', isSecret: false, leaves: inner, above: [] });
    const isPending = [...inner.values()].some(({ kind }) => kind === 'pending');
    const text = JSON.stringify(
      byName(inner).map(([path, leaf]) => [path, leaf.kind === 'pending' ? null : leaf.text]),
    );
    leaves.set(`env.${value.sid}`, {
      text,
      kind: isPending ? 'pending' : 'plain',
      label: bindingsOf([value]).map(labelOf).join(' + ') || 'set',
    });
  }
};

const labelOf = (binding: Readonly<Record<string, unknown>>): string => {
  const type = textOf(binding['type']) ?? '';
  if (type === 'plain_text' || type === 'json') return '(hidden)';
  if (!NAMED_TYPES.has(type)) return '(secret)';
  const className = textOf(binding['className']);
  return className === undefined ? type : `${type}:${className}`;
};

/** Any value of Alchemy's, taken apart. */
export const leavesOf = (value: unknown): ReadonlyMap<string, Leaf> => {
  const leaves: Leaves = new Map();
  collect(fieldsOf(value), { path: '', isSecret: false, leaves, above: [] });
  return leaves;
};
