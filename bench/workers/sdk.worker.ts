// Peer: the SDK's own handler, with nothing in front of it.
import { createMcpHandler } from '@modelcontextprotocol/server';

import { serverFactory } from './sdk-server.ts';

export { RunnerHub, StageEngine, AddressGuard, ClientLimiter, RolloutRegistry } from './objects.ts';

let handler: ReturnType<typeof createMcpHandler> | undefined;

export default {
  fetch: (request, env) => {
    handler ??= createMcpHandler(serverFactory(env));
    return handler.fetch(request);
  },
} satisfies ExportedHandler<Record<string, unknown>>;
