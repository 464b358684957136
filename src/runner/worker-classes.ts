// The Durable Object classes a Worker exports, before and after a plan. Alchemy's plan says `update` when one goes, and
// the data of all its instances goes with it.
import { fieldsOf, textOf } from './narrow.ts';
import { type BoundValue, type PlanNode, type Row, bindingsOf, isDeletion } from './plan-node.ts';

export const WORKER = 'Cloudflare.Worker';

/** The classes of the row's own, by what Cloudflare has of it and by what was bound. */
const classesOf = (row: Pick<Row, 'attr' | 'bindings'> | undefined): string[] =>
  row === undefined
    ? []
    : [
        ...new Set([
          ...Object.keys(fieldsOf(row.attr['durableObjectNamespaces'])),
          ...ownClasses(row.bindings).map(({ className }) => className),
        ]),
      ].toSorted();

/** Classes whose data an apply would delete. A class that is bound anew under its old name is renamed, but only live. */
export const lostClasses = (node: PlanNode): string[] => {
  if (node.type !== WORKER || node.action === 'create') return [];
  const before = classesOf(node.row);
  if (node.action === 'orphaned') return [];
  if (isDeletion(node) || node.action === 'replace') return before;
  const after = ownClasses(node.bindings);
  const bound = new Set(after.map(({ sid }) => sid));
  const kept = new Set(after.map(({ className }) => className));
  for (const { sid, className } of ownClasses(node.row?.bindings ?? []))
    if (node.mode !== 'local' && bound.has(sid)) kept.add(className);
  return before.filter((name) => !kept.has(name));
};

/** Bound without the name of another script. */
const ownClasses = (bindings: readonly BoundValue[]): { sid: string; className: string }[] =>
  bindingsOf(bindings).flatMap(({ sid, type, className, scriptName }) => {
    const name = textOf(className);
    const isOwn = type === 'durable_object_namespace' && scriptName === undefined;
    return isOwn && name !== undefined ? [{ sid, className: name }] : [];
  });
