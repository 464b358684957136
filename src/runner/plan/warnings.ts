// What Alchemy's rows do not say, and whoever agrees to a plan must know.
import type { Drift, Loss, PlannedResource, Warning } from '../../contract/plan.ts';
import { fieldsOf } from '../narrow.ts';
import { VERSION } from './live-drift.ts';
import type { PlanNode } from './node.ts';
import { lostClasses } from './worker-classes.ts';

export interface WarningFacts {
  readonly verb: 'deploy' | 'destroy';
  readonly mode: 'local' | 'live';
  readonly nodes: readonly PlanNode[];
  readonly resources: readonly PlannedResource[];
  readonly losses: readonly Loss[];
  readonly drift: Drift | undefined;
  readonly domains: readonly Warning[];
}

export const warningsOf = (facts: WarningFacts): Warning[] => [
  ...facts.resources.flatMap((resource) => ofAction(resource, facts)),
  ...facts.nodes.flatMap((node) => ofClasses(node, facts)),
  ...facts.losses.flatMap((loss) => ofBucket(loss, facts)),
  ...facts.domains,
  ...(facts.drift?.mode === 'live'
    ? facts.drift.resources.flatMap((found) => ofDrift(found, facts))
    : []),
];

const ofAction = ({ id, action }: PlannedResource, { verb, nodes }: WarningFacts): Warning[] => {
  if (action === 'adopt')
    return [
      {
        code: 'ADOPTED',
        id,
        message: `${id} exists outside of this stage's state under that name. It would be taken over, and a later destroy would delete it.`,
      },
    ];
  if (action === 'replace')
    return [{ code: 'REPLACED', id, message: `${id} is deleted and made anew: its data is gone.` }];
  if (action !== 'delete' || verb === 'destroy') return [];
  const isKept = nodes.find((node) => node.id === id)?.action === 'orphaned';
  const fate = isKept ? 'forgotten, and stays as it is' : 'deleted, with its data';
  return [{ code: 'DELETED', id, message: `${id} is no longer in the stack: it is ${fate}.` }];
};

const ofClasses = (node: PlanNode, { resources }: WarningFacts): Warning[] => {
  const classes = lostClasses(node);
  const isSpared = resources.find(({ id }) => id === node.id)?.action === 'noop';
  if (classes.length === 0 || isSpared) return [];
  return [
    {
      code: 'CLASS_DATA_LOST',
      id: node.id,
      message:
        `The data of every instance of ${classes.join(', ')} in ${node.id} is gone after this.`.slice(
          0,
          500,
        ),
    },
  ];
};

/** Only where it stops the operation: that objects go with their bucket, locally or by `forceDestroy`, the losses say. */
const ofBucket = ({ id, objects }: Loss, { mode, nodes }: WarningFacts): Warning[] => {
  if (typeof objects !== 'number' || objects === 0 || mode === 'local') return [];
  const props = fieldsOf(nodes.find((node) => node.id === id)?.row?.props);
  if (props['forceDestroy'] === true) return [];
  const held = `${id} holds ${objects} object${objects === 1 ? '' : 's'}`;
  const message = `${held}, and Cloudflare deletes no bucket that is not empty: empty it first.`;
  return [{ code: 'BUCKET_NOT_EMPTY', id, message, isBlocking: true }];
};

const ofDrift = (
  { id, status, properties }: Drift['resources'][number],
  { resources }: WarningFacts,
): Warning[] => {
  if (status !== 'drifted' && status !== 'missing') return [];
  const what = `Something else has ${status === 'missing' ? 'deleted' : 'changed'} ${id}`;
  const isGoing = resources.find((resource) => resource.id === id)?.action === 'delete';
  const version = properties.find(({ path }) => path === VERSION);
  if (version !== undefined && !isGoing)
    return [
      {
        code: 'DRIFTED',
        id,
        message: `${id} was taken back to version ${version.actual}, from ${version.expected}: it would serve the stack's code again.`,
      },
    ];
  const mended = status === 'missing' ? 'made anew, without what it held' : 'made as it should be';
  return [
    { code: 'DRIFTED', id, message: isGoing ? `${what}.` : `${what}: it would be ${mended}.` },
  ];
};
