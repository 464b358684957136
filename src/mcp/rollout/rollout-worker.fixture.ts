// The registry, the edge's memory of it and the admin API as a Worker, with what a test must be able to bend: the clock,
// and what KV gives back. Several "isolates" stand side by side, each with a memory of its own.
import { waitUntil } from 'cloudflare:workers';

import { now } from '../../lib/clock.ts';
import { isSameSecret } from '../../lib/hash.ts';
import { adminRoute } from '../admin/index.ts';
import { bearerToken } from '../auth.ts';
import { PERCENTAGE_KEY } from './kv-flags.ts';
import { notInRollout } from './not-in-rollout.ts';
import { rolloutRegistry } from './registry-client.ts';
import { type RegistryEnv, RolloutRegistry } from './rollout-registry.ts';
import { createRollout, type Rollout } from './rollout.ts';

interface Env extends RegistryEnv {
  readonly ROLLOUT_REGISTRY: DurableObjectNamespace<BentRegistry>;
  readonly MCP_ADMIN_TOKEN?: string;
}

const TOOLS = ['query_database', 'deploy_infrastructure'];

const readPercentage = (kv: KVNamespace) => kv.getWithMetadata(PERCENTAGE_KEY, 'text');

let offset = 0;
/** `sound`, `unreadable`, `unwritable`, `hanging`, or `frozen`: reads give what KV held when it froze. */
let mode = 'sound';
let frozen: Awaited<ReturnType<typeof readPercentage>> | undefined;
let reads = 0;

Object.assign(Date, { now: () => new Date().getTime() + offset });

const bent = (kv: KVNamespace): KVNamespace =>
  new Proxy(kv, {
    get: (target, property) => {
      if (property === 'getWithMetadata')
        return async (keys: string[]) => {
          reads += 1;
          if (mode === 'unreadable') throw new Error('KV GET failed: 500');
          if (mode === 'hanging') await new Promise(() => {});
          const found = await target.getWithMetadata(keys, { type: 'text', cacheTtl: 30 });
          if (mode === 'frozen' && frozen !== undefined) found.set(PERCENTAGE_KEY, frozen);
          return found;
        };
      const write = property === 'put' ? target.put.bind(target) : undefined;
      return write === undefined
        ? Reflect.get(target, property)
        : (...given: Parameters<typeof write>) =>
            mode === 'unwritable'
              ? Promise.reject(new Error('KV PUT failed: 429'))
              : write(...given);
    },
  });

export class BentRegistry extends RolloutRegistry {
  constructor(ctx: DurableObjectState, env: RegistryEnv) {
    super(ctx, { ...env, MCP_KV: bent(env.MCP_KV) });
  }

  /** As when the machine is lost. */
  die(): void {
    this.ctx.abort('lost');
  }
}

const isolates = new Map<string, Rollout>();

const isolateOf = (env: Env, stage: string, name: string): Rollout => {
  const key = `${stage}/${name}`;
  const known = isolates.get(key);
  if (known !== undefined) return known;
  const fresh = createRollout({
    registry: rolloutRegistry(env.ROLLOUT_REGISTRY, stage),
    tools: TOOLS,
    now,
    waitUntil,
  });
  isolates.set(key, fresh);
  return fresh;
};

const decide = async (url: URL, rollout: Rollout): Promise<Response> => {
  const principal = {
    client: url.searchParams.get('client') ?? 'nobody',
    scopes: url.searchParams.getAll('scope'),
  };
  const decision = await rollout.decide(principal);
  if (!decision.isIn) return notInRollout(decision, 'request-1');
  return Response.json({ toolsOut: [...rollout.toolsOut(principal)] });
};

const bend = async (url: URL, env: Env): Promise<Response> => {
  offset += Number(url.searchParams.get('pass') ?? 0);
  const wanted = url.searchParams.get('kv');
  if (wanted === 'frozen') frozen = await readPercentage(env.MCP_KV);
  if (wanted !== null) mode = wanted;
  return Response.json({ reads });
};

const admin = async (request: Request, env: Env, stage: string): Promise<Response> => {
  const token = env.MCP_ADMIN_TOKEN;
  const isAdmin = async (headers: Headers) =>
    isSameSecret(bearerToken(headers.get('authorization')) ?? '', token ?? '');
  const answer = await adminRoute(request, {
    isAdmin: token === undefined ? undefined : isAdmin,
    registry: rolloutRegistry(env.ROLLOUT_REGISTRY, stage),
    onRolloutChanged: () => isolateOf(env, stage, 'own').forget(),
    revoke: async (revocation) => {
      if (revocation.client === 'unlucky') throw new Error('The limiter is down.');
      await env.MCP_KV.put('revoked', JSON.stringify(revocation));
    },
    limits: {
      kv: env.MCP_KV,
      limitFrom: (stored) => ({ limit: stored === null ? 100 : Number(stored) }),
    },
    stage,
    requestId: 'request-1',
  });
  return answer ?? new Response('Nothing here.', { status: 404 });
};

export default {
  fetch: async (request, env): Promise<Response> => {
    const url = new URL(request.url);
    const stage = request.headers.get('x-stage') ?? 'prod';
    const rollout = isolateOf(env, stage, url.searchParams.get('isolate') ?? 'own');
    if (url.pathname === '/bend') return bend(url, env);
    if (url.pathname === '/decide') return decide(url, rollout);
    if (url.pathname === '/status') return Response.json(await rollout.status());
    if (url.pathname === '/die') {
      const registry = env.ROLLOUT_REGISTRY.get(env.ROLLOUT_REGISTRY.idFromName(stage));
      await registry.die().catch(() => {});
      return new Response();
    }
    return admin(request, env, stage);
  },
} satisfies ExportedHandler<Env>;
