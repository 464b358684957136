// State rows → what may leave the runner. Alchemy's state holds secrets in clear (props, bindings and some attributes),
// so nothing passes but the few facts named here.
import type { Snapshot, SnapshotResource } from '../contract/snapshot.ts';
import { fieldsOf, textOf as text } from './narrow.ts';
import { boundValues } from './plan/node.ts';
import { classesOf } from './plan/worker-classes.ts';

/** The part of an Alchemy state row that is read; everything in it is unknown until checked. */
export interface StateRow {
  readonly fqn: string;
  readonly resourceType: string;
  readonly status: string;
  readonly providerMode?: unknown;
  readonly attr?: unknown;
  /** Read for the names of classes alone: the values in it are in clear. */
  readonly bindings?: unknown;
  /** When the store last wrote the row, in milliseconds since the epoch, where it tells. */
  readonly writtenAt?: number | undefined;
}

/** Attributes that carry the name Cloudflare knows a resource by. */
const PHYSICAL_NAMES = [
  'workerName',
  'databaseName',
  'bucketName',
  'queueName',
  'workflowName',
  'title',
] as const;

export const project = (
  stack: string,
  stage: string,
  rows: readonly StateRow[],
  now: number,
): Snapshot => ({
  stack,
  stage,
  publishedAt: new Date(now).toISOString(),
  resources: rows.map(projectRow).toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)),
});

const projectRow = (row: StateRow): SnapshotResource => {
  const attributes = fieldsOf(row.attr);
  return {
    id: row.fqn,
    type: row.resourceType,
    status: row.status,
    changedAt: row.writtenAt === undefined ? null : new Date(row.writtenAt).toISOString(),
    mode: row.providerMode === 'live' || row.providerMode === 'local' ? row.providerMode : null,
    physicalName: PHYSICAL_NAMES.map((name) => text(attributes[name])).find(Boolean) ?? null,
    url: plainUrl(text(attributes['url'])),
    className: text(attributes['className']) ?? null,
    host: text(attributes['scriptName']) ?? null,
    objects: classesOf(row.attr, boundValues(row.bindings)),
  };
};

/** An address without user, password, query or fragment: those are where secrets hide. */
export const plainUrl = (value: string | undefined): string | null => {
  if (value === undefined || !URL.canParse(value)) return null;
  const url = new URL(value);
  const isPlain =
    url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  return isPlain && /^https?:$/.test(url.protocol) ? value : null;
};
