// Which Worker of an account answers at a host: its workers.dev address says so itself, and a custom domain is asked for.
import { z } from 'zod';

import { type Result, ok } from '../lib/result.ts';
import type { Account, AskCloudflare, CloudflareFailure } from './api.ts';

export const workersDevName = (host: string): string | undefined =>
  /^([a-z0-9_-]+)\.[a-z0-9-]+\.workers\.dev$/.exec(host)?.[1];

/** Undefined where the account has no such domain: a route leads there, or something else. */
export const workerAt = async (
  ask: AskCloudflare,
  { id }: Account,
  host: string,
): Promise<Result<string | undefined, CloudflareFailure>> => {
  const name = workersDevName(host);
  if (name !== undefined) return ok(name);
  const found = await ask({
    path: `/accounts/${id}/workers/domains`,
    query: { hostname: host },
    answer: z.array(z.object({ hostname: z.string(), service: z.string() })),
  });
  if (!found.ok) return found;
  return ok(found.value.find(({ hostname }) => hostname === host)?.service);
};
