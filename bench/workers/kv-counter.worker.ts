// Peer: the deployment guide's own design. A signature checked at every request, the flag and the count in KV, and the
// SDK's handler behind. It counts wrongly (two requests at once read the same number) and knows no revocation.
import { createMcpHandler } from '@modelcontextprotocol/server';
import { jwtVerify } from 'jose';

import { serverFactory } from './sdk-server.ts';

export { RunnerHub, StageEngine, AddressGuard, ClientLimiter, RolloutRegistry } from './objects.ts';

interface Env extends Record<string, unknown> {
  readonly MCP_KV: KVNamespace;
  readonly MCP_JWT_SECRET: string;
}

const WINDOW_S = 60;
const USUAL_LIMIT = 100;

let handler: ReturnType<typeof createMcpHandler> | undefined;

export default {
  fetch: async (request, env) => {
    const client = await clientOf(request, env);
    if (client === undefined) return refusal(401, 'Unauthorized');
    const flag = await env.MCP_KV.get('feature:dark-launch-percentage');
    if (Number(flag ?? 100) === 0) return refusal(503, 'Not available');
    if (!(await counted(env.MCP_KV, client))) return refusal(429, 'Rate limit exceeded');
    handler ??= createMcpHandler(serverFactory(env));
    return handler.fetch(request);
  },
} satisfies ExportedHandler<Env>;

const clientOf = async (request: Request, env: Env): Promise<string | undefined> => {
  const token = request.headers.get('authorization')?.replace(/^Bearer /, '');
  if (token === undefined) return undefined;
  try {
    const secret = new TextEncoder().encode(env.MCP_JWT_SECRET);
    const { payload } = await jwtVerify(token, secret, { algorithms: ['HS256'] });
    return typeof payload['client_id'] === 'string' ? payload['client_id'] : undefined;
  } catch {
    return undefined;
  }
};

const counted = async (kv: KVNamespace, client: string): Promise<boolean> => {
  const limit = Number((await kv.get(`limit:${client}`)) ?? USUAL_LIMIT);
  const key = `count:${client}:${Math.floor(Date.now() / 1_000 / WINDOW_S)}`;
  const used = Number((await kv.get(key)) ?? 0);
  if (used >= limit) return false;
  await kv.put(key, String(used + 1), { expirationTtl: 2 * WINDOW_S });
  return true;
};

const refusal = (status: number, message: string): Response =>
  Response.json({ jsonrpc: '2.0', id: null, error: { code: -32_000, message } }, { status });
