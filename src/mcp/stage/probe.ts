// Is a resource there and answering, now? Each probe is the cheapest call that really reaches it and changes nothing.
import type { CatalogEntry } from '../../contract/catalog.ts';
import { OpsError } from '../../contract/errors.ts';
import { PROBE_INSTANCE } from '../../contract/probe.ts';
import { now } from '../../lib/clock.ts';
import type { ObjectNamespace } from './handles.ts';
import type { Stage } from './stage.ts';
import { touch } from './touch.ts';

const PROBE_MS = 5_000;

export interface Health {
  readonly health: 'healthy' | 'unhealthy' | 'unknown';
  /** What was seen, in a sentence. */
  readonly detail: string;
  /** Milliseconds the probe took; null where nothing was called. */
  readonly latencyMs: number | null;
}

const see = (stage: Stage, entry: CatalogEntry): Promise<string> => {
  const { kind } = entry;
  switch (kind) {
    case 'database':
      return seeDatabase(stage.handle(kind, entry));
    case 'bucket':
      return seeListing(stage.handle(kind, entry));
    case 'namespace':
    case 'flags':
      return seeListing(stage.handle(kind, entry));
    case 'queue':
      return seeQueue(stage.handle(kind, entry));
    case 'worker':
      return seeWorker(stage.handle(kind, entry));
    case 'workflow':
      return seeWorkflow(stage.handle(kind, entry));
    case 'object':
      return seeObject(stage.handle(kind, entry));
  }
};

const seeDatabase = async (database: D1Database): Promise<string> => {
  await database.prepare('SELECT 1').first();
  return 'Answered a query.';
};

const seeListing = async (store: R2Bucket | KVNamespace): Promise<string> => {
  await store.list({ limit: 1 });
  return 'Answered a listing.';
};

const seeQueue = async (queue: Queue): Promise<string> => {
  const { backlogCount, backlogBytes } = await queue.metrics();
  if (!Number.isFinite(backlogCount))
    throw new OpsError('RESOURCE_FAILED', 'Answered without a backlog.');
  return `Backlog: ${backlogCount} messages, ${backlogBytes} bytes.`;
};

const seeWorker = async (worker: Fetcher): Promise<string> => {
  const response = await worker.fetch('https://worker/', { redirect: 'manual' });
  await response.body?.cancel();
  const seen = `Answered HTTP ${response.status}.`;
  if (response.status >= 500) throw new OpsError('RESOURCE_FAILED', seen);
  return seen;
};

const seeWorkflow = async (workflow: Workflow): Promise<string> => {
  await orAbsent(/not_found/, () => workflow.get(PROBE_INSTANCE).then((it) => it.status()));
  return 'The workflow engine answered.';
};

const seeObject = async (objects: ObjectNamespace): Promise<string> => {
  const instance = objects.get(objects.idFromName(PROBE_INSTANCE));
  await orAbsent(/does not (implement|support)/, () => instance.mcpProbe());
  return 'An instance started and answered.';
};

/** "There is no such thing" is an answer too: whoever says so is there. */
const orAbsent = async (absence: RegExp, call: () => Promise<unknown>): Promise<void> => {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof Error) || !absence.test(error.message)) throw error;
  }
};

/** Probes one declared resource. Never throws: a failure is what it reports. */
export const probe = async (stage: Stage, entry: CatalogEntry): Promise<Health> => {
  const startedAt = now();
  try {
    const detail = await touch('The resource', () => see(stage, entry), { limitMs: PROBE_MS });
    return { health: 'healthy', detail, latencyMs: now() - startedAt };
  } catch (error) {
    const detail = error instanceof OpsError ? error.message : 'The resource failed to answer.';
    return { health: 'unhealthy', detail, latencyMs: now() - startedAt };
  }
};
