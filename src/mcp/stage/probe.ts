// Is a resource there and answering, now? Each probe is the cheapest call that really reaches it and changes nothing.
import type { CatalogEntry, CatalogKind } from '../../contract/catalog.ts';
import { OpsError } from '../../contract/errors.ts';
import { now } from '../../lib/clock.ts';
import type { Handles } from './handles.ts';
import type { Stage } from './stage.ts';
import { touch } from './touch.ts';

const PROBE_MS = 5_000;
/** An instance no application uses, so that a probe never wakes a real conversation. */
const PROBE_INSTANCE = 'mcp-health-probe';

export interface Health {
  readonly health: 'healthy' | 'unhealthy' | 'unknown';
  /** What was seen, in a sentence. */
  readonly detail: string;
  /** Milliseconds the probe took; null where nothing was called. */
  readonly latencyMs: number | null;
}

type Probe<K extends CatalogKind> = (handle: Handles[K]) => Promise<string>;

const PROBES: { readonly [K in CatalogKind]: Probe<K> } = {
  database: async (database) => {
    await database.prepare('SELECT 1').first();
    return 'Answered a query.';
  },
  bucket: async (bucket) => {
    await bucket.list({ limit: 1 });
    return 'Answered a listing.';
  },
  namespace: (namespace) => probeKv(namespace),
  flags: (namespace) => probeKv(namespace),
  queue: async (queue) => {
    const { backlogCount, backlogBytes } = await queue.metrics();
    return `Backlog: ${backlogCount} messages, ${backlogBytes} bytes.`;
  },
  worker: async (worker) => {
    const response = await worker.fetch('https://worker/', { redirect: 'manual' });
    await response.body?.cancel();
    if (response.status >= 500) throw new OpsError('RESOURCE_FAILED', `Answered HTTP ${response.status}.`);
    return `Answered HTTP ${response.status}.`;
  },
  workflow: async (workflow) => {
    await answersEvenIfMissing(async () => workflow.get(crypto.randomUUID()).then((it) => it.status()));
    return 'The workflow engine answered.';
  },
  object: async (namespace) => {
    const instance = namespace.get(namespace.idFromName(PROBE_INSTANCE));
    await answersEvenIfMissing(async () => instance.fetch('https://object/'));
    return 'An instance started and answered.';
  },
};

const probeKv = async (namespace: KVNamespace): Promise<string> => {
  await namespace.list({ limit: 1 });
  return 'Answered a listing.';
};

/** "No such instance" and "no such handler" are answers too: whoever says so is there. */
const answersEvenIfMissing = async (call: () => Promise<unknown>): Promise<void> => {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof Error) || !/not_found|does not export|does not implement/.test(error.message))
      throw error;
  }
};

const probeEntry = <K extends CatalogKind>(stage: Stage, entry: CatalogEntry & { readonly kind: K }) => {
  const probe: Probe<K> = PROBES[entry.kind];
  return probe(stage.handle(entry));
};

/** Probes one declared resource. Never throws: a failure is what it reports. */
export const probe = async (stage: Stage, entry: CatalogEntry): Promise<Health> => {
  const startedAt = now();
  try {
    const detail = await touch('The resource', () => probeEntry(stage, entry), PROBE_MS);
    return { health: 'healthy', detail, latencyMs: now() - startedAt };
  } catch (error) {
    const detail = error instanceof OpsError ? error.message : 'The resource failed to answer.';
    return { health: 'unhealthy', detail, latencyMs: now() - startedAt };
  }
};
