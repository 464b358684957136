// One digest for a plan. Equal digests mean the same operation on the same state, with the same code and the same
// secrets. A keyed hash, so that what is short and secret in a plan cannot be guessed from it.
import { createHmac } from 'node:crypto';

import type { Drift } from '../../contract/plan.ts';
import { byName, fieldsOf, listOf, textOf } from '../narrow.ts';
import { actionsOf } from './actions.ts';
import { ownCodeHash } from './code-hash.ts';
import { type FileFacts, hasNewFiles, withoutCode } from './file-facts.ts';
import { type Leaf, leavesOf, sidesOf } from './leaves.ts';
import { type Native, type PlanNode, nodesOf } from './node.ts';
import { isServedLocally } from './served-types.ts';

/** Rises when the same plan would get another digest. */
const VERSION = 1;
/** The fingerprint of all that belongs to no resource. */
const REST = '*';

export interface DigestInput {
  readonly verb: 'deploy' | 'destroy';
  readonly stack: string;
  readonly stage: string;
  /** Alchemy's version: another one does something else with the same plan. */
  readonly engine: string;
  readonly key: string;
  readonly native: Native;
  /** The project's folder, and the stack's file in it. */
  readonly root: string;
  readonly entrypoint: string;
  readonly facts: ReadonlyMap<string, FileFacts>;
  /** Every row and the stack's output as they were before planning, encoded as Alchemy stores them. */
  readonly state: Readonly<Record<string, unknown>>;
  readonly spared?: ReadonlySet<string>;
  readonly drift?: Drift | undefined;
}

export interface PlanDigest {
  readonly digest: string;
  readonly fingerprints: Readonly<Record<string, string>>;
}

export const digestOf = (input: DigestInput): PlanDigest => {
  const hash = (value: unknown) =>
    createHmac('sha256', input.key)
      .update(JSON.stringify(canonical(value)))
      .digest('hex');
  const normal = withoutPorts(input.state);
  const nodes = nodesOf(input.native);
  const actions = actionsOf(
    nodes,
    (node) => hasNewFiles(withoutCode(input.facts.get(node.id))),
    input.spared,
  );
  const known = new Set(nodes.map(({ id }) => id));
  const resources = nodes.map((node): [string, string] => [
    node.id,
    hash(
      normal({
        id: node.id,
        action: actions.get(node.id)?.action,
        ...desired(node),
        files: byName(input.facts.get(node.id)?.after ?? []),
        state: settled(input.state[node.id]),
        drift: input.drift?.resources.find(({ id }) => id === node.id),
      }),
    ),
  ]);
  const { verb, stack, stage, engine, native } = input;
  const rest = {
    version: VERSION,
    verb,
    stack,
    stage,
    engine,
    mode: native.defaultMode,
    scripts: scriptsOf(input),
    outputs: [...leavesOf({ output: native.output }).keys()].toSorted(),
    state: byName(Object.entries(input.state)).filter(([id]) => !known.has(id)),
    drift: input.drift?.resources.filter(({ id }) => !known.has(id)),
  };
  const fingerprints = { ...Object.fromEntries(resources), [REST]: hash(normal(rest)) };
  return { digest: hash(fingerprints), fingerprints };
};

const desired = (node: PlanNode) => {
  const { before, after } = sidesOf(node);
  return {
    type: node.type,
    mode: node.mode,
    isDeletedFirst: node.isDeletedFirst,
    removalPolicy: node.removalPolicy,
    renamedFrom: node.renamedFrom,
    properties: byName(after).map(([path, leaf]) => {
      // What hangs on a Worker that merely is not served now is pending; it will be what it was.
      if (leaf.kind !== 'pending') return [path, leaf.kind, leaf.text];
      const { kind, text } = before.get(path) ?? PENDING;
      return [path, kind === 'pending' ? 'plain' : kind, withoutAddresses(text, node.mode)];
    }),
  };
};

/** Its text would depend on what else is planned. */
const PENDING: Leaf = { kind: 'pending', text: '(pending)' };

/** Alchemy's actions, which run code of the stack itself: with what they are given, and all of the stack's own modules. */
const scriptsOf = ({ native, root, entrypoint }: DigestInput) => {
  const nodes = [...Object.values(native.actions), ...Object.values(native.actionDeletions)].filter(
    (node) => node !== undefined,
  );
  const scripts = nodes
    .map((node): [string, unknown] => [
      `${node.def.FQN}:${node.action}`,
      byName(leavesOf({ input: fieldsOf(node)['input'] })),
    ])
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return nodes.some(({ action }) => action === 'run')
    ? [...scripts, ownCodeHash(root, entrypoint)]
    : scripts;
};

/** What a row says of a Worker it is bound to is from when the row was written: a port that may be another's by now. */
const LOCAL_ADDRESS = /\bhttp:\/\/(?:localhost|127\.0\.0\.1):\d+/g;

const withoutAddresses = (text: string, mode: unknown): string =>
  mode === 'local' ? text.replaceAll(LOCAL_ADDRESS, 'http://local') : text;

const settled = (row: unknown): unknown => {
  const { providerMode, resourceType, status } = fieldsOf(row);
  if (providerMode !== 'local') return row;
  const isServedAgain = isServedLocally(resourceType, providerMode) && status === 'updated';
  return inTexts({ ...fieldsOf(row), ...(isServedAgain && { status: 'created' }) }, (text) =>
    withoutAddresses(text, providerMode),
  );
};

/** Free ports that local Workers got are another Worker's after a restart; nothing else depends on them. */
const withoutPorts = (state: Readonly<Record<string, unknown>>) => {
  const names = Object.entries(state).flatMap(([id, row]) => {
    const { providerMode, attr } = fieldsOf(row);
    if (providerMode !== 'local') return [];
    const { url, urls } = fieldsOf(attr);
    return [url, ...listOf(urls)].flatMap((address): [string, string][] => {
      const text = textOf(address);
      return text === undefined ? [] : [[text, `local:${id}`]];
    });
  });
  const named = (text: string): string =>
    names.reduce(
      // Not the start of another port: 1337 is not 13370.
      (result, [address, name]) =>
        result.replaceAll(new RegExp(`${RegExp.escape(address)}(?!\\d)`, 'g'), name),
      text,
    );
  return names.length === 0 ? (value: unknown) => value : (value: unknown) => inTexts(value, named);
};

const inTexts = (value: unknown, change: (text: string) => string): unknown => {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item: unknown) => inTexts(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, inTexts(child, change)]),
  );
};

/** Keys in order, nothing that JSON would drop. */
const canonical = (value: unknown): unknown => {
  if (typeof value === 'bigint') return `${value}n`;
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    byName(Object.entries(value))
      .filter(([, child]) => child !== undefined)
      .map(([key, child]) => [key, canonical(child)]),
  );
};
