// Peer: Cloudflare's agents SDK, with nothing in front of it.
import { createMcpHandler } from 'agents/mcp/server';

import { serverFactory } from './sdk-server.ts';

export { RunnerHub, StageEngine, AddressGuard, ClientLimiter, RolloutRegistry } from './objects.ts';

let factory: ReturnType<typeof serverFactory> | undefined;

export default {
  fetch: (request, env, ctx) => {
    factory ??= serverFactory(env);
    return createMcpHandler(factory)(request, env, ctx);
  },
} satisfies ExportedHandler<Record<string, unknown>>;
