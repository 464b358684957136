// What would be gone with the resources that a plan deletes or replaces. Everything that is not known to hold nothing is
// in here: with counts where somebody could count, else with nulls and the reason.
import type { Inspection } from '../../contract/inspection.ts';
import type { Loss } from '../../contract/plan.ts';
import { countStored } from '../local-cloud/local-data.ts';
import { fieldsOf, textOf } from '../narrow.ts';
import { type PlanNode, isDeletion } from './node.ts';
import { WORKER, lostClasses } from './worker-classes.ts';

export interface LossOptions {
  readonly root: string;
  readonly mode: 'local' | 'live';
  readonly spared: ReadonlySet<string>;
  /** What the stage's server says; undefined when it did not answer. */
  readonly inspection: Inspection | undefined;
}

/** They can be made again from the stack alone. A Worker is one of them when it has no Durable Objects. */
const STATELESS: ReadonlySet<string> = new Set([
  'Cloudflare.Queues.Consumer',
  'Cloudflare.Workers.Route',
  'Cloudflare.Workers.CronEventSource',
  'Cloudflare.Workers.Subdomain',
]);

const UNCOUNTED: Readonly<Record<string, Partial<Loss>>> = {
  'Cloudflare.D1Database': { tables: null, rows: null },
  'Cloudflare.R2.Bucket': { objects: null, bytes: null },
  'Cloudflare.KV.Namespace': { keys: null },
  'Cloudflare.Queues.Queue': { messages: null },
};

export const isLosing = (node: PlanNode): boolean =>
  isDeletion(node) || node.action === 'replace' || lostClasses(node).length > 0;

export const plannedLosses = (nodes: readonly PlanNode[], options: LossOptions): Loss[] =>
  nodes
    .filter((node) => !options.spared.has(node.id) && isLosing(node))
    .flatMap((node) => lossOf(node, options));

const lossOf = (node: PlanNode, options: LossOptions): Loss[] => {
  const { id, type } = node;
  if (node.action === 'orphaned')
    return [
      {
        id,
        type,
        isComplete: true,
        detail: 'Kept, as its removal policy says; only the state forgets it.',
      },
    ];
  if (STATELESS.has(type)) return [];
  if (type === WORKER) return objectLoss(node, options);
  if (type === 'Cloudflare.Workflow') return [runLoss(node, options)];
  const counted = options.inspection?.losses.find((loss) => loss.id === id);
  if (counted !== undefined) return [counted];
  const reason =
    options.inspection === undefined
      ? 'The MCP server of the stage did not answer, so nobody could count.'
      : 'The MCP server of the stage has no binding to it, so nobody could count.';
  const counts = UNCOUNTED[type];
  return [
    {
      id,
      type,
      ...counts,
      isComplete: false,
      detail: counts === undefined ? 'What it holds is not known.' : reason,
    },
  ];
};

const objectLoss = (node: PlanNode, { root, mode }: LossOptions): Loss[] => {
  const classes = lostClasses(node);
  const { id, type } = node;
  if (classes.length === 0) return [];
  const named = `Durable Object ${classes.length === 1 ? 'class' : 'classes'}`;
  if (mode === 'live')
    return [
      {
        id,
        type,
        instances: null,
        isComplete: false,
        detail: `All data of the ${named} ${classes.join(', ')}; Cloudflare does not tell how many instances there are.`,
      },
    ];
  const folders = fieldsOf(node.row?.attr['durableObjectNamespaces']);
  const counts = classes.map((name) => ({
    name,
    count: countStored(root, textOf(folders[name]) ?? ''),
  }));
  return [
    {
      id,
      type,
      isComplete: true,
      instances: counts.reduce((sum, { count }) => sum + count, 0),
      detail: `${named} ${counts.map(({ name, count }) => `${name}: ${count}`).join(', ')}`,
    },
  ];
};

const runLoss = ({ id, type, row }: PlanNode, { root, mode }: LossOptions): Loss => {
  const name = textOf(row?.attr['workflowName']);
  const isCounted = mode === 'local' && name !== undefined;
  return {
    id,
    type,
    isComplete: isCounted,
    instances: isCounted ? countStored(root, `workflows/${name}`) : null,
    detail: isCounted
      ? 'Runs of the Workflow, with what they have reached.'
      : 'Runs of the Workflow; Cloudflare was not asked how many.',
  };
};
