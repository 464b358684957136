// MCP clients that others wrote, each as its users drive it, behind one interface. All run under Bun, so that the machine's
// Node does not matter: some of them want a newer one.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { createMCPClient } from '@ai-sdk/mcp';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { z } from 'zod';

import { listen } from '../../ci/listen.ts';

export interface Server {
  readonly endpoint: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** A client may leave its own files here. */
  readonly home: string;
}

interface ToolCall {
  readonly name: string;
  readonly arguments: Record<string, unknown>;
}

export interface AnyClient {
  listTools(): Promise<{ tools: { name: string }[] }>;
  callTool(call: ToolCall): Promise<unknown>;
  close(): Promise<void>;
}

type Connect = (server: Server) => Promise<AnyClient>;

const INFO = { name: 'system-test', version: '1' };

const sdkV2 =
  (mode: 'auto' | 'legacy'): Connect =>
  async ({ endpoint, headers }) => {
    const client = new Client(INFO, { versionNegotiation: { mode } });
    await client.connect(new StreamableHTTPClientTransport(endpoint, { requestInit: { headers } }));
    return client;
  };

const sdkV1: Connect = async ({ endpoint, headers }) => {
  const client = new ClientV1(INFO);
  await client.connect(new TransportV1(endpoint, { requestInit: { headers } }));
  return client;
};

/** The three that speak through the official SDKs. */
export const SDK_CLIENTS = {
  'the v2 client, 2026-07-28': sdkV2('auto'),
  'the v2 client, 2025 era': sdkV2('legacy'),
  'the v1 client': sdkV1,
} satisfies Record<string, Connect>;

/** A file of a package, found by the address of its package.json. */
const within = (packageJson: string, path: string): string =>
  fileURLToPath(new URL(path, packageJson));

const headerWords = (headers: Server['headers']): string[] =>
  Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]);

const environment = ({ home }: Server) => ({ PATH: process.env['PATH'] ?? '', HOME: home });

const INSPECTOR = within(
  import.meta.resolve('@modelcontextprotocol/inspector/package.json'),
  'clients/launcher/build/index.js',
);

const inspected = z.object({ result: z.looseObject({}) });
const listed = z.object({ tools: z.array(z.object({ name: z.string() })) });

/** MCP Inspector's command line: a process, and a connection, per question. */
const inspector =
  (era: 'modern' | 'legacy'): Connect =>
  async (server) => {
    const ask = async (...words: readonly string[]) => {
      const to = [server.endpoint.href, '--transport', 'http', ...headerWords(server.headers)];
      const how = ['--protocol-era', era, '--format', 'json', '--stored-auth-only'];
      const run = Bun.spawn(
        [process.execPath, '--bun', INSPECTOR, '--cli', ...to, ...how, ...words],
        { env: environment(server), stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' },
      );
      const { stdout: said, stderr: complaint } = await listen(run).ended;
      if (said.trim() === '') throw new Error(`The inspector said nothing. ${complaint}`);
      return inspected.parse(JSON.parse(said)).result;
    };
    return {
      listTools: async () => listed.parse(await ask('--method', 'tools/list')),
      callTool: ({ name, arguments: args }) => {
        const given = Object.entries(args).flatMap(([key, value]) => [
          '--tool-arg',
          `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
        ]);
        return ask('--method', 'tools/call', '--tool-name', name, ...given);
      },
      close: async () => {},
    };
  };

/** The bridge by which clients that only start a program reach a server over HTTP. */
const mcpRemote: Connect = async (server) => {
  const client = new ClientV1(INFO);
  const bridge = within(import.meta.resolve('mcp-remote/package.json'), 'dist/proxy.js');
  const how = ['--transport', 'http-only', ...headerWords(server.headers)];
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: ['--bun', bridge, server.endpoint.href, ...how],
      env: { ...environment(server), MCP_REMOTE_CONFIG_DIR: join(server.home, '.mcp-remote') },
      stderr: 'ignore',
    }),
  );
  return client;
};

/** What the Vercel AI SDK gives a model: a function per tool. */
const aiSdk: Connect = async ({ endpoint, headers }) => {
  const client = await createMCPClient({
    transport: { type: 'http', url: endpoint.href, headers: { ...headers } },
  });
  const tools = await client.tools();
  return {
    listTools: async () => ({ tools: Object.keys(tools).map((name) => ({ name })) }),
    callTool: async ({ name, arguments: args }) =>
      tools[name]?.execute(args, { messages: [], toolCallId: name, context: undefined }),
    close: () => client.close(),
  };
};

interface IndependentClient {
  readonly connect: Connect;
  readonly isModern: boolean;
}

const modern = (connect: Connect): IndependentClient => ({ connect, isModern: true });
const of2025 = (connect: Connect): IndependentClient => ({ connect, isModern: false });

export const INDEPENDENT_CLIENTS: Readonly<Record<string, IndependentClient>> = {
  'the v2 client, 2026-07-28': modern(sdkV2('auto')),
  'the v2 client, 2025 era': of2025(sdkV2('legacy')),
  'the v1 client': of2025(sdkV1),
  'MCP Inspector, 2026-07-28': modern(inspector('modern')),
  'MCP Inspector, 2025 era': of2025(inspector('legacy')),
  'mcp-remote': of2025(mcpRemote),
  'the AI SDK': modern(aiSdk),
};
