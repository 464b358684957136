// What `alchemy.run.ts` declares, as the Worker under test gets it: the same names, bindings and catalog that
// src/infra/bindings.ts makes of it. Written out, because importing src/infra would start Alchemy.
import type { Catalog, CatalogEntry, CatalogKind } from '../../src/contract/catalog.ts';
import type { Snapshot, SnapshotResource } from '../../src/contract/snapshot.ts';

export const SERVER = 'mcp-server';
export const APP = 'demo-app';
export const ODD_APP = 'odd-app';
const STAGE = 'prod';

/** `database` and `demo-db` → `DATABASE_DEMO_DB`, as src/infra/bindings.ts names it. */
export const bindingOf = (kind: CatalogKind, name: string): string =>
  kind === 'flags' ? 'MCP_KV' : `${kind}_${name}`.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_');

const entry = (kind: CatalogKind, name: string, resource = name): CatalogEntry => ({
  kind,
  name,
  binding: bindingOf(kind, name),
  resource,
});

export interface Declared {
  readonly databases: readonly string[];
  readonly buckets: readonly string[];
  readonly namespaces: readonly string[];
  /** Whose server it is. */
  readonly stage: string;
  /** Also the Workers, workflows and classes of `odd-app.fixture.ts`, which answer badly. */
  readonly oddApp: boolean;
}

export const SAMPLE: Declared = {
  stage: STAGE,
  databases: ['demo-db'],
  buckets: ['demo-storage'],
  namespaces: ['demo-cache'],
  oddApp: false,
};

/** Entries in the order McpServer(…) makes them. */
export const catalogOf = ({
  stage,
  databases,
  buckets,
  namespaces,
  oddApp,
}: Declared): Catalog => ({
  stack: 'demo',
  stage,
  hub: 'prod',
  self: SERVER,
  entries: [
    ...databases.map((name) => entry('database', name)),
    ...buckets.map((name) => entry('bucket', name)),
    ...namespaces.map((name) => entry('namespace', name)),
    entry('queue', 'demo-jobs'),
    entry('worker', APP),
    ...(oddApp ? [entry('worker', ODD_APP)] : []),
    entry('workflow', 'OnboardingWorkflow', APP),
    ...(oddApp ? ODD_WORKFLOWS.map((name) => entry('workflow', name, ODD_APP)) : []),
    entry('object', 'ChatDO', APP),
    ...(oddApp ? ODD_OBJECTS.map((name) => entry('object', name, ODD_APP)) : []),
    entry('flags', `${SERVER}-flags`),
  ],
});

/** The classes of `odd-app.fixture.ts`. */
export const ODD_OBJECTS = [
  'ThrowingDO',
  'DeafDO',
  'EchoDO',
  'TalkativeDO',
  'SilentDO',
  'LiveDO',
  'BrokenDO',
] as const;
export const ODD_WORKFLOWS = ['FailingWorkflow', 'OddOutputWorkflow'] as const;

const row = (id: string, type: string, over: Partial<SnapshotResource> = {}): SnapshotResource => ({
  id,
  type,
  status: 'created',
  changedAt: '2026-11-22T10:00:00.000Z',
  mode: 'local',
  physicalName: `demo-${id}-prod`,
  url: null,
  className: null,
  host: null,
  objects: [],
  ...over,
});

/** What a runner publishes after deploying the sample stack: Alchemy's rows, in the order of their ids. */
export const SAMPLE_SNAPSHOT: Snapshot = {
  stack: 'demo',
  stage: STAGE,
  publishedAt: '2026-11-22T10:00:05.000Z',
  resources: [
    row('OnboardingWorkflow', 'Cloudflare.Workflow', {
      physicalName: 'demo-app-prod-onboardingworkflow-cac39889',
      className: 'OnboardingWorkflow',
      host: 'demo-app-prod',
    }),
    row('demo-app', 'Cloudflare.Worker', {
      physicalName: 'demo-app-prod',
      url: 'http://localhost:1337',
      objects: ['ChatDO'],
    }),
    row('demo-cache', 'Cloudflare.KV.Namespace'),
    row('demo-db', 'Cloudflare.D1Database', { status: 'updated' }),
    row('demo-jobs', 'Cloudflare.Queues.Queue'),
    row('demo-jobs-consumer', 'Cloudflare.Queues.Consumer', { physicalName: null }),
    row('demo-storage', 'Cloudflare.R2.Bucket'),
    row('mcp-server', 'Cloudflare.Worker', {
      physicalName: 'mcp-server',
      url: 'http://localhost:8787',
      objects: ['StageEngine'],
    }),
    row('mcp-server-flags', 'Cloudflare.KV.Namespace'),
  ],
};
