// A Cloudflare in this process: the Worker under test and the sample app, as they are deployed, in real workerd with
// real D1, R2, KV, a queue, Durable Objects and Workflows. Nothing outlives it.
import { afterAll, beforeAll } from 'bun:test';
import { readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

import { Miniflare, type MiniflareOptions, type WorkerOptions } from 'miniflare';

import type { Catalog, CatalogKind } from '../../src/contract/catalog.ts';
import type { Snapshot } from '../../src/contract/snapshot.ts';
import { nextAddress } from './addresses.ts';
import { bundle } from './bundle.ts';
import {
  APP,
  bindingOf,
  catalogOf,
  type Declared,
  ODD_APP,
  ODD_OBJECTS,
  ODD_WORKFLOWS,
  SAMPLE,
  SAMPLE_SNAPSHOT,
  SERVER,
} from './sample-stack.ts';
import { ADMIN_TOKEN, JWT_SECRET, RUNNER_TOKEN, SHARED_SECRET } from './tokens.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const COMPATIBILITY_DATE = '2026-07-30';
const START_MS = 30_000;

type Variables = Readonly<Record<string, string | undefined>>;

export interface CloudOptions extends Partial<Declared> {
  /** Variables and secrets of the server over the usual ones; `undefined` takes one away. */
  readonly settings?: Variables;
  /** Bindings that the catalog declares and the deployment lost. */
  readonly unbound?: readonly string[];
  /** Leave the application empty, and the state unpublished. */
  readonly bare?: boolean;
  /** What MCP_KV holds before the server is first asked. */
  readonly flags?: Readonly<Record<string, string>>;
  /** A module that is the server instead of src/mcp/server.ts, behind the same edge. */
  readonly server?: string;
  /** The limiter's binding leads to an object that counts nothing: every call of it fails. */
  readonly isLimiterDown?: boolean;
  /** What the server finds outside; without it, nothing. */
  readonly outside?: (request: Request) => Promise<Response | undefined>;
  /** The text of another Worker in the server's place, with the same bindings. */
  readonly script?: string;
  /** For measuring: reached over a socket of the server's own, with nothing in between and no log kept. */
  readonly isDirect?: boolean;
  readonly compatibilityFlags?: readonly string[];
}

/** A binding, reached from outside: what the application keeps there can be read and changed behind the server's back. */
type Bucket = Awaited<ReturnType<Miniflare['getR2Bucket']>>;
type Namespace = Awaited<ReturnType<Miniflare['getKVNamespace']>>;

export interface Cloud extends AsyncDisposable {
  readonly url: URL;
  /** What the Workers have logged so far, a line each. */
  readonly logs: readonly string[];
  fetch(path: string, init?: RequestInit): Promise<Response>;
  publish(snapshot: unknown, token?: string): Promise<Response>;
  database(name?: string): Promise<D1Database>;
  bucket(name?: string): Promise<Bucket>;
  namespace(name?: string): Promise<Namespace>;
  /** `MCP_KV`, as wrangler reaches it. */
  flags(): Promise<Namespace>;
  /** Asks the sample app itself, as its visitors do. */
  visitApp(): Promise<Response>;
}

export const startCloud = async (options: CloudOptions = {}): Promise<Cloud> => {
  const declared: Declared = { ...SAMPLE, ...options };
  const logs: string[] = [];
  const miniflare = new Miniflare({
    ...(await configuration(declared, options)),
    handleRuntimeStdio: (out: Readable, errors: Readable) => {
      if (options.isDirect === true) out.resume();
      else collect(out, logs);
      collect(errors, logs);
    },
  });
  const entry = await miniflare.ready;
  const url = options.isDirect === true ? await miniflare.unsafeGetDirectURL(SERVER) : entry;
  const cloud = clientOf(miniflare, url, logs);
  await migrate(await cloud.database());
  // The limits have tests of their own; here they must not stand in the way of a few hundred calls.
  const flags = await miniflare.getKVNamespace('MCP_KV', SERVER);
  for (const client of BUSY_CLIENTS) await flags.put(`limit:${client}`, '10000');
  for (const [key, value] of Object.entries(options.flags ?? {})) await flags.put(key, value);
  if (options.bare !== true) await Promise.all([seed(cloud), publishSample(cloud, declared)]);
  return cloud;
};

/** One cloud for the tests of a file: started before them, gone after them. */
export const useCloud = (options: CloudOptions = {}): (() => Cloud) => {
  let cloud: Cloud | undefined;
  beforeAll(async () => {
    cloud = await startCloud(options);
  }, START_MS);
  afterAll(() => cloud?.[Symbol.asyncDispose]());
  return () => {
    if (cloud === undefined) throw new Error('The cloud has not started.');
    return cloud;
  };
};

const BUSY_CLIENTS = ['shared-secret', 'my-client'];

const configuration = async (
  declared: Declared,
  options: CloudOptions,
): Promise<MiniflareOptions> => {
  const catalog = catalogOf(declared);
  const [server, app, odd] = await Promise.all([
    options.script ??
      bundle(
        `${ROOT}src/mcp/index.ts`,
        options.server === undefined
          ? undefined
          : { module: `${ROOT}src/mcp/server.ts`, by: options.server },
      ),
    bundle(`${ROOT}demo/worker.ts`),
    declared.oddApp ? bundle(`${ROOT}test/kit/odd-app.fixture.ts`) : undefined,
  ]);
  return {
    host: '127.0.0.1',
    workers: [
      {
        ...worker(SERVER, server),
        ...serverBindings(catalog, options),
        ...(options.outside && { outboundService: only(options.outside) }),
        ...(options.isDirect === true && { unsafeDirectSockets: [{ host: '127.0.0.1' }] }),
        ...(options.compatibilityFlags && { compatibilityFlags: [...options.compatibilityFlags] }),
      },
      { ...worker(APP, app), ...appBindings },
      ...(odd === undefined ? [] : [{ ...worker(ODD_APP, odd), ...oddBindings }]),
    ],
  };
};

/** The Internet is not there. */
const only =
  (outside: NonNullable<CloudOptions['outside']>) =>
  async (request: Request): Promise<Response> =>
    (await outside(request)) ?? new Response('No Internet here.', { status: 502 });

const worker = (name: string, contents: string) => ({
  name,
  modules: [{ type: 'ESModule' as const, path: `${name}.js`, contents }],
  modulesRoot: '/',
  compatibilityDate: COMPATIBILITY_DATE,
});

/** What src/infra binds: the declared resources, the secrets and variables, its own KV and Durable Object. */
const serverBindings = (
  catalog: Catalog,
  { settings = {}, unbound = [], isLimiterDown = false }: CloudOptions,
) => {
  const bound = catalog.entries.filter(({ binding }) => !unbound.includes(binding));
  const of = <T>(kinds: readonly CatalogKind[], to: (name: string, resource: string) => T) =>
    Object.fromEntries(
      bound
        .filter(({ kind }) => kinds.includes(kind))
        .map(({ binding, name, resource }) => [binding, to(name, resource)]),
    );
  const byName = (name: string) => name;
  return {
    bindings: present({
      ENVIRONMENT: 'production',
      MCP_SHARED_SECRET: SHARED_SECRET,
      MCP_JWT_SECRET: JWT_SECRET,
      MCP_RUNNER_TOKEN: RUNNER_TOKEN,
      MCP_ADMIN_TOKEN: ADMIN_TOKEN,
      MCP_CATALOG: JSON.stringify(catalog),
      ...settings,
    }),
    d1Databases: of(['database'], byName),
    r2Buckets: of(['bucket'], byName),
    kvNamespaces: of(['namespace', 'flags'], byName),
    queueProducers: of(['queue'], byName),
    serviceBindings: of(['worker'], byName),
    workflows: of(['workflow'], (name, scriptName) => ({ name, className: name, scriptName })),
    durableObjects: {
      ...of(['object'], (className, scriptName) => ({ className, scriptName, useSQLite: true })),
      STAGE_ENGINE: { className: 'StageEngine', useSQLite: true },
      RUNNER_HUB: { className: 'RunnerHub', useSQLite: true },
      CLIENT_LIMITER: {
        className: isLimiterDown ? 'AddressGuard' : 'ClientLimiter',
        useSQLite: true,
      },
      ADDRESS_GUARD: { className: 'AddressGuard', useSQLite: true },
      ROLLOUT_REGISTRY: { className: 'RolloutRegistry', useSQLite: true },
    },
  } satisfies Partial<WorkerOptions>;
};

/** What `alchemy.run.ts` binds to the sample app. */
const appBindings = {
  d1Databases: { DB: 'demo-db' },
  r2Buckets: { STORAGE: 'demo-storage' },
  kvNamespaces: { CACHE: 'demo-cache' },
  queueProducers: { JOBS: 'demo-jobs' },
  queueConsumers: { 'demo-jobs': { maxBatchSize: 10, maxBatchTimeout: 0.2 } },
  durableObjects: { CHAT: { className: 'ChatDO', useSQLite: true } },
  workflows: { ONBOARDING: { name: 'OnboardingWorkflow', className: 'OnboardingWorkflow' } },
} satisfies Partial<WorkerOptions>;

const oddBindings = {
  durableObjects: Object.fromEntries(
    ODD_OBJECTS.map((className) => [className, { className, useSQLite: true }]),
  ),
  workflows: Object.fromEntries(ODD_WORKFLOWS.map((name) => [name, { name, className: name }])),
} satisfies Partial<WorkerOptions>;

const present = (variables: Variables): Record<string, string> =>
  Object.fromEntries(
    Object.entries(variables).flatMap(([k, v]) => (v === undefined ? [] : [[k, v]])),
  );

const clientOf = (miniflare: Miniflare, url: URL, logs: readonly string[]): Cloud => ({
  url,
  logs,
  fetch: (path, init) =>
    fetch(new URL(path, url), { ...init, headers: fromAnywhere(init?.headers as Bun.HeadersInit) }),
  publish: (snapshot, token = RUNNER_TOKEN) =>
    fetch(new URL('/runner/snapshot', url), {
      method: 'PUT',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(snapshot),
    }),
  database: (name = 'demo-db') => miniflare.getD1Database(bindingOf('database', name), SERVER),
  bucket: (name = 'demo-storage') => miniflare.getR2Bucket(bindingOf('bucket', name), SERVER),
  namespace: (name = 'demo-cache') =>
    miniflare.getKVNamespace(bindingOf('namespace', name), SERVER),
  flags: () => miniflare.getKVNamespace('MCP_KV', SERVER),
  visitApp: async () => {
    const app = await miniflare.getWorker(APP);
    const response = await app.fetch('http://demo-app/');
    return new Response(await response.text(), { status: response.status });
  },
  [Symbol.asyncDispose]: () => miniflare.dispose(),
});

const fromAnywhere = (given: Bun.HeadersInit | undefined): Headers => {
  const headers = new Headers(given);
  if (!headers.has('CF-Connecting-IP')) headers.set('CF-Connecting-IP', nextAddress());
  return headers;
};

const collect = (stream: Readable, lines: string[]): void => {
  createInterface(stream).on('line', (line) => lines.push(line));
};

const migrate = async (database: D1Database): Promise<void> => {
  const folder = `${ROOT}demo/migrations/`;
  for (const file of readdirSync(folder).toSorted()) {
    const statements = (await Bun.file(folder + file).text()).split(/;\s*$/m);
    const filled = statements.filter((statement) => statement.trim() !== '');
    await database.batch(filled.map((statement) => database.prepare(statement)));
  }
};

const seed = async (cloud: Cloud): Promise<void> => {
  const { status } = await cloud.visitApp();
  if (status !== 200) throw new Error(`The sample app answered ${status}.`);
};

const publishSample = async (cloud: Cloud, { oddApp, stage }: Declared): Promise<void> => {
  if (oddApp) return;
  const snapshot: Snapshot = { ...SAMPLE_SNAPSHOT, stage };
  const { status } = await cloud.publish(snapshot);
  if (![200, 503].includes(status)) throw new Error(`The server answered ${status} to a runner.`);
};
