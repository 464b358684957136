// Is a local stage as its state says? The local cloud cannot be observed from outside (Alchemy's own look reports
// resources as missing that are fine), so this asks whoever uses the resources: each Worker whether it answers, the
// stage's server whether it reaches what is bound to it, and the plan whether the stack has moved on.
import type { Inspection } from '../../contract/inspection.ts';
import {
  CODE_PROPERTY,
  type Drift,
  type DriftedResource,
  type PlannedResource,
} from '../../contract/plan.ts';
import type { Snapshot, SnapshotResource } from '../../contract/snapshot.ts';
import { isAnswering } from '../readiness.ts';
import { isSettled, unfinished } from './settled.ts';

export interface LocalDriftFacts {
  readonly snapshot: Snapshot;
  readonly planned: readonly PlannedResource[];
  /** Undefined when the stage's server did not answer. */
  readonly inspection: Inspection | undefined;
}

export const localDrift = async (facts: LocalDriftFacts): Promise<Drift> => ({
  mode: 'local',
  resources: await Promise.all(
    facts.snapshot.resources.map((resource) => driftOf(resource, facts)),
  ),
});

const driftOf = async (
  resource: SnapshotResource,
  { planned, inspection }: LocalDriftFacts,
): Promise<DriftedResource> => {
  const { id, type, status, url } = resource;
  const base = { id, type, properties: [] };
  if (!isSettled(status)) return { ...base, status: 'unknown', detail: unfinished(status) };
  if (url !== null && !(await isAnswering(url)))
    return { ...base, status: 'missing', detail: `Nothing answers at ${url}.` };
  const health = inspection?.resources.find((inspected) => inspected.id === id);
  if (health?.health === 'unhealthy')
    return { ...base, status: 'drifted', detail: health.detail.slice(0, 500) };
  const change = planned.find((row) => row.id === id);
  if (change !== undefined && hasMovedOn(change))
    return {
      ...base,
      status: 'drifted',
      properties: change.properties.map(({ path, from, to }) => ({
        path,
        expected: to,
        actual: from,
      })),
      detail: `The stack has moved on: a deploy would ${change.action} it.`,
    };
  if (url !== null) return { ...base, status: 'in_sync', detail: `It answers at ${url}.` };
  return health?.health === 'healthy'
    ? { ...base, status: 'in_sync', detail: health.detail.slice(0, 500) }
    : { ...base, status: 'unknown', detail: whyUnknown(inspection) };
};

/** Local Workers follow their code without a deploy. */
const hasMovedOn = ({ action, properties }: PlannedResource): boolean =>
  action !== 'noop' &&
  !(action === 'update' && properties.every(({ path }) => path === CODE_PROPERTY));

const whyUnknown = (inspection: Inspection | undefined): string =>
  inspection === undefined
    ? 'The MCP server of the stage did not answer, and nothing else can look at it.'
    : 'Nothing is there to look at it with.';
