// Joins what Alchemy's state says of each resource with what a probe of it sees now. State without a probe and a probe
// without state are both told as what they are: half the truth.
import type { CatalogEntry, CatalogKind } from '../../contract/catalog.ts';
import type { SnapshotResource } from '../../contract/snapshot.ts';
import { now } from '../../lib/clock.ts';
import { type Health, probe } from './probe.ts';
import type { Stage } from './stage.ts';

export const OBJECT_TYPE = 'Cloudflare.DurableObject';

export interface ResourceRow
  extends Omit<SnapshotResource, 'className' | 'host' | 'objects'>, Health {
  readonly checkedAt: string | null;
}

interface Pair {
  readonly resource: SnapshotResource;
  /** Absent when `alchemy.run.ts` declares no way to reach it. */
  readonly entry?: CatalogEntry;
}

/** Every resource of the stage, in the order of their ids. */
export const resourceStatus = async (stage: Stage) => {
  const snapshot = await stage.snapshot();
  const pairs = pair(snapshot?.resources ?? [], stage.catalog.entries);
  const resources = await Promise.all(pairs.map((it) => probed(stage, it)));
  return { resources, stateAsOf: snapshot?.publishedAt ?? null };
};

/** Every row of the state, a row for each Durable Object class in it, and what is declared but in no state. */
export const pair = (
  resources: readonly SnapshotResource[],
  entries: readonly CatalogEntry[],
): Pair[] => {
  const rows = resources.flatMap((row) => [
    row,
    ...row.objects.map((name) => objectRow(row, name)),
  ]);
  const met = new Set<CatalogEntry>();
  const known = rows.map((resource): Pair => {
    const entry = entries.find((candidate) => describes(candidate, resource, resources));
    if (entry === undefined) return { resource };
    met.add(entry);
    return { resource, entry };
  });
  const unknown = entries
    .filter((entry) => !met.has(entry))
    .map((entry): Pair => ({ resource: unpublishedRow(entry), entry }));
  return [...known, ...unknown].toSorted((a, b) => (a.resource.id < b.resource.id ? -1 : 1));
};

const describes = (
  entry: CatalogEntry,
  row: SnapshotResource,
  all: readonly SnapshotResource[],
): boolean => {
  if (entry.kind === 'object') return row.id === objectId(entry.resource, entry.name);
  if (entry.kind === 'workflow')
    return row.className === entry.name && row.host === physicalNameOf(entry.resource, all);
  return row.id === entry.resource;
};

const physicalNameOf = (id: string, all: readonly SnapshotResource[]): string | null =>
  all.find((row) => row.id === id)?.physicalName ?? null;

const objectId = (host: string, className: string): string => `${host}/${className}`;

/** Alchemy keeps Durable Object classes inside the row of the Worker that exports them. */
const objectRow = (host: SnapshotResource, className: string): SnapshotResource => ({
  ...host,
  id: objectId(host.id, className),
  type: OBJECT_TYPE,
  physicalName: className,
  url: null,
  objects: [],
});

const TYPES: Readonly<Record<CatalogKind, string>> = {
  database: 'Cloudflare.D1Database',
  bucket: 'Cloudflare.R2.Bucket',
  namespace: 'Cloudflare.KV.Namespace',
  flags: 'Cloudflare.KV.Namespace',
  queue: 'Cloudflare.Queues.Queue',
  worker: 'Cloudflare.Worker',
  workflow: 'Cloudflare.Workflow',
  object: OBJECT_TYPE,
};

const unpublishedRow = (entry: CatalogEntry): SnapshotResource => ({
  id: entry.kind === 'object' ? objectId(entry.resource, entry.name) : entry.name,
  type: TYPES[entry.kind],
  status: 'unknown',
  changedAt: null,
  mode: null,
  physicalName: null,
  url: null,
  className: null,
  host: null,
  objects: [],
});

const probed = async (stage: Stage, { resource, entry }: Pair): Promise<ResourceRow> => {
  const { className: _className, host: _host, objects: _objects, ...facts } = resource;
  const health = ownHealth(stage, facts.id) ?? (entry && (await probe(stage, entry)));
  if (health !== undefined)
    return { ...facts, ...health, checkedAt: new Date(now()).toISOString() };
  return {
    ...facts,
    health: 'unknown',
    detail: 'Not probed: McpServer(…) in alchemy.run.ts declares no binding to it.',
    latencyMs: null,
    checkedAt: null,
  };
};

/** The server and its own objects answer this very call. */
const ownHealth = (stage: Stage, id: string): Health | undefined =>
  id === stage.catalog.self || id.startsWith(`${stage.catalog.self}/`)
    ? { health: 'healthy', detail: 'Is answering this call.', latencyMs: null }
    : undefined;
