// Where the local cloud keeps a resource's data: Alchemy leaves it behind when the resource is deleted. Names as the
// runtime derives them; what does not look like one of its names is left alone.
import { createHash, createHmac } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { PROBE_INSTANCE } from '../../contract/probe.ts';
import { fieldsOf, textOf } from '../narrow.ts';

/** The part of a state row that says where its data is. */
export interface LocalRow {
  readonly resourceType: string;
  readonly attr?: unknown;
}

const NAME = /^[\w.:-]{1,200}$/;
const SIMULATORS: Readonly<Record<string, { id: string; folder: string; className: string }>> = {
  'Cloudflare.D1Database': {
    id: 'databaseId',
    folder: 'd1',
    className: 'cloudflare-runtime-D1DatabaseObject',
  },
  'Cloudflare.R2.Bucket': {
    id: 'bucketName',
    folder: 'r2',
    className: 'cloudflare-runtime-R2BucketObject',
  },
  'Cloudflare.KV.Namespace': {
    id: 'namespaceId',
    folder: 'kv',
    className: 'cloudflare-runtime-KVNamespaceObject',
  },
};
const DATABASE_FILES = ['.sqlite', '.sqlite-shm', '.sqlite-wal'] as const;
/** The runtime's own book-keeping, one a class. */
const BOOKS = 'metadata.sqlite';

const folderOf = (root: string): string => join(root, '.alchemy', 'local');

/** The files and folders of one resource, below `.alchemy/local`. Only what belongs to it alone. */
export const placesOf = ({ resourceType, attr }: LocalRow): string[] => {
  const attributes = fieldsOf(attr);
  if (resourceType === 'Cloudflare.Worker')
    return Object.values(fieldsOf(attributes['durableObjectNamespaces'])).flatMap(nameOf);
  if (resourceType === 'Cloudflare.Workflow')
    return nameOf(attributes['workflowName']).map((name) => join('workflows', name));
  const simulator = SIMULATORS[resourceType];
  const [id] = simulator === undefined ? [] : nameOf(attributes[simulator.id]);
  if (simulator === undefined || id?.startsWith('dev:') !== true) return [];
  const { folder, className } = simulator;
  const database = join(folder, className, objectIdOf(className, id));
  return [
    join(folder, id.replaceAll(':', '_')),
    ...DATABASE_FILES.map((suffix) => `${database}${suffix}`),
  ];
};

const nameOf = (value: unknown): string[] => {
  const text = textOf(value);
  return text !== undefined && NAME.test(text) && !text.startsWith('.') ? [text] : [];
};

/** As workerd draws the id of a named Durable Object. */
const objectIdOf = (className: string, name: string): string => {
  const key = createHash('sha256').update(className).digest();
  const hmac = (data: string | Uint8Array) =>
    createHmac('sha256', key).update(data).digest().subarray(0, 16);
  const named = hmac(name);
  return Buffer.concat([named, hmac(named)]).toString('hex');
};

/** Removes the data of rows that are gone. What a row of any stage still names stays. */
export const removeLocalData = (
  root: string,
  gone: readonly LocalRow[],
  left: readonly LocalRow[],
): void => {
  const kept = new Set(left.flatMap(placesOf));
  for (const place of gone.flatMap(placesOf))
    if (!kept.has(place)) rmSync(join(folderOf(root), place), { recursive: true, force: true });
};

/** How many instances of a class, or runs of a Workflow, have anything stored. `name`: of its folder. */
export const countStored = (root: string, name: string): number => {
  const folder = join(folderOf(root), name);
  if (!NAME.test(name.replace(/^workflows\//, '')) || !existsSync(folder)) return 0;
  const isOurs = new Set([BOOKS, `${objectIdOf(name, PROBE_INSTANCE)}.sqlite`]);
  return readdirSync(folder).filter((file) => file.endsWith('.sqlite') && !isOurs.has(file)).length;
};
