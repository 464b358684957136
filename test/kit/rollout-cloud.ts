// The rollout's Worker in a workerd of its own, and words for what a test does with it.
import { afterAll, beforeAll } from 'bun:test';

import { Miniflare } from 'miniflare';
import { z } from 'zod';

import { bundle } from './bundle.ts';

export const ADMIN_TOKEN = 'a81f5c0e94d27b36e1c8f05a7d3b9264ce10f7d5';
export const PERCENTAGE = 'feature:dark-launch-percentage';

const START_MS = 30_000;

export interface RolloutCloud {
  /** A registry, and isolates, that no other test has. */
  readonly stage: string;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** As wrangler does. */
  wrangler(key: string, value: string | null): Promise<void>;
  kv(key: string): Promise<string | null>;
  /** Sets the percentage as the guide does. */
  put(percentage: number, headers?: Record<string, string>): Promise<Response>;
  pass(ms: number): Promise<void>;
  bendKv(mode: string): Promise<void>;
  /** How often KV has been read. */
  reads(): Promise<number>;
  status(isolate?: string): Promise<Record<string, unknown>>;
  decide(client: string, options?: { scope?: string; isolate?: string }): Promise<Response>;
}

/** One workerd for the tests of a file, and for each test a stage and an empty KV. */
export const useRollout = (bindings: Record<string, string> = { MCP_ADMIN_TOKEN: ADMIN_TOKEN }) => {
  let miniflare: Miniflare | undefined;
  let stages = 0;
  const running = (): Miniflare => {
    if (miniflare === undefined) throw new Error('workerd has not started.');
    return miniflare;
  };
  beforeAll(async () => {
    miniflare = new Miniflare({
      modules: [
        {
          type: 'ESModule',
          path: 'worker.js',
          contents: await bundle(
            `${import.meta.dir}/../../src/mcp/rollout/rollout-worker.fixture.ts`,
          ),
        },
      ],
      compatibilityDate: '2026-07-30',
      bindings,
      kvNamespaces: ['MCP_KV'],
      durableObjects: { ROLLOUT_REGISTRY: { className: 'BentRegistry', useSQLite: true } },
    });
    await miniflare.ready;
  }, START_MS);
  afterAll(() => miniflare?.dispose());
  return async (): Promise<RolloutCloud> => {
    const cloud = cloudOf(running(), `stage-${++stages}`);
    const namespace = await running().getKVNamespace('MCP_KV');
    const { keys } = await namespace.list();
    await Promise.all(keys.map(({ name }) => namespace.delete(name)));
    await cloud.bendKv('sound');
    return cloud;
  };
};

const cloudOf = (miniflare: Miniflare, stage: string): RolloutCloud => {
  const send = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const request = new Request(new URL(path, await miniflare.ready).href, init);
    request.headers.set('x-stage', stage);
    return fetch(request);
  };
  const bend = async (what: string): Promise<number> => {
    const response = await send(`/bend?${what}`);
    return z.object({ reads: z.number() }).parse(await response.json()).reads;
  };
  return {
    stage,
    fetch: send,
    wrangler: async (key, value) => {
      const namespace = await miniflare.getKVNamespace('MCP_KV');
      await (value === null ? namespace.delete(key) : namespace.put(key, value));
    },
    kv: async (key) => (await miniflare.getKVNamespace('MCP_KV')).get(key, 'text'),
    put: (percentage, headers = {}) =>
      send('/admin/dark-launch', {
        method: 'PUT',
        headers: { Authorization: `Bearer ${ADMIN_TOKEN}`, ...headers },
        body: JSON.stringify({ percentage }),
      }),
    pass: async (ms) => void (await bend(`pass=${ms}`)),
    bendKv: async (mode) => void (await bend(`kv=${mode}`)),
    reads: () => bend(''),
    status: async (isolate = 'own') => {
      const response = await send(`/status?isolate=${isolate}`);
      return z.record(z.string(), z.unknown()).parse(await response.json());
    },
    decide: (client, { scope = '', isolate = 'own' } = {}) =>
      send(`/decide?${new URLSearchParams({ client, scope, isolate }).toString()}`),
  };
};

/** What the owner of the admin token sends with every request. */
export const AS_ADMIN = { headers: { Authorization: `Bearer ${ADMIN_TOKEN}` } } as const;

export const sendAsAdmin = (
  cloud: RolloutCloud,
  method: string,
  path: string,
  body?: unknown,
): Promise<Response> =>
  cloud.fetch(path, {
    method,
    ...AS_ADMIN,
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
