// The Durable Object classes a Worker exports, before and after a plan. Alchemy's plan says `update` when one goes, and
// the data of all its instances goes with it.
import { fieldsOf, textOf } from '../narrow.ts';
import { type BoundValue, type PlanNode, bindingsOf, isDeletion } from './node.ts';

export const WORKER = 'Cloudflare.Worker';

/** The classes of the row's own. Live, Alchemy's attributes also have those that another script exports. */
export const classesOf = (attr: unknown, bindings: readonly BoundValue[]): string[] => {
  const own = new Set(ownClasses(bindings).map(({ className }) => className));
  const foreign = new Set(objectBindings(bindings).map(({ className }) => className));
  const known = Object.keys(fieldsOf(fieldsOf(attr)['durableObjectNamespaces']));
  return [
    ...new Set([...own, ...known.filter((name) => own.has(name) || !foreign.has(name))]),
  ].toSorted();
};

const KEEPS_ALL: ReadonlySet<string> = new Set(['create', 'noop', 'orphaned']);

/** Classes whose data an apply would delete. A class that is bound anew under its old name is renamed, but only live. */
export const lostClasses = (node: PlanNode): string[] => {
  if (node.type !== WORKER || node.row === undefined || KEEPS_ALL.has(node.action)) return [];
  const before = classesOf(node.row.attr, node.row.bindings);
  if (isDeletion(node) || node.action === 'replace') return before;
  const after = ownClasses(node.bindings);
  const bound = new Set(after.map(({ sid }) => sid));
  const kept = new Set(after.map(({ className }) => className));
  for (const { sid, className } of ownClasses(node.row.bindings))
    if (node.mode !== 'local' && bound.has(sid)) kept.add(className);
  return before.filter((name) => !kept.has(name));
};

/** Bound without the name of another script. */
const ownClasses = (bindings: readonly BoundValue[]) =>
  objectBindings(bindings).filter(({ isOwn }) => isOwn);

const objectBindings = (bindings: readonly BoundValue[]) =>
  bindingsOf(bindings).flatMap(({ sid, type, className, scriptName }) => {
    const name = textOf(className);
    return type === 'durable_object_namespace' && name !== undefined
      ? [{ sid, className: name, isOwn: scriptName === undefined || scriptName === null }]
      : [];
  });
