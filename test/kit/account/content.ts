// What the account holds. Everything is in memory: a new account is empty.
import { need } from './envelope.ts';
import type { Upload } from './upload.ts';

export interface Namespace {
  readonly id: string;
  title: string;
  readonly supports_url_encoding: boolean;
}

export interface Database {
  readonly uuid: string;
  readonly name: string;
  readonly created_at: string;
  readonly version: string;
  read_replication?: unknown;
}

export interface Bucket {
  readonly name: string;
  readonly creation_date: string;
  readonly location: string;
  readonly storage_class: string;
  readonly jurisdiction: string;
}

export interface Queue {
  readonly queue_id: string;
  queue_name: string;
  readonly created_on: string;
  readonly modified_on: string;
  settings: Record<string, unknown>;
}

export interface Consumer {
  readonly consumer_id: string;
  readonly queue_id: string;
  type: string;
  script_name?: string | undefined;
  settings: {
    batch_size?: number | undefined;
    max_wait_time_ms?: number | undefined;
    max_retries?: number | undefined;
  };
}

/** A Durable Object class that a script hosts. Its objects belong to the id: a renamed class keeps them. */
export interface HostedClass {
  readonly id: string;
  readonly isSqlite: boolean;
}

/** One upload of a script. */
export interface Version extends Upload {
  readonly id: string;
  readonly number: number;
  readonly created_on: string;
  readonly etag: string;
  /** How many migrations of Durable Objects came before, this upload's included. */
  readonly migrations: number;
}

export interface Deployment {
  readonly id: string;
  readonly created_on: string;
  readonly source: string;
  readonly strategy: 'percentage';
  readonly author_email: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly versions: readonly { readonly version_id: string; readonly percentage: number }[];
}

export interface Script {
  readonly name: string;
  /** Stays through all uploads. */
  readonly tag: string;
  readonly created_on: string;
  readonly modified_on: string;
  readonly classes: ReadonlyMap<string, HostedClass>;
  readonly migrationTag?: string | undefined;
  readonly subdomain: { readonly enabled: boolean; readonly previews_enabled: boolean };
  readonly crons: readonly string[];
  /** Oldest first. */
  readonly versions: readonly Version[];
  /** Newest first: the first one serves. */
  readonly deployments: readonly Deployment[];
}

export interface Workflow {
  readonly id: string;
  readonly name: string;
  readonly class_name: string;
  readonly script_name: string;
  readonly created_on: string;
  readonly modified_on: string;
  readonly version_id: string;
}

export interface Domain {
  readonly id: string;
  readonly hostname: string;
  readonly service: string;
  readonly environment: string;
  readonly zone_id: string;
  readonly zone_name: string;
}

export interface WorkerRoute {
  readonly id: string;
  readonly zone_id: string;
  pattern: string;
  script?: string | undefined;
}

export interface StoredSecret {
  readonly id: string;
  readonly store_id: string;
  readonly name: string;
  readonly created: string;
  modified: string;
  scopes: readonly string[];
  comment: string;
  value: string;
}

export interface Content {
  /** What Workers find outside the account. */
  readonly outside?: ((request: Request) => Promise<Response | undefined>) | undefined;
  readonly accountId: string;
  readonly token: string;
  /** Of `<script>.<subdomain>.workers.dev`. */
  readonly subdomain: string;
  readonly zones: ReadonlyMap<string, { readonly id: string; readonly name: string }>;
  readonly namespaces: Map<string, Namespace>;
  readonly databases: Map<string, Database>;
  readonly buckets: Map<string, Bucket>;
  readonly queues: Map<string, Queue>;
  readonly consumers: Map<string, Consumer>;
  readonly scripts: Map<string, Script>;
  /** token → what runs for whoever shows it. */
  readonly previews: Map<string, Script>;
  readonly workflows: Map<string, Workflow>;
  readonly domains: Map<string, Domain>;
  readonly routes: Map<string, WorkerRoute>;
  readonly stores: Map<string, { readonly id: string; readonly name: string }>;
  readonly secrets: Map<string, StoredSecret>;
}

/** An id as Cloudflare writes most of them. */
export const newId = (): string => crypto.randomUUID().replaceAll('-', '');

export const timestamp = (): string => new Date().toISOString();

export const emptyAccount = (zones: readonly string[]): Content => ({
  accountId: newId(),
  token: newId() + newId(),
  subdomain: 'emulated',
  zones: new Map(zones.map((name) => ({ id: newId(), name })).map((zone) => [zone.id, zone])),
  namespaces: new Map(),
  databases: new Map(),
  buckets: new Map(),
  queues: new Map(),
  consumers: new Map(),
  scripts: new Map(),
  previews: new Map(),
  workflows: new Map(),
  domains: new Map(),
  routes: new Map(),
  stores: new Map(),
  secrets: new Map(),
});

export const scriptOf = (content: Content, name: string): Script =>
  need(content.scripts.get(name), 404, 10007, 'This Worker does not exist on your account.');

/** The version that serves. Of a gradual deployment, the one with the larger share. */
export const activeVersion = (script: Script): Version => {
  const [share] = (script.deployments[0]?.versions ?? []).toSorted(
    (a, b) => b.percentage - a.percentage,
  );
  const version = script.versions.find(({ id }) => id === share?.version_id);
  if (version === undefined) throw new Error(`${script.name} has no deployed version.`);
  return version;
};

/** A script was taken out of the account, and with it all that led to it. */
export const removeScript = (content: Content, name: string): void => {
  content.scripts.delete(name);
  for (const [id, domain] of content.domains)
    if (domain.service === name) content.domains.delete(id);
  for (const [id, { script }] of content.routes) if (script === name) content.routes.delete(id);
  for (const [id, consumer] of content.consumers)
    if (consumer.script_name === name) content.consumers.delete(id);
  for (const [id, workflow] of content.workflows)
    if (workflow.script_name === name) content.workflows.delete(id);
};
