// The versions of a Worker, and which of them serve. Every upload is a version; a deployment says which versions serve,
// and going back is a new deployment of an old version.
// Cloudflare API reference: "Workers → Scripts → Versions", "… → Deployments".
import { z } from 'zod';

import { type Result, ok } from '../lib/result.ts';
import type { Account, AskCloudflare, CloudflareFailure } from './api.ts';

const VERSION_ID = /^[0-9a-f-]{36}$/;
const versionId = z.string().regex(VERSION_ID);
const annotations = z.looseObject({ 'workers/message': z.string().optional() }).nullish();

const deploymentSchema = z.object({
  created_on: z.string(),
  annotations,
  versions: z.array(z.object({ version_id: versionId, percentage: z.number() })).min(1),
});

const versionSchema = z.object({
  id: versionId,
  number: z.int().positive(),
  annotations,
  metadata: z.object({ created_on: z.string() }),
});

const detailSchema = versionSchema.extend({
  resources: z.object({
    bindings: z.array(z.looseObject({ type: z.string(), name: z.string() })).default([]),
    script: z.looseObject({ etag: z.string().optional() }),
    script_runtime: z.looseObject({}).default({}),
  }),
});

export interface Deployment {
  readonly createdOn: string;
  readonly message?: string;
  readonly versionIds: readonly string[];
}

export interface Version {
  readonly id: string;
  /** Counts the uploads of the Worker, from 1. */
  readonly number: number;
  readonly createdOn: string;
  readonly message?: string;
}

export interface VersionDetail extends Version {
  /** Equal for versions that do the same. The value of a secret is in none. */
  readonly content: string;
  readonly bindingTypes: readonly string[];
}

type Answer<T> = Promise<Result<T, CloudflareFailure>>;

export interface WorkerVersions {
  /** Newest first: the first one serves. Cloudflare tells the latest ten or so. */
  deployments(): Answer<readonly Deployment[]>;
  /** The hundred latest, newest first: an older one cannot serve again. */
  latest(): Answer<readonly Version[]>;
  detail(id: string): Answer<VersionDetail>;
  /** Serves a version alone. `isForced`: although a secret has changed since. */
  deploy(id: string, options: { message: string; isForced: boolean }): Answer<unknown>;
}

export const workerVersions = (
  ask: AskCloudflare,
  { id: account }: Account,
  worker: string,
): WorkerVersions => {
  const script = `/accounts/${account}/workers/scripts/${encodeURIComponent(worker)}`;
  return {
    deployments: async () => {
      const answer = z.object({ deployments: z.array(deploymentSchema) });
      const found = await ask({ path: `${script}/deployments`, answer });
      return found.ok ? ok(found.value.deployments.map(deploymentOf)) : found;
    },
    latest: async () => {
      const answer = z.object({ items: z.array(versionSchema) });
      const found = await ask({
        path: `${script}/versions`,
        query: { deployable: 'true' },
        answer,
      });
      return found.ok ? ok(found.value.items.map(versionOf)) : found;
    },
    detail: async (id) => {
      const path = `${script}/versions/${encodeURIComponent(id)}`;
      const found = await ask({ path, answer: detailSchema });
      return found.ok ? ok(detailOf(found.value)) : found;
    },
    deploy: (id, { message, isForced }) =>
      ask({
        method: 'POST',
        path: `${script}/deployments`,
        query: isForced ? { force: 'true' } : {},
        body: {
          strategy: 'percentage',
          versions: [{ version_id: id, percentage: 100 }],
          annotations: { 'workers/message': message },
        },
        answer: z.unknown(),
      }),
  };
};

const messageOf = (given: z.output<typeof annotations>) => {
  const message = given?.['workers/message'] ?? '';
  return message === '' ? {} : { message };
};

const deploymentOf = (row: z.output<typeof deploymentSchema>): Deployment => ({
  createdOn: row.created_on,
  ...messageOf(row.annotations),
  versionIds: row.versions.map(({ version_id }) => version_id),
});

const versionOf = (row: z.output<typeof versionSchema>): Version => ({
  id: row.id,
  number: row.number,
  createdOn: row.metadata.created_on,
  ...messageOf(row.annotations),
});

const detailOf = (row: z.output<typeof detailSchema>): VersionDetail => {
  const { bindings, script, script_runtime } = row.resources;
  const bound = bindings.map((binding) => inOrder(binding)).toSorted();
  return {
    ...versionOf(row),
    content: JSON.stringify([script.etag ?? row.id, bound, inOrder(script_runtime)]),
    bindingTypes: bindings.map(({ type }) => type),
  };
};

const inOrder = (row: Readonly<Record<string, unknown>>): string =>
  JSON.stringify(Object.entries(row).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
