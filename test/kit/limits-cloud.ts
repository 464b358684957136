// The limits alone in a real workerd, which can be evicted, stopped and killed, and started again on the same disk.
import type { Readable } from 'node:stream';

import { Miniflare } from 'miniflare';

import type { FailureCount } from '../../src/mcp/limits/address-guard.ts';
import type { LimiterReport, TakeRequest, Verdict } from '../../src/mcp/limits/client-limiter.ts';
import type { Order } from '../../src/mcp/limits/limits-worker.fixture.ts';
import type { Admission } from '../../src/mcp/limits/rate-limit.ts';
import type { RevocationEntry } from '../../src/mcp/limits/revocations.ts';
import { bundle } from './bundle.ts';
import { workerds } from './workerds.ts';

const ENTRY = new URL('../../src/mcp/limits/limits-worker.fixture.ts', import.meta.url).pathname;
const COMPATIBILITY_DATE = '2026-07-30';

export interface LimitsCloudOptions {
  /** The window of both objects; their own when absent. */
  readonly windowMs?: number;
  /** Where the objects' storage is kept; in memory when absent. */
  readonly folder?: string;
}

export const startLimits = async ({ windowMs, folder }: LimitsCloudOptions = {}) => {
  const before = new Set(workerds());
  const miniflare = new Miniflare({
    modules: [{ type: 'ESModule', path: 'worker.js', contents: await bundle(ENTRY) }],
    compatibilityDate: COMPATIBILITY_DATE,
    durableObjects: {
      LIMITERS: { className: 'ClientLimiter', useSQLite: true },
      GUARDS: { className: 'AddressGuard', useSQLite: true },
      BROKEN: { className: 'BrokenLimiter', useSQLite: true },
    },
    bindings: windowMs === undefined ? {} : { WINDOW_MS: windowMs },
    // What a killed workerd has to say is of no use to a test.
    handleRuntimeStdio: (out: Readable, errors: Readable) => {
      out.resume();
      errors.resume();
    },
    ...(folder !== undefined && { durableObjectsPersist: folder }),
  });
  const url = await miniflare.ready;
  const order = async <T>(body: Order, init: RequestInit = {}): Promise<T[]> => {
    const answer = await fetch(url, { ...init, method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(await answer.text());
    return (await answer.json()) as T[];
  };
  return {
    take: (client: string, request: TakeRequest, times = 1, init: RequestInit = {}) =>
      order<Verdict>({ kind: 'take', client, request, times }, init),
    admit: (client: string, limit: number, times = 1, isBroken = false) =>
      order<Admission>({ kind: 'admit', client, limit, times, isBroken }),
    revoke: (client: string, revocation: RevocationEntry) =>
      order({ kind: 'revoke', client, revocation }),
    peek: async (client: string) => (await order<LimiterReport>({ kind: 'peek', client }))[0],
    fail: (client: string, times = 1) => order<FailureCount>({ kind: 'fail', client, times }),
    stored: async (client: string) => (await order<number>({ kind: 'stored', client }))[0],
    life: async (client: string) => (await order<string>({ kind: 'life', client }))[0],
    evict: (client: string) =>
      miniflare.unsafeEvictDurableObject('', 'ClientLimiter', { name: client }),
    /** SIGKILL: nothing gets to say goodbye. */
    kill: async () => {
      const [pid, ...others] = workerds().filter((id) => !before.has(id));
      if (pid === undefined || others.length > 0) throw new Error('Which workerd is it?');
      process.kill(pid, 'SIGKILL');
      await miniflare.dispose().catch(() => undefined);
    },
    stop: () => miniflare.dispose(),
  };
};

export type LimitsCloud = Awaited<ReturnType<typeof startLimits>>;
