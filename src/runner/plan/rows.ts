// An Alchemy plan as rows that a caller may read: what happens to each resource, and which of its properties change.
// Nothing leaves here by default: a value is shown when its path is named below, and of all else only that it changes.
import { CODE_PROPERTY, type PlannedResource, type PropertyChange } from '../../contract/plan.ts';
import { byName } from '../narrow.ts';
import { type PlannedAction, actionsOf } from './actions.ts';
import { type FileFacts, comparable, hasNewFiles, onlyCode, withoutCode } from './file-facts.ts';
import { type Leaf, isChanged, sidesOf } from './leaves.ts';
import { type Native, type PlanNode, nodesOf } from './node.ts';

const SHOWN = [
  /^compatibility\.(date|flags\.\d+)$/,
  /^(main|name|title|className|migrations|code)$/,
  /^migrationsHashes\./,
  /^files\(/,
  /^domain/,
  /^crons\.\d+$/,
  /^(jurisdiction|storageClass|locationHint)$/,
  /^settings\.\w+$/,
] as const;

/** May the value of a property be told? Of anything that is not named here, only that it is there. */
export const isShown = (path: string): boolean => SHOWN.some((rule) => rule.test(path));

const MAX_TEXT = 200;
const MAX_PATH = 300;
const MAX_CHANGES = 500;

export interface RowOptions {
  readonly facts?: ReadonlyMap<string, FileFacts>;
  readonly spared?: ReadonlySet<string>;
}

export const planRows = (
  native: Native,
  { facts = new Map(), spared = new Set() }: RowOptions = {},
): PlannedResource[] => {
  const nodes = nodesOf(native);
  const actions = actionsOf(nodes, (node) => hasNewFiles(withoutCode(facts.get(node.id))), spared);
  const resources = nodes.map((node) => rowOf(node, actions.get(node.id), facts.get(node.id)));
  return [...resources, ...scriptRows(native)].toSorted((a, b) =>
    a.id < b.id ? -1 : a.id > b.id ? 1 : 0,
  );
};

const rowOf = (
  node: PlanNode,
  planned: PlannedAction | undefined,
  facts: FileFacts | undefined,
): PlannedResource => {
  const { action, causes } = planned ?? { action: 'update', causes: [] };
  const { id, type } = node;
  // Local Workers follow their sources without a deploy, and Alchemy calls them unchanged.
  if (action === 'noop' && node.mode === 'local' && hasNewFiles(onlyCode(facts)))
    return { id, type, action: 'update', properties: fileChanges(onlyCode(facts)) };
  if (action === 'noop') return { id, type, action, properties: [] };
  const own = [...changesOf(node, facts), ...modeChange(node)];
  const reason = own.length === 0 && action === 'update' ? [reasonOf(causes, facts)] : [];
  return { id, type, action, properties: [...own, ...reason].slice(0, MAX_CHANGES) };
};

const fileChanges = (facts: FileFacts | undefined): PropertyChange[] =>
  [...(facts?.after ?? [])].map(([path, to]) => ({
    path,
    from: facts?.before.get(path) ?? null,
    to,
  }));

const changesOf = (node: PlanNode, facts: FileFacts | undefined): PropertyChange[] => {
  const sides = sidesOf(node);
  const files = node.action === 'create' ? facts : comparable(facts);
  const before = new Map([...sides.before, ...plainLeaves(files?.before)]);
  const after = new Map([...sides.after, ...plainLeaves(files?.after)]);
  return byName(new Map([...before, ...after]))
    .filter(([path]) => isChanged(before.get(path), after.get(path)))
    .map(([path]) => {
      const from = shown(path, before.get(path));
      const to = shown(path, after.get(path));
      const isOther = from === to && to !== null && !to.startsWith('(');
      return { path: path.slice(0, MAX_PATH), from, to: isOther ? `${to} (another)` : to };
    });
};

const plainLeaves = (facts: ReadonlyMap<string, string> | undefined): [string, Leaf][] =>
  [...(facts ?? [])].map(([path, text]) => [path, { text, kind: 'plain' }]);

const shown = (path: string, leaf: Leaf | undefined): string | null => {
  if (leaf === undefined) return null;
  if (leaf.label !== undefined) return leaf.label;
  if (leaf.kind === 'pending') return leaf.text.slice(0, MAX_TEXT);
  if (leaf.kind === 'secret') return '(secret)';
  return isShown(path) ? leaf.text.slice(0, MAX_TEXT) : '(hidden)';
};

const modeChange = ({ row, mode }: PlanNode): PropertyChange[] =>
  row?.mode === undefined || mode === undefined || row.mode === mode
    ? []
    : [{ path: '(provider mode)', from: row.mode, to: mode }];

/** An update without a property of its own still has a reason. */
const reasonOf = (causes: readonly string[], facts: FileFacts | undefined): PropertyChange => {
  if (causes.length > 0)
    return {
      path: '(dependency)',
      from: null,
      to: `because a dependency changes: ${causes.join(', ')}`.slice(0, MAX_TEXT),
    };
  const code = facts?.after.get(CODE_PROPERTY);
  return code === undefined
    ? { path: '(provider)', from: '(hidden)', to: '(hidden)' }
    : { path: CODE_PROPERTY, from: '(hidden)', to: code };
};

/** What a stack runs beside its resources; what is merely no longer in it has no effect. */
const scriptRows = (native: Native): PlannedResource[] =>
  Object.values(native.actions).map(({ def, action }) => ({
    id: def.FQN,
    type: def.Type,
    action,
    properties: [],
  }));
