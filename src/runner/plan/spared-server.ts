// A destroy of the hub's own stage would end the server that has to tell of it, and the journal with it. So the MCP
// server and its flags stay: they are taken out of the plan before it is applied.
import { catalogSchema } from '../../contract/catalog.ts';
import { parseJson } from '../../lib/json.ts';
import { textOf } from '../narrow.ts';
import { type Native, type PlanNode, bindingsOf } from './node.ts';
import { WORKER } from './worker-classes.ts';

/** The ids of the MCP server and of its flags: no other Worker has both an engine and a catalog bound to it. */
export const serverOf = (nodes: readonly PlanNode[]): ReadonlySet<string> => {
  const spared = new Set<string>();
  for (const node of nodes) {
    const bound = bindingsOf(node.row?.bindings ?? []);
    const isServer =
      node.type === WORKER &&
      bound.some(({ sid }) => sid === 'STAGE_ENGINE') &&
      bound.some(({ sid }) => sid === 'MCP_CATALOG');
    if (!isServer) continue;
    spared.add(node.id);
    for (const flags of flagsOf(bound)) spared.add(flags);
  }
  return spared;
};

const flagsOf = (bound: ReturnType<typeof bindingsOf>): string[] => {
  const text = textOf(bound.find(({ sid }) => sid === 'MCP_CATALOG')?.['text']);
  const catalog = catalogSchema.safeParse(parseJson(text));
  return (catalog.data?.entries ?? [])
    .filter(({ kind }) => kind === 'flags')
    .map(({ resource }) => resource);
};

/**
 * Takes the server out of a destroy. Alchemy waits for dependants only as far as they are to be deleted too; but at the
 * end of a destroy it drops every row that is left, which here would be the server's.
 */
export const spare = (native: Native, spared: ReadonlySet<string>): void => {
  for (const id of spared) Reflect.deleteProperty(native.deletions, id);
  if (spared.size > 0) native.destroy = false;
};
