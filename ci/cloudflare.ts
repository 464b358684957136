// The few things that are asked of Cloudflare itself. Cloudflare API reference: "Workers → Scripts → Deployments",
// "R2 → Buckets → Objects", "KV → Namespaces".
import { z } from 'zod';

import { CliProblem, type World } from '../src/cli/command.ts';
import {
  type Account,
  type AskCloudflare,
  type CloudflareRequest,
  createAskCloudflare,
} from '../src/cloudflare/api.ts';
import { type TakenBack, findTakenBack } from '../src/cloudflare/served-version.ts';
import { workerVersions } from '../src/cloudflare/worker-versions.ts';

const MAX_ROUNDS = 1_000;

export interface Cloudflare {
  /** The version of a script that serves now. */
  readonly activeVersion: (worker: string) => Promise<string>;
  /** Undefined where what was deployed last serves. */
  readonly takenBack: (worker: string) => Promise<TakenBack | undefined>;
  /** Takes all objects out of a bucket, for good. */
  readonly emptyBucket: (name: string) => Promise<void>;
  /** As somebody does in the dashboard. */
  readonly deleteNamespace: (title: string) => Promise<void>;
}

export const createCloudflare = ({ env }: Pick<World, 'env'>): Cloudflare => {
  const account: Account = {
    id: env['CLOUDFLARE_ACCOUNT_ID'] ?? '',
    token: env['CLOUDFLARE_API_TOKEN'] ?? '',
  };
  const ask = createAskCloudflare(account);
  const below = `/accounts/${account.id}`;
  return {
    activeVersion: async (worker) => {
      const deployments = await workerVersions(ask, account, worker).deployments();
      const version = deployments.ok ? deployments.value[0]?.versionIds[0] : undefined;
      if (version !== undefined) return version;
      throw new CliProblem(
        deployments.ok
          ? `Nothing of ${worker} is deployed.`
          : `Cloudflare did not say which version of ${worker} serves.`,
      );
    },
    takenBack: (worker) => findTakenBack(workerVersions(ask, account, worker)),
    emptyBucket: async (name) => {
      const path = `${below}/r2/buckets/${name}/objects`;
      for (let round = 0; round < MAX_ROUNDS; round++) {
        const found = await need(ask, { path, query: { per_page: '1000' }, answer: objectList });
        const keys = found.map(({ key }) => key);
        if (keys.length === 0) return;
        await need(ask, { method: 'DELETE', path, body: keys, answer: z.unknown() });
      }
      throw new CliProblem(`The bucket ${name} did not get empty.`);
    },
    deleteNamespace: async (title) => {
      const path = `${below}/storage/kv/namespaces`;
      for (let page = 1; page < MAX_ROUNDS; page++) {
        const found = await need(ask, {
          path,
          query: { page: String(page) },
          answer: namespaces,
        });
        const id = found.find((it) => it.title === title)?.id;
        if (id !== undefined)
          return void (await need(ask, {
            method: 'DELETE',
            path: `${path}/${id}`,
            answer: z.unknown(),
          }));
        if (found.length === 0) break;
      }
      throw new CliProblem(`There is no KV namespace "${title}".`);
    },
  };
};

const need = async <T>(ask: AskCloudflare, request: CloudflareRequest<T>): Promise<T> => {
  const answer = await ask(request);
  if (answer.ok) return answer.value;
  const what = `Cloudflare did not answer to ${request.method ?? 'GET'} ${request.path}`;
  throw new CliProblem(
    answer.error.type === 'unreachable'
      ? `${what}.`
      : `${what} as it should (HTTP ${answer.error.status}).`,
  );
};

const objectList = z.array(z.object({ key: z.string() }));
const namespaces = z.array(z.object({ id: z.string(), title: z.string() }));
