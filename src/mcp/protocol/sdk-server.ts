// Builds the SDK's server for one request. It is thrown away afterwards: a pooled one would keep the previous caller's
// name, capabilities and protocol version. It holds only the tools that this request lists or calls.
import { McpServer, type ServerContext } from '@modelcontextprotocol/server';

import { runGuarded, type OnError } from './endpoint-tool.ts';
import { isRecord } from './json.ts';
import type { PreparedTool, ToolCatalog } from './tool-catalog.ts';

export interface ServerFacts {
  readonly info: { readonly name: string; readonly version: string };
  readonly instructions: string;
  readonly onError: OnError;
}

/** Lists differ by caller, so only the caller may keep them; a minute spares re-reading and soon shows a new deploy. */
const CACHE_HINT = { ttlMs: 60_000, cacheScope: 'private' } as const;

export function serverFor<Caller>(
  facts: ServerFacts,
  catalog: ToolCatalog<Caller>,
  caller: Caller,
  body: unknown,
): McpServer {
  const server = new McpServer(facts.info, {
    instructions: facts.instructions,
    capabilities: { tools: { listChanged: false } },
    cacheHints: { 'tools/list': CACHE_HINT, 'server/discover': CACHE_HINT },
  });
  for (const prepared of toolsIn(body, catalog)) register(server, prepared, caller, facts.onError);
  return server;
}

function register<Caller>(
  server: McpServer,
  { tool, input, output }: PreparedTool<Caller>,
  caller: Caller,
  onError: OnError,
): void {
  const { name, title, description, annotations } = tool;
  server.registerTool(
    name,
    { title, description, annotations, inputSchema: input, outputSchema: output },
    (args: unknown, mcp: ServerContext) =>
      runGuarded(tool, args, { caller, signal: mcp.mcpReq.signal, mcp }, onError),
  );
}

/** Hidden tools can be called by name, yet must not turn up in a list that the same batch asks for. */
function toolsIn<Caller>(
  body: unknown,
  { listed, byName }: ToolCatalog<Caller>,
): readonly PreparedTool<Caller>[] {
  const messages = (Array.isArray(body) ? body : [body]).filter(isRecord);
  if (messages.some((message) => message['method'] === 'tools/list')) return listed;
  const called = new Set(messages.map(calledTool));
  return [...called].flatMap((name) => {
    const prepared = name === undefined ? undefined : byName.get(name);
    return prepared === undefined ? [] : [prepared];
  });
}

function calledTool({ method, params }: Record<string, unknown>): string | undefined {
  if (method !== 'tools/call' || !isRecord(params)) return undefined;
  return typeof params['name'] === 'string' ? params['name'] : undefined;
}
