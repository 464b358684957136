// What a waiting caller is told of a step: "demo-db created (3 of 11)".
import type { Operation, OperationEvent } from '../../../contract/operation.ts';

/** Alchemy's words for a resource it has finished with: created, updated, replaced, deleted, adopted … */
const DONE = /ed$|^noop$/;

export const createProgress = () => {
  const done = new Set<string>();
  return (event: OperationEvent, { plan }: Operation): string => {
    if (event.type !== 'resource' || event.id === undefined) return event.status;
    if (DONE.test(event.status)) done.add(event.id);
    const step = `${event.id} ${event.status}`;
    if (plan === undefined) return step;
    const total = plan.resources.filter(({ action }) => action !== 'noop').length;
    return `${step} (${Math.min(done.size, total)} of ${total})`;
  };
};
