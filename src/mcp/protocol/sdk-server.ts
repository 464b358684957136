// Builds the SDK's server for one request. It is thrown away afterwards: a pooled one would keep the previous caller's
// name, capabilities and protocol version. It holds only the tools that this request lists or calls.
import { McpServer, type ServerContext, type ServerOptions } from '@modelcontextprotocol/server';

import { isRecord } from '../../lib/json.ts';
import { runGuarded, type OnError } from './endpoint-tool.ts';
import type { PreparedTool, ToolCatalog } from './tool-catalog.ts';

/**
 * What is offered beside tools: resources, prompts, completions, logging. The product offers tools alone; test/conformance
 * offers the rest, and so shows that every method of the protocol passes through this endpoint unharmed.
 */
export interface ServerFeatures {
  readonly capabilities: NonNullable<ServerOptions['capabilities']>;
  /** Checks what a caller brings back from an answer that asked for input. */
  readonly requestState?: NonNullable<ServerOptions['requestState']>;
  register(server: McpServer): void;
}

export interface ServerFacts {
  readonly info: { readonly name: string; readonly version: string };
  readonly instructions: string;
  readonly features?: ServerFeatures | undefined;
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
  const { info, instructions, features } = facts;
  const server = new McpServer(info, {
    instructions,
    capabilities: { tools: { listChanged: false }, ...features?.capabilities },
    cacheHints: { 'tools/list': CACHE_HINT, 'server/discover': CACHE_HINT },
    ...(features?.requestState !== undefined && { requestState: features.requestState }),
  });
  features?.register(server);
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
