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
    const env: Record<string, Binding> = {};
    const entries: CatalogEntry[] = [];
    const add = <R extends { readonly FQN: string }>(
      kind: CatalogKind,
      declared: Declared<R> | undefined,
      toBinding: (resource: R, name: string) => Binding,
    ) =>
      Effect.gen(function* () {
        for (const [name, value] of Object.entries(declared ?? {})) {
          const resource = Effect.isEffect(value) ? yield* value : value;
          const binding = bindingName(kind, name, env);
          env[binding] = toBinding(resource, name);
          entries.push({ kind, name, binding, resource: resource.FQN });
        }
      });
    yield* add('database', touchable.databases, (database) => database);
    yield* add('bucket', touchable.buckets, (bucket) => bucket);
    yield* add('namespace', touchable.namespaces, (namespace) => namespace);
    yield* add('queue', touchable.queues, (queue) => queue);
    yield* add('worker', touchable.workers, (worker) => worker);
    yield* add('workflow', touchable.workflows, (host, name) => workflow(name, host));
    yield* add('object', touchable.objects, (host, name) => durableObject(name, host));
    return { env, entries } satisfies Bound;
  });

const workflow = (className: string, host: Cloudflare.Worker) =>
  Cloudflare.Workflow(className, { className, scriptName: scriptNameOf(host, className) });

const durableObject = (className: string, host: Cloudflare.Worker) =>
  Cloudflare.DurableObject(className, { className, scriptName: scriptNameOf(host, className) });

/** Alchemy needs the host's script name while it plans, so a name it would generate later does not do. */
const scriptNameOf = (host: Cloudflare.Worker, className: string): string => {
  const name: unknown = host.Props?.name;
  if (typeof name === 'string') return name;
  throw new Error(
    `McpServer: the Worker "${host.LogicalId}" that exports ${className} needs a name of its own, such as name: \`${host.LogicalId}-\${stage}\`.`,
  );
};

/** `database` and `demo-db` → `DATABASE_DEMO_DB`, made unique where two names differ only in punctuation. */
const bindingName = (kind: CatalogKind, name: string, taken: Readonly<Record<string, unknown>>) => {
  const base = `${kind}_${name}`.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_');
  for (let suffix = 1; ; suffix++) {
    const candidate = suffix === 1 ? base : `${base}_${suffix}`;
    if (!(candidate in taken)) return candidate;
  }
};
