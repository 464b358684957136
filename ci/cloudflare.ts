// The few things that are asked of Cloudflare itself. Cloudflare API reference: "Workers → Scripts → Deployments",
// "R2 → Buckets → Objects", "KV → Namespaces".
import { z, type ZodType } from 'zod';

import { CliProblem, type World } from '../src/cli/command.ts';
import { accountIn } from '../src/cloudflare/account.ts';
import { createAskCloudflare } from '../src/cloudflare/api.ts';
import { type TakenBack, findTakenBack } from '../src/cloudflare/served-version.ts';
import { workerVersions } from '../src/cloudflare/worker-versions.ts';

const API = 'https://api.cloudflare.com/client/v4';
const TIMEOUT_MS = 10_000;
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
  const account = `${API}/accounts/${env['CLOUDFLARE_ACCOUNT_ID'] ?? ''}`;
  const call = async <T>(
    method: string,
    path: string,
    result: ZodType<T>,
    body?: unknown,
  ): Promise<T> => {
    const what = `Cloudflare did not answer to ${method} ${path.replace(/\?.*/, '')}`;
    try {
      const response = await fetch(account + path, {
        method,
        headers: {
          Authorization: `Bearer ${env['CLOUDFLARE_API_TOKEN'] ?? ''}`,
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const answer = z.object({ result }).safeParse(await response.json());
      if (response.ok && answer.success) return answer.data.result;
      throw new CliProblem(`${what} as it should (HTTP ${response.status}).`);
    } catch (error) {
      if (error instanceof CliProblem) throw error;
      throw new CliProblem(`${what}.`, { cause: error });
    }
  };
  return {
    activeVersion: async (worker) => {
      const { deployments } = await call('GET', `/workers/scripts/${worker}/deployments`, served);
      const [version] = deployments[0]?.versions ?? [];
      if (version === undefined) throw new CliProblem(`Nothing of ${worker} is deployed.`);
      return version.version_id;
    },
    takenBack: (worker) => takenBackOf(env, worker),
    emptyBucket: async (name) => {
      const objects = `/r2/buckets/${name}/objects`;
      for (let round = 0; round < MAX_ROUNDS; round++) {
        const keys = (await call('GET', `${objects}?per_page=1000`, objectList)).map(
          ({ key }) => key,
        );
        if (keys.length === 0) return;
        await call('DELETE', objects, z.unknown(), keys);
      }
      throw new CliProblem(`The bucket ${name} did not get empty.`);
    },
    deleteNamespace: async (title) => {
      for (let page = 1; page < MAX_ROUNDS; page++) {
        const found = await call('GET', `/storage/kv/namespaces?page=${page}`, namespaces);
        const id = found.find((it) => it.title === title)?.id;
        if (id !== undefined)
          return void (await call('DELETE', `/storage/kv/namespaces/${id}`, z.unknown()));
        if (found.length === 0) break;
      }
      throw new CliProblem(`There is no KV namespace "${title}".`);
    },
  };
};

const takenBackOf = async (env: World['env'], worker: string): Promise<TakenBack | undefined> => {
  const found = accountIn(env);
  if (!found.ok) return undefined;
  return findTakenBack(workerVersions(createAskCloudflare(found.value), found.value, worker));
};

const served = z.object({
  deployments: z.array(z.object({ versions: z.array(z.object({ version_id: z.string() })) })),
});
const objectList = z.array(z.object({ key: z.string() }));
const namespaces = z.array(z.object({ id: z.string(), title: z.string() }));
