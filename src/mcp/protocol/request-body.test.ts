import { describe, expect, it } from 'bun:test';

import { ask, callTool, createKit, post, resultOf, URL_OF_MCP } from './kit.fixture.ts';
import { MAX_BODY_BYTES } from './request-body.ts';

const kit = createKit();
const call = JSON.stringify(callTool('read_notes'));
/** A valid call padded with blanks to exactly `bytes`. */
const padded = (bytes: number) => call + ' '.repeat(bytes - call.length);

/** Sends `text` in chunks, with no declared length; tells how many bytes were pulled. */
function chunked(text: string, chunkBytes = 16_384) {
  const bytes = new TextEncoder().encode(text);
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(sent, sent + chunkBytes));
      sent += chunkBytes;
    },
  });
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
  return { request: new Request(URL_OF_MCP, init), pulled: () => sent };
}

const declared = (text: string, length: string) => post(text, { 'content-length': length });

describe('the body limit', () => {
  it('lets exactly 256 KiB through, declared or chunked', async () => {
    const text = padded(MAX_BODY_BYTES);
    for (const request of [declared(text, `${MAX_BODY_BYTES}`), chunked(text).request]) {
      expect((await ask(kit, request)).status).toBe(200);
    }
  });

  it('refuses one byte more with 413, declared or chunked, as a JSON-RPC error', async () => {
    const text = padded(MAX_BODY_BYTES + 1);
    for (const request of [declared(text, `${MAX_BODY_BYTES + 1}`), chunked(text).request]) {
      const answer = await ask(kit, request);
      expect(answer.status).toBe(413);
      expect(resultOf(answer)).toEqual({
        code: -32000,
        message: 'Payload Too Large: Request body must not exceed 262144 bytes',
        data: { code: 'BODY_TOO_LARGE', next: 'Send at most 256 KiB.' },
      });
    }
  });

  it('drops what comes after the limit, and stops reading a body that does not end', async () => {
    const { request, pulled } = chunked(padded(96 * MAX_BODY_BYTES));
    expect((await ask(kit, request)).status).toBe(413);
    expect(pulled()).toBeLessThan(68 * MAX_BODY_BYTES);
  });

  it.each(['5', '0', '-1', '', 'abc', '1e3', '0x10', '5, 5', ' 7 '])(
    'is not fooled by a declared length of "%s"',
    async (length) => {
      const answer = await ask(kit, declared(padded(2 * MAX_BODY_BYTES), length));
      expect(answer.status).toBe(413);
    },
  );

  it('counts bytes, not characters, when chunked', async () => {
    const text = JSON.stringify(callTool('mirror', { data: { a: '€'.repeat(90_000) } }));
    expect((await ask(kit, chunked(text).request)).status).toBe(413);
  });

  it('keeps a character whole that two chunks share', async () => {
    const text = JSON.stringify(callTool('mirror', { data: { a: 'x€😀y' } }));
    const answer = await ask(kit, chunked(text, 3).request);
    expect(resultOf(answer)['structuredContent']).toEqual({ data: { a: 'x€😀y' } });
  });

  it('answers a body that breaks off with 400', async () => {
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error('gone')) });
    const headers = { 'content-type': 'application/json' };
    const answer = await ask(kit, new Request(URL_OF_MCP, { method: 'POST', headers, body }));
    expect([answer.status, resultOf(answer)['code']]).toEqual([400, -32700]);
  });

  it('answers no body at all with 400', async () => {
    const headers = { 'content-type': 'application/json' };
    const answer = await ask(kit, new Request(URL_OF_MCP, { method: 'POST', headers }));
    expect(answer.status).toBe(400);
  });
});
