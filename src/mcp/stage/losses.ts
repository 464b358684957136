// What would be gone with a stage's resources, counted through their bindings. Counting reads, and a large store is not
// read to its end: then the counts are lower bounds, and say so.
import type { CatalogEntry } from '../../contract/catalog.ts';
import { OpsError } from '../../contract/errors.ts';
import type { Loss } from '../../contract/plan.ts';
import type { SnapshotResource } from '../../contract/snapshot.ts';
import { now } from '../../lib/clock.ts';
import { OBJECT_TYPE, pair } from './resource-status.ts';
import type { Stage } from './stage.ts';
import { touch } from './touch.ts';

const MAX_PAGES = 20;
const MAX_TABLES = 200;
/** After this time no further page or table is read. */
const COUNTING_MS = 8_000;
const LIMIT_MS = 12_000;

type Counts = Pick<Loss, 'isComplete' | 'detail'> & Partial<Loss>;

/** A loss for each resource that holds data, in the order of their ids. Never throws: what cannot be counted is null. */
export const lossesOf = async (stage: Stage): Promise<Loss[]> => {
  const snapshot = await stage.snapshot();
  const pairs = pair(snapshot?.resources ?? [], stage.catalog.entries);
  const losses = await Promise.all(
    pairs.map(({ resource, entry }) => lossOf(stage, resource, entry)),
  );
  return losses.filter((loss) => loss !== undefined);
};

const lossOf = async (
  stage: Stage,
  { id, type }: Pick<SnapshotResource, 'id' | 'type'>,
  entry: CatalogEntry | undefined,
): Promise<Loss | undefined> => {
  const counts = entry === undefined ? unboundLoss(type) : await counted(stage, entry);
  return counts && { id, type, ...counts };
};

/** The server's own classes are not declared to itself, and hold data all the same. */
const unboundLoss = (type: string): Counts | undefined =>
  type === OBJECT_TYPE ? uncountable('Durable Objects') : undefined;

const counted = async (stage: Stage, entry: CatalogEntry): Promise<Counts | undefined> => {
  try {
    return await touch('The resource', async () => count(stage, entry, now() + COUNTING_MS), {
      limitMs: LIMIT_MS,
    });
  } catch (error) {
    const detail = error instanceof OpsError ? error.message : 'The resource failed to answer.';
    return { ...unknownCounts(entry), isComplete: false, detail };
  }
};

const count = async (
  stage: Stage,
  entry: CatalogEntry,
  until: number,
): Promise<Counts | undefined> => {
  const { kind } = entry;
  switch (kind) {
    case 'database':
      return countRows(stage.handle(kind, entry), until);
    case 'bucket':
      return countObjects(stage.handle(kind, entry), until);
    case 'namespace':
    case 'flags':
      return countKeys(stage.handle(kind, entry), until);
    case 'queue':
      return countMessages(stage.handle(kind, entry));
    case 'object':
      return uncountable('Durable Objects');
    case 'workflow':
      return uncountable('Workflow instances');
    case 'worker':
      return undefined;
  }
};

const unknownCounts = ({ kind }: CatalogEntry): Partial<Loss> => {
  switch (kind) {
    case 'database':
      return { tables: null, rows: null };
    case 'bucket':
      return { objects: null, bytes: null };
    case 'namespace':
    case 'flags':
      return { keys: null };
    case 'queue':
      return { messages: null };
    case 'object':
    case 'workflow':
    case 'worker':
      return { instances: null };
  }
};

const uncountable = (what: string): Counts => ({
  instances: null,
  isComplete: false,
  detail: `${what} cannot be counted through a binding.`,
});

/** The application's tables: neither SQLite's, nor D1's, nor the record of migrations. */
const TABLES = String.raw`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
  AND name NOT LIKE '\_cf\_%' ESCAPE '\' AND name NOT IN ('d1_migrations', '__alchemy_migrations') ORDER BY name LIMIT ${MAX_TABLES + 1}`;

const countRows = async (database: D1Database, until: number): Promise<Counts> => {
  const { results } = await database.prepare(TABLES).all<{ name: string }>();
  let rows = 0;
  let seen = 0;
  for (const { name } of results.slice(0, MAX_TABLES)) {
    if (now() > until) break;
    const quoted = `"${name.replaceAll('"', '""')}"`;
    rows += Number(await database.prepare(`SELECT count(*) AS n FROM ${quoted}`).first('n'));
    seen++;
  }
  const isComplete = seen === results.length;
  return { tables: results.length, rows, isComplete, detail: detailOf(isComplete) };
};

const countObjects = async (bucket: R2Bucket, until: number): Promise<Counts> => {
  let [objects, bytes] = [0, 0];
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES && now() <= until; page++) {
    const listed = await bucket.list(cursor === undefined ? {} : { cursor });
    objects += listed.objects.length;
    for (const { size } of listed.objects) bytes += size;
    if (!listed.truncated) return { objects, bytes, isComplete: true, detail: detailOf(true) };
    cursor = listed.cursor;
  }
  return { objects, bytes, isComplete: false, detail: detailOf(false) };
};

const countKeys = async (namespace: KVNamespace, until: number): Promise<Counts> => {
  let keys = 0;
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES && now() <= until; page++) {
    const listed: KVNamespaceListResult<unknown> = await namespace.list(
      cursor === undefined ? {} : { cursor },
    );
    keys += listed.keys.length;
    if (listed.list_complete) return { keys, isComplete: true, detail: detailOf(true) };
    cursor = listed.cursor;
  }
  return { keys, isComplete: false, detail: detailOf(false) };
};

const countMessages = async (queue: Queue): Promise<Counts> => {
  const { backlogCount } = await queue.metrics();
  if (!Number.isFinite(backlogCount))
    return { messages: null, isComplete: false, detail: 'The queue told no backlog.' };
  // What is in a consumer's hands is not in the backlog.
  return { messages: backlogCount, isComplete: true, detail: 'The backlog of this moment.' };
};

const detailOf = (isComplete: boolean): string =>
  isComplete ? 'Counted whole.' : 'At least so many: counting stopped at a bound.';
