// Declared names → Worker bindings, and the catalog that tells the Worker which is which. Pure but for resolving
// declarations that are still effects.
import * as Cloudflare from 'alchemy/Cloudflare';
import * as Effect from 'effect/Effect';

import type { CatalogEntry, CatalogKind } from '../contract/catalog.ts';

/** A resource, or the declaration of one: adding a database to the server is then one line. */
export type Declared<R> = Readonly<
  Record<string, R | Effect.Effect<R, never, Cloudflare.Providers>>
>;

export interface Touchable {
  /** D1 databases that query_database may read. The first is the default. */
  readonly databases?: Declared<Cloudflare.D1.Database>;
  /** R2 buckets that list_bucket_objects may list. The first is the default. */
  readonly buckets?: Declared<Cloudflare.R2.Bucket>;
  /** KV namespaces that get_cache_stats measures. */
  readonly namespaces?: Declared<Cloudflare.KV.Namespace>;
  /** Queues whose backlog get_resource_status reports. */
  readonly queues?: Declared<Cloudflare.Queues.Queue>;
  /** Workers whose health get_resource_status probes. */
  readonly workers?: Declared<Cloudflare.Worker>;
  /** Workflow class → the Worker that exports it. */
  readonly workflows?: Declared<Cloudflare.Worker>;
  /** Durable Object class → the Worker that exports it. */
  readonly objects?: Declared<Cloudflare.Worker>;
}

type Binding =
  | Cloudflare.D1.Database
  | Cloudflare.R2.Bucket
  | Cloudflare.KV.Namespace
  | Cloudflare.Queues.Queue
  | Cloudflare.Worker
  | ReturnType<typeof durableObject>
  | ReturnType<typeof workflow>;

export interface Bound {
  readonly env: Readonly<Record<string, Binding>>;
  readonly entries: readonly CatalogEntry[];
}

export const bind = (touchable: Touchable) =>
  Effect.gen(function* () {
    requireKnownKeys(touchable);
    const env: Record<string, Binding> = {};
    const entries: CatalogEntry[] = [];
    const add = <R extends Resource>(
      key: keyof Touchable,
      declared: Declared<R> | undefined,
      toBinding: (resource: R, name: string) => Binding,
    ) =>
      Effect.gen(function* () {
        const { kind, type } = KINDS[key];
        for (const [name, value] of Object.entries(declared ?? {})) {
          const resource = Effect.isEffect(value) ? yield* value : value;
          requireType(`${key}.${name}`, resource, type);
          const binding = bindingName(kind, name, env);
          env[binding] = toBinding(resource, name);
          entries.push({ kind, name, binding, resource: resource.FQN });
        }
      });
    yield* add('databases', touchable.databases, (database) => database);
    yield* add('buckets', touchable.buckets, (bucket) => bucket);
    yield* add('namespaces', touchable.namespaces, (namespace) => namespace);
    yield* add('queues', touchable.queues, (queue) => queue);
    yield* add('workers', touchable.workers, (worker) => worker);
    yield* add('workflows', touchable.workflows, (host, name) => workflow(name, host));
    yield* add('objects', touchable.objects, (host, name) => durableObject(name, host));
    return { env, entries } satisfies Bound;
  });

/** What each key of McpServer(…) holds: the kind in the catalog, and Alchemy's type of the resource. */
const KINDS: Readonly<Record<keyof Touchable, { kind: CatalogKind; type: string }>> = {
  databases: { kind: 'database', type: 'Cloudflare.D1Database' },
  buckets: { kind: 'bucket', type: 'Cloudflare.R2.Bucket' },
  namespaces: { kind: 'namespace', type: 'Cloudflare.KV.Namespace' },
  queues: { kind: 'queue', type: 'Cloudflare.Queues.Queue' },
  workers: { kind: 'worker', type: 'Cloudflare.Worker' },
  workflows: { kind: 'workflow', type: 'Cloudflare.Worker' },
  objects: { kind: 'object', type: 'Cloudflare.Worker' },
};

interface Resource {
  readonly FQN: string;
  readonly Type: string;
}

// The types say the same, but a stack is run without anybody checking them, and what is declared wrongly here would
// look like a broken resource much later.

const requireKnownKeys = (touchable: object): void => {
  const unknown = Object.keys(touchable).find((key) => !(key in KINDS));
  if (unknown === undefined) return;
  throw new Error(
    `McpServer: "${unknown}" is not something to declare. There are: ${Object.keys(KINDS).join(', ')}.`,
  );
};

const requireType = (where: string, resource: Resource, type: string): void => {
  if (resource.Type === type) return;
  throw new Error(`McpServer: ${where} must be a ${type}, not a ${resource.Type}.`);
};

const workflow = (className: string, host: Cloudflare.Worker) =>
  Cloudflare.Workflow(className, {
    className,
    scriptName: scriptOf(host, 'Workflow', className),
  });

const durableObject = (className: string, host: Cloudflare.Worker) =>
  Cloudflare.DurableObject(className, {
    className,
    scriptName: scriptOf(host, 'DurableObject', className),
  });

/** The name of the script that exports the class: a plain one, since Alchemy needs it while it still plans. */
const scriptOf = (
  host: Cloudflare.Worker,
  kind: 'Workflow' | 'DurableObject',
  className: string,
): string => {
  const declared = classesOf(host.Props?.env, `Cloudflare.${kind}`);
  if (!declared.includes(className))
    throw new Error(
      `McpServer: the Worker "${host.LogicalId}" binds no ${kind} class "${className}". It binds: ${declared.join(', ') || 'none'}.`,
    );
  const name: unknown = host.Props?.name;
  if (typeof name === 'string') return name;
  throw new Error(
    `McpServer: the Worker "${host.LogicalId}" that exports ${className} needs a name of its own, such as name: \`${host.LogicalId}-\${stage}\`.`,
  );
};

const classesOf = (env: object | undefined, kind: string): string[] =>
  Object.values(env ?? {}).flatMap((value: unknown) =>
    isClass(value) && value.kind === kind ? [value.className ?? value.name] : [],
  );

const isClass = (value: unknown): value is { kind: string; name: string; className?: string } =>
  typeof value === 'object' && value !== null && 'kind' in value && 'name' in value;

/** `database` and `demo-db` → `DATABASE_DEMO_DB`, made unique where two names differ only in punctuation. */
const bindingName = (kind: CatalogKind, name: string, taken: Readonly<Record<string, unknown>>) => {
  const base = `${kind}_${name}`.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_');
  for (let suffix = 1; ; suffix++) {
    const candidate = suffix === 1 ? base : `${base}_${suffix}`;
    if (!(candidate in taken)) return candidate;
  }
};
