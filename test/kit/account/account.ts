// An emulated Cloudflare account on loopback: the calls of the v4 API that a live deploy of this stack makes, and an edge
// that runs what was uploaded, in workerd, with the resources it binds. Nothing reaches out, nothing outlives it.
//
// It covers: KV namespaces, D1 with migrations (run on the database that the Workers read), R2 buckets, queues and their
// consumers, Workflows, Worker uploads with Durable Object migrations, versions and deployments with the documented rules
// of going back, workers.dev, zones, custom domains, routes, schedules (kept, not fired), the Secrets Store, tokens, and
// all that Alchemy's own state store needs, the preview that reads its bearer out of the Secrets Store too. An upload that does not start is refused as the real one is, and the version
// before it goes on. A Worker reaches the account's others by their addresses. What shares no resource runs in a workerd of
// its own: a deploy interrupts only what it changes.
//
// It does not cover, or does otherwise:
// - Any call that no route answers: 404 with code 7000, and `route: undefined` in the journal.
// - A changed Worker's workerd is replaced: requests under way get two seconds, WebSockets end, as with a real deploy
//   only less gently; alarms and queues pause meanwhile.
// - Several locations, KV that lags, rate limits of the API and 1015, quotas and plans, sizes of uploads, CPU limits.
// - Roles: there is one token, and it may do everything.
// - A gradual deployment sends all requests to the version with the larger share.
// - A binding whose target was deleted is missing from `env`; at Cloudflare it is there, and each use of it fails.
// - The data of a Workflow whose script is deleted stays, and is there again if the same name comes back.
// - Durable Object classes that the code does not export, transferred classes, assets, previews of more than one call, version uploads without
//   deployment, tails, logs, analytics queries, R2's own domains, rules and S3, keys and values over HTTP.
// - TLS: the edge speaks HTTP; Workers see https:// in their URLs.
// - Error texts, and those codes that the reference does not give, are those Alchemy's client looks for.
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { type Content, emptyAccount, removeScript } from './content.ts';
import { type JournalEntry, startControlPlane } from './control-plane.ts';
import { LocalPlane } from './data-plane.ts';
import { startEdge } from './edge.ts';
import { Faults } from './faults.ts';

const PRELOAD = fileURLToPath(new URL('rewrite-fetch.preload.ts', import.meta.url));

export interface AccountOptions {
  /** Domains of the account, such as `example.com`. */
  readonly zones?: readonly string[];
  /** Where the data of D1, KV, R2 and Durable Objects lies; else a folder that goes with the account. */
  readonly dir?: string;
  /** What Workers find outside the account; undefined: nothing. */
  readonly outside?: Content['outside'] | undefined;
}

export type Kind = 'namespace' | 'database' | 'bucket' | 'queue' | 'worker' | 'workflow' | 'domain';

export interface Account extends AsyncDisposable {
  /** Stands for `https://api.cloudflare.com/client/v4`. */
  readonly apiUrl: string;
  /** Every Worker answers here, by Host. */
  readonly edgeUrl: string;
  readonly accountId: string;
  readonly token: string;
  /** Of `<script>.<subdomain>.workers.dev`. */
  readonly subdomain: string;
  /** Every call of the API so far, in the order of their ends. */
  readonly journal: readonly JournalEntry[];
  readonly faults: Pick<Faults, 'add' | 'clear'>;
  /** What the Workers have logged so far. */
  readonly logs: readonly string[];
  /** Asks `https://host/path` at the edge. */
  fetch(host: string, path: string, init?: RequestInit): Promise<Response>;
  /** Names of what there is of a kind, in order. */
  names(kind: Kind): string[];
  /** As somebody does in the dashboard: data goes with it, nobody is told. */
  deleteOutOfBand(kind: Kind, name: string): Promise<void>;
  /** For a child process that shall take this account for Cloudflare, and reach nothing else. */
  environment(): Record<string, string>;
}

export const startAccount = async ({
  zones = [],
  dir,
  outside,
}: AccountOptions = {}): Promise<Account> => {
  const content = { ...emptyAccount(zones), outside };
  const own = mkdtempSync(join(tmpdir(), 'account-'));
  // BUN_OPTIONS takes no path with a space in it, and the project may lie in one.
  const preload = join(own, 'rewrite-fetch.preload.ts');
  symlinkSync(PRELOAD, preload);
  const plane = new LocalPlane(content, dir ?? own, () => edgeUrl);
  const faults = new Faults();
  const journal: JournalEntry[] = [];
  const api = startControlPlane({ content, plane, faults, journal });
  const edge = await startEdge(content, plane, own);
  const address = edge.address();
  const apiUrl = `http://127.0.0.1:${api.port}/client/v4`;
  const edgeUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  const { accountId, token, subdomain } = content;
  return {
    apiUrl,
    edgeUrl,
    accountId,
    token,
    subdomain,
    journal,
    faults,
    logs: plane.logs,
    fetch: (host, path, init) => {
      const headers = new Headers(init?.headers as Bun.HeadersInit);
      headers.set('host', host);
      return fetch(edgeUrl + path, { redirect: 'manual', ...init, headers });
    },
    names: (kind) => Object.keys(rowsOf(content, kind)).toSorted(),
    deleteOutOfBand: async (kind, name) => {
      const remove = rowsOf(content, kind)[name];
      if (remove === undefined) throw new Error(`The account has no ${kind} "${name}".`);
      if (kind === 'bucket') await empty(plane, name);
      remove();
      plane.changed();
    },
    environment: () => ({
      CLOUDFLARE_ACCOUNT_ID: accountId,
      CLOUDFLARE_API_TOKEN: token,
      CI: '1',
      DO_NOT_TRACK: '1',
      ALCHEMY_TELEMETRY_DISABLED: '1',
      ALCHEMY_HOME: join(own, 'alchemy-home'),
      BUN_OPTIONS: `--preload=${preload}`,
      EMULATED_API_URL: apiUrl,
      EMULATED_EDGE_URL: edgeUrl,
      EMULATED_DOMAINS: [`${subdomain}.workers.dev`, ...zones].join(','),
    }),
    [Symbol.asyncDispose]: async () => {
      await api.stop(true);
      edge.closeAllConnections();
      edge.close();
      await plane[Symbol.asyncDispose]();
      rmSync(own, { recursive: true, force: true });
    },
  };
};

/** name → how to take it out of the account. */
const rowsOf = (content: Content, kind: Kind): Record<string, () => void> => {
  const table = <R>(rows: Map<string, R>, nameOf: (row: R) => string) =>
    Object.fromEntries([...rows].map(([id, row]) => [nameOf(row), () => void rows.delete(id)]));
  switch (kind) {
    case 'namespace':
      return table(content.namespaces, ({ title }) => title);
    case 'database':
      return table(content.databases, ({ name }) => name);
    case 'bucket':
      return table(content.buckets, ({ name }) => name);
    case 'queue':
      return table(content.queues, ({ queue_name }) => queue_name);
    case 'workflow':
      return table(content.workflows, ({ name }) => name);
    case 'domain':
      return table(content.domains, ({ hostname }) => hostname);
    case 'worker':
      return Object.fromEntries(
        [...content.scripts.keys()].map((name) => [name, () => removeScript(content, name)]),
      );
  }
};

const empty = async (plane: LocalPlane, bucket: string): Promise<void> => {
  const keys = (await plane.objects(bucket)).map(({ key }) => key);
  if (keys.length > 0) await plane.deleteObjects(bucket, keys);
};
