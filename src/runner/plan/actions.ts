// What a plan does to each resource, in our words. Alchemy's need reading: a local Worker that merely is not served now
// plans `update`, and so does whatever hangs on a resource that changes.
import { PLAN_ACTIONS, type PlanAction } from '../../contract/plan.ts';
import { hasChanges, sidesOf } from './leaves.ts';
import type { PlanNode } from './node.ts';
import { isServedLocally } from './served-types.ts';

export interface PlannedAction {
  readonly action: PlanAction;
  /** Of an update with nothing of its own: the resources whose change brings it about. */
  readonly causes: readonly string[];
}

const OURS: Readonly<Record<string, PlanAction>> = { adopted: 'adopt', orphaned: 'delete' };

/** An action of a later Alchemy counts as a change. */
const named = (action: string): PlanAction =>
  OURS[action] ?? PLAN_ACTIONS.find((known) => known === action) ?? 'update';

/** `spared` are left out of a destroy. */
export const actionsOf = (
  nodes: readonly PlanNode[],
  hasNewFiles: (node: PlanNode) => boolean,
  spared: ReadonlySet<string> = new Set(),
): ReadonlyMap<string, PlannedAction> => {
  const actions = new Map<string, PlannedAction>();
  const undecided = new Map<string, PlanNode>();
  for (const node of nodes) {
    const action = spared.has(node.id) ? 'noop' : named(node.action);
    const isOwn = action !== 'update' || hasNewFiles(node) || hasChanges(sidesOf(node));
    if (isOwn) actions.set(node.id, { action, causes: [] });
    else undecided.set(node.id, node);
  }
  // A change reaches what is downstream of it, and from there goes on.
  for (let isMoving = true; isMoving;) {
    isMoving = false;
    for (const id of undecided.keys()) {
      const causes = nodes
        .filter((other) => other.downstream.includes(id) && isChange(actions.get(other.id)))
        .map((other) => other.id);
      if (causes.length === 0) continue;
      actions.set(id, { action: 'update', causes });
      undecided.delete(id);
      isMoving = true;
    }
  }
  // Any other has a reason that only Alchemy knows: the bundle, or a provider's word.
  for (const [id, { type, mode }] of undecided)
    actions.set(id, { action: isServedLocally(type, mode) ? 'noop' : 'update', causes: [] });
  return actions;
};

const isChange = (planned: PlannedAction | undefined): boolean =>
  planned !== undefined && planned.action !== 'noop';
