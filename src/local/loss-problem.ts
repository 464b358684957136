// A start deploys the stack as it is now. If that would delete something, somebody has to have said so: a line removed
// from alchemy.run.ts must not cost its data in silence.
import type { Plan } from '../contract/plan.ts';

const MAX_NAMED = 5;

/** Undefined when the plan deletes and replaces nothing; else a sentence that names what would be lost, and the way out. */
export const lossProblem = (plan: Plan, remedy: string): string | undefined => {
  const gone = plan.resources
    .filter(({ action }) => action === 'delete' || action === 'replace')
    .map(({ id, type, action }) => `${id} (${type.replace('Cloudflare.', '')}, ${action}d)`);
  const classes = plan.warnings
    .filter(
      ({ code, id }) => code === 'CLASS_DATA_LOST' && !gone.some((it) => it.startsWith(`${id} `)),
    )
    .map(({ message }) => message.replace(/\.$/, ''));
  const lost = [...gone, ...classes];
  if (lost.length === 0) return undefined;
  const rest = lost.length > MAX_NAMED ? ` and ${lost.length - MAX_NAMED} more` : '';
  return `With alchemy.run.ts as it is, this would lose data: ${lost.slice(0, MAX_NAMED).join(', ')}${rest}. Put it back, or let it go: ${remedy}`;
};
