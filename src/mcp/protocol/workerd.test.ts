import { afterAll, beforeAll, describe, expect, it } from 'bun:test';

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Miniflare } from 'miniflare';

import {
  callTool,
  modernPost,
  post,
  readAnswer,
  refusalOf,
  resultOf,
  TOOLS,
} from './kit.fixture.ts';

/** The kit as a Worker, without nodejs_compat: whatever needs Node fails to start here. */
async function startWorker(): Promise<Miniflare> {
  const built = await Bun.build({
    entrypoints: [`${import.meta.dir}/kit-worker.fixture.ts`],
    format: 'esm',
    target: 'browser',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
  });
  const script = await built.outputs[0]?.text();
  return new Miniflare({
    modules: [{ type: 'ESModule', path: 'worker.js', contents: script ?? '' }],
    compatibilityDate: '2026-07-30',
    // Without it a request's signal never fires.
    compatibilityFlags: ['enable_request_signal'],
  });
}

describe('inside workerd', () => {
  let worker: Miniflare;
  let base: URL;
  beforeAll(async () => {
    worker = await startWorker();
    base = await worker.ready;
  }, 30_000);
  afterAll(() => worker.dispose());

  const at = (request: Request) => new Request(new URL('/mcp', base).href, request);
  const send = async (request: Request) => readAnswer(await fetch(at(request)));

  it('answers a bare curl, both eras, and a refusal', async () => {
    const init = await send(post({ jsonrpc: '2.0', id: 1, method: 'initialize' }));
    expect(resultOf(init)['protocolVersion']).toBe('2025-11-25');
    const legacy = await send(post(callTool('read_notes')));
    expect(resultOf(legacy)['structuredContent']).toMatchObject({ stage: 'prod' });
    const params = { name: 'read_notes', arguments: {} };
    const modern = await send(modernPost('tools/call', params));
    expect(resultOf(modern)).toMatchObject({ resultType: 'complete' });
    const refused = await send(post(callTool('wait', { ms: 1 }), { 'x-scopes': 'db:query' }));
    expect(refusalOf(resultOf(refused)).code).toBe('SCOPE_MISSING');
    const failed = await send(post(callTool('fail', { how: 'error' })));
    expect(refusalOf(resultOf(failed)).code).toBe('INTERNAL');
  });

  it('writes out hidden characters with this engine too', async () => {
    const data = { 'k\u{E0041}': '\u{202E}\u{200B}👩‍💻\u{FE0E}' };
    const mirrored = resultOf(await send(post(callTool('mirror', { data }))));
    expect(mirrored['structuredContent']).toEqual({
      data: { 'k\\u{E0041}': '\\u{202E}\\u{200B}👩‍💻\\u{FE0E}' },
    });
  });

  it('streams progress', async () => {
    const params = { name: 'wait', arguments: { ms: 300 }, _meta: { progressToken: 1 } };
    const { type, messages } = await send(
      modernPost('tools/call', params, { accept: 'text/event-stream' }),
    );
    expect(type).toStartWith('text/event-stream');
    expect(messages).toHaveLength(3);
  });

  it('cuts a body over 256 KiB, declared and chunked', async () => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' } };
    for (const length of [262_000, 300_000, 900_000]) {
      const long = JSON.stringify(callTool('mirror', { data: { a: 'x'.repeat(length) } }));
      const status = length > 262_144 ? 413 : 200;
      expect((await send(post(long))).status).toBe(status);
      const body = new Blob([long]).stream();
      expect((await fetch(new URL('/mcp', base), { ...init, body })).status).toBe(status);
    }
  });

  it('stops a tool whose caller has gone', async () => {
    const params = { name: 'wait', arguments: { ms: 10_000 } };
    const accept = { accept: 'application/json, text/event-stream' };
    const token = { _meta: { progressToken: 1 } };
    for (const request of [
      modernPost('tools/call', params),
      post({ ...callTool('wait'), params }),
      modernPost('tools/call', { ...params, ...token }, accept),
      post({ ...callTool('wait'), params: { ...params, ...token } }, accept),
    ]) {
      const left = fetch(at(request), { signal: AbortSignal.timeout(100) });
      await left.then((response) => response.text()).catch(() => '');
    }
    await Bun.sleep(200);
    const records = JSON.stringify(await (await fetch(new URL('/records', base))).json());
    expect(records.split('"ABORTED"')).toHaveLength(5);
  });

  it.each(['legacy', 'auto'] as const)('serves the official client: %s', async (mode) => {
    const info = { name: 'official', version: '1.0.0' };
    const client = new Client(info, { versionNegotiation: { mode } });
    await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', base)));
    expect((await client.listTools()).tools).toHaveLength(TOOLS.length);
    const result = await client.callTool({ name: 'read_notes', arguments: {} });
    expect(result.structuredContent).toMatchObject({ stage: 'prod' });
    await client.close();
  });
});
