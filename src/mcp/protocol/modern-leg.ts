// Serves revision 2026-07-28: the SDK's handler, told who calls. It also words every refusal of a request that belongs
// to no era.
import { createMcpHandler, type McpServer } from '@modelcontextprotocol/server';

import { isRecord } from '../../lib/json.ts';
import { acceptsStream } from './accept.ts';
import { streamOnly } from './rpc-error.ts';

/** We have nothing to announce, so a listener only costs an open connection. */
const MAX_LISTENERS = 100;

export function createModernLeg() {
  // The handler hands the very request back to its factory; that is how the factory finds the server made for it.
  const servers = new WeakMap<Request, McpServer>();
  const handler = createMcpHandler(
    ({ requestInfo }) => {
      const server = requestInfo === undefined ? undefined : servers.get(requestInfo);
      if (server === undefined) throw new Error('The SDK asked for a server outside a request.');
      return server;
    },
    // What the SDK says of a request that it refuses may quote the caller, so nobody keeps it.
    { legacy: 'reject', maxSubscriptions: MAX_LISTENERS, onerror: () => {} },
  );

  return async (request: Request, body: unknown, server: McpServer): Promise<Response> => {
    if (acceptsStream(request.headers.get('accept'))) {
      servers.set(request, server);
      return handler.fetch(request, { parsedBody: body });
    }
    if (isRecord(body) && body['method'] === 'subscriptions/listen') return streamOnly();
    servers.set(request, server);
    return handler.fetch(request, { parsedBody: withoutProgress(body) });
  };
}

/** Progress turns an answer into a stream: for a caller that takes no stream, nobody asked for progress. */
function withoutProgress(body: unknown): unknown {
  if (!isRecord(body) || !isRecord(body['params']) || !isRecord(body['params']['_meta'])) {
    return body;
  }
  const { progressToken: _, ...meta } = body['params']['_meta'];
  return { ...body, params: { ...body['params'], _meta: meta } };
}
