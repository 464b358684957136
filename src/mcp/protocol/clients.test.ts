import { describe, expect, it } from 'bun:test';

import { Client as ClientV2, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

import { callerOf, createKit, refusalOf, TOOLS, URL_OF_MCP } from './kit.fixture.ts';

const INFO = { name: 'official', version: '1.0.0' };
const url = new URL(URL_OF_MCP);

/** What both generations of the official client offer, as far as these tests need it. */
interface Official {
  listTools(): Promise<{ tools: readonly { name: string }[] }>;
  callTool(params: { name: string; arguments: Record<string, unknown> }): Promise<object>;
  getServerVersion(): { name: string; version: string } | undefined;
  getInstructions(): string | undefined;
  close(): Promise<void>;
}

function inProcess(fast: boolean, scopes?: readonly 'db:query'[]) {
  const kit = createKit({ fast });
  const seen: string[] = [];
  const caller = callerOf(scopes ? { scopes } : {});
  const send = async (to: string | URL, init?: RequestInit) => {
    const request = new Request(String(to), init);
    const response = await kit.endpoint.fetch(request, caller);
    seen.push(`${request.headers.get('mcp-protocol-version')} ${response.status}`);
    return response;
  };
  return { kit, seen, send };
}

type Connect = (send: ReturnType<typeof inProcess>['send']) => Promise<Official>;

const connectV2 =
  (mode: 'legacy' | 'auto' | { pin: string }): Connect =>
  async (fetch) => {
    const client = new ClientV2(INFO, { versionNegotiation: { mode } });
    await client.connect(new StreamableHTTPClientTransport(url, { fetch }));
    return client;
  };

const connectV1: Connect = async (fetch) => {
  const client = new ClientV1(INFO);
  const transport = new TransportV1(url, { fetch });
  await client.connect(transport);
  return client;
};

const CLIENTS: [string, Connect, string][] = [
  ['v2 client, as it comes', connectV2('legacy'), '2025-11-25'],
  ['v2 client, negotiating', connectV2('auto'), '2026-07-28'],
  ['v2 client, pinned', connectV2({ pin: '2026-07-28' }), '2026-07-28'],
  ['v1 client', connectV1, '2025-11-25'],
];

for (const fast of [true, false]) {
  describe.each(CLIENTS)(`%s, fast ${fast}`, (_, connect, version) => {
    it('connects, lists and calls', async () => {
      const { send, seen } = inProcess(fast);
      const client = await connect(send);
      expect(client.getServerVersion()).toMatchObject({ name: 'kit', version: '1.2.3' });
      expect(client.getInstructions()).toBe('Look before you leap.');
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name)).toEqual(TOOLS.map(({ name }) => name));
      const result = await client.callTool({ name: 'read_notes', arguments: { limit: 1 } });
      expect(result).toMatchObject({ structuredContent: { notes: ['note 0'] } });
      expect(seen.at(-1)).toBe(`${version} 200`);
      await client.close();
    });

    it('accepts refusals and data with hidden characters', async () => {
      const { send } = inProcess(fast);
      const client = await connect(send);
      await client.listTools();
      const refused = await client.callTool({ name: 'fail', arguments: { how: 'error' } });
      expect(refused).toMatchObject({ isError: true });
      const data = { 'k\u{200B}': 'v\u{202E}', n: 1 };
      const mirrored = await client.callTool({ name: 'mirror', arguments: { data } });
      expect(mirrored).toMatchObject({
        structuredContent: { data: { 'k\\u{200B}': 'v\\u{202E}', n: 1 } },
      });
      await client.close();
    });

    it('is told the missing scope of a tool it does not see', async () => {
      const { send } = inProcess(fast, ['db:query']);
      const client = await connect(send);
      expect((await client.listTools()).tools).toHaveLength(1);
      const refused = await client.callTool({ name: 'wait', arguments: { ms: 1 } });
      expect(refusalOf({ ...refused }).code).toBe('SCOPE_MISSING');
      await client.close();
    });

    it('gets a protocol error for a tool that does not exist', async () => {
      const { send } = inProcess(fast);
      const client = await connect(send);
      const failed = client.callTool({ name: 'nope', arguments: {} });
      expect(await failed.catch((error: unknown) => error)).toMatchObject({ code: -32602 });
      await client.close();
    });
  });
}

describe('progress and leaving', () => {
  for (const mode of ['legacy', 'auto'] as const) {
    it(`reaches the v2 client, ${mode}, and its abort reaches the tool`, async () => {
      const { send, kit } = inProcess(true);
      const client = new ClientV2(INFO, { versionNegotiation: { mode } });
      await client.connect(new StreamableHTTPClientTransport(url, { fetch: send }));
      const heard: (string | undefined)[] = [];
      await client.callTool(
        { name: 'wait', arguments: { ms: 1 } },
        { onprogress: ({ message }) => heard.push(message) },
      );
      expect(heard).toEqual(['started\\u{202E}', 'done']);
      const leaving = new AbortController();
      const call = { name: 'wait', arguments: { ms: 15_000 } };
      const left = client.callTool(call, { signal: leaving.signal, onprogress: () => {} });
      setTimeout(() => leaving.abort(), 30);
      expect(await left.catch((error: unknown) => error)).toBeInstanceOf(Error);
      await client.close();
      await Bun.sleep(30);
      expect(kit.records.at(-1)).toMatchObject({ tool: 'wait', code: 'ABORTED' });
    });
  }
});
