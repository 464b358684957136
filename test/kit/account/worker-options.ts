// One uploaded script as Miniflare runs it, with the bindings of its upload. A binding whose target has gone is left out:
// at the edge each use of it would fail, here it is missing.
import { supportedCompatibilityDate, type WorkerOptions } from 'miniflare';

import { classOf, databaseId, isBound } from './bindings.ts';
import { queuesOf } from './cells.ts';
import { activeVersion, type Content, type Script } from './content.ts';
import { outboundOf } from './outbound.ts';
import type { Binding, Metadata, Upload } from './upload.ts';

export const workerOptions = (
  content: Content,
  script: Script,
  edgeUrl: () => string,
): WorkerOptions => {
  const version = activeVersion(script);
  const bound = version.metadata.bindings.filter((binding) => isBound(content, binding, script));
  return {
    name: script.name,
    ...codeOf(version),
    outboundService: outboundOf(content, version.metadata, edgeUrl),
    ...plainBindings(bound),
    ...resourceBindings(bound),
    ...scriptBindings(content, script, bound),
    queueConsumers: Object.fromEntries(
      queuesOf(content, script).map(({ queue_name, settings }) => [
        queue_name,
        {
          maxBatchSize: settings.batch_size ?? 10,
          maxBatchTimeout: (settings.max_wait_time_ms ?? 5_000) / 1_000,
          maxRetries: settings.max_retries ?? 3,
        },
      ]),
    ),
  };
};

/** As much of an upload as runs before anybody asks it anything. */
export const startupOptions = ({ metadata, modules }: Upload): WorkerOptions => ({
  name: 'startup',
  ...codeOf({ metadata, modules }),
  outboundService: () => new globalThis.Response('Not at startup.', { status: 502 }),
  ...plainBindings(metadata.bindings),
});

const codeOf = ({ metadata, modules }: Upload) => {
  const code = modules.filter(({ name }) => !name.endsWith('.map'));
  const isMain = ({ name }: { name: string }) => name === metadata.main_module;
  const ordered = [...code.filter(isMain), ...code.filter((module) => !isMain(module))];
  return {
    modulesRoot: '/',
    modules: ordered.map(({ name, type, bytes }) => {
      const path = `/${name}`;
      if (type.includes('wasm')) return { type: 'CompiledWasm' as const, path, contents: bytes };
      if (type.includes('octet-stream')) return { type: 'Data' as const, path, contents: bytes };
      const contents = new TextDecoder().decode(bytes);
      return type.includes('text/plain') || type.includes('html')
        ? { type: 'Text' as const, path, contents }
        : { type: 'ESModule' as const, path, contents };
    }),
    ...compatibilityOf(metadata),
  };
};

/** A date later than the workerd we run is capped; what such a date would have turned on is asked for by name. */
const compatibilityOf = ({ compatibility_date, compatibility_flags }: Metadata) =>
  compatibility_date <= supportedCompatibilityDate
    ? { compatibilityDate: compatibility_date, compatibilityFlags: compatibility_flags }
    : {
        compatibilityDate: supportedCompatibilityDate,
        compatibilityFlags: [...new Set([...compatibility_flags, 'nodejs_compat'])],
      };

/** binding → what `to` makes of it, for those of one kind. */
const of = <T>(bound: readonly Binding[], type: string, to: (binding: Binding) => T) =>
  Object.fromEntries(
    bound.filter((binding) => binding.type === type).map((binding) => [binding.name, to(binding)]),
  );

const plainBindings = (bound: readonly Binding[]) => {
  const metadata = bound.find(({ type }) => type === 'version_metadata')?.name;
  return {
    bindings: {
      ...of(bound, 'plain_text', ({ text = '' }) => text),
      ...of(bound, 'secret_text', ({ text = '' }) => text),
      ...of(bound, 'json', ({ json = null }) => json),
    },
    ...(metadata !== undefined && { versionMetadata: metadata }),
  };
};

const resourceBindings = (bound: readonly Binding[]) =>
  ({
    kvNamespaces: of(bound, 'kv_namespace', ({ namespace_id = '' }) => namespace_id),
    d1Databases: of(bound, 'd1', databaseId),
    r2Buckets: of(bound, 'r2_bucket', ({ bucket_name = '' }) => bucket_name),
    queueProducers: of(bound, 'queue', ({ queue_name = '' }) => queue_name),
    secretsStoreSecrets: of(
      bound,
      'secrets_store_secret',
      ({ store_id = '', secret_name = '' }) => ({ store_id, secret_name }),
    ),
    analyticsEngineDatasets: of(bound, 'analytics_engine', ({ dataset = '' }) => ({ dataset })),
    ratelimits: of(bound, 'ratelimit', ({ namespace_id = '', simple }) => ({
      namespace_id,
      simple: simple ?? { limit: 1, period: 60 },
    })),
  }) satisfies Partial<WorkerOptions>;

const scriptBindings = (content: Content, script: Script, bound: readonly Binding[]) => {
  const elsewhere = ({ script_name }: Binding) =>
    script_name !== undefined && script_name !== script.name && { scriptName: script_name };
  return {
    serviceBindings: of(bound, 'service', ({ service = '', entrypoint }) =>
      entrypoint === undefined ? service : { name: service, entrypoint },
    ),
    durableObjects: of(bound, 'durable_object_namespace', (binding) => {
      const hosted = classOf(content, binding, script);
      return {
        className: binding.class_name ?? '',
        useSQLite: hosted?.isSqlite ?? true,
        // Objects belong to the class's id: a renamed class keeps them, one made anew begins empty.
        ...(hosted !== undefined && { unsafeUniqueKey: hosted.id }),
        ...elsewhere(binding),
      };
    }),
    workflows: of(
      bound.filter((binding) => hasWorkflow(content, binding, script)),
      'workflow',
      (binding) => ({
        name: binding.workflow_name ?? '',
        className: binding.class_name ?? '',
        ...elsewhere(binding),
      }),
    ),
  } satisfies Partial<WorkerOptions>;
};

/** Alchemy uploads a stub before the code: until then the class is not there, and a Workflow of it cannot run. */
const hasWorkflow = (content: Content, binding: Binding, script: Script): boolean => {
  const host = content.scripts.get(binding.script_name ?? script.name);
  if (host === undefined) return false;
  const name = binding.class_name ?? '';
  return activeVersion(host).modules.some(
    ({ name: file, bytes }) =>
      !file.endsWith('.map') && new TextDecoder().decode(bytes).includes(name),
  );
};
