// Bindings arrive in the Worker's env as values of no known type. Each kind is recognised here by what it can do, once,
// so that the rest of the code holds typed handles.
import type { CatalogKind } from '../../contract/catalog.ts';
import { OpsError } from '../../contract/errors.ts';

/** What a Durable Object class implements to take messages over MCP. */
export interface MessageReceiver {
  /** Handles `message` of `sender`; what it returns is the reply, as JSON. */
  receiveMessage(message: string, sender: { readonly client: string }): Promise<unknown>;
  /** May be missing: health probes call it, and take "no such method" for the answer of a living object. */
  mcpProbe(): Promise<unknown>;
}

/** A class's namespace as far as it is used here, with the calls over RPC that its instances take. */
export interface ObjectNamespace {
  idFromName(name: string): DurableObjectId;
  get(id: DurableObjectId): MessageReceiver;
}

export interface Handles {
  database: D1Database;
  bucket: R2Bucket;
  namespace: KVNamespace;
  flags: KVNamespace;
  queue: Queue;
  worker: Fetcher;
  workflow: Workflow;
  object: ObjectNamespace;
}

const METHODS: { readonly [K in CatalogKind]: readonly string[] } = {
  database: ['prepare', 'batch'],
  bucket: ['head', 'list'],
  namespace: ['getWithMetadata', 'list'],
  flags: ['getWithMetadata', 'list'],
  queue: ['send'],
  worker: ['fetch'],
  workflow: ['create', 'get'],
  object: ['idFromName', 'get'],
};

const isHandle = <K extends CatalogKind>(kind: K, value: unknown): value is Handles[K] =>
  typeof value === 'object' && value !== null && METHODS[kind].every((method) => method in value);

/** The binding as a typed handle; a binding the deployment lost is our failure, said without its details. */
export const handleOf = <K extends CatalogKind>(
  kind: K,
  name: string,
  value: unknown,
): Handles[K] => {
  if (isHandle(kind, value)) return value;
  throw new OpsError('RESOURCE_FAILED', `The ${kind} "${name}" is declared but not bound.`, {
    next: 'Ask the operator to deploy the stage again.',
  });
};
