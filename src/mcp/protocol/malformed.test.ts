import { describe, expect, it } from 'bun:test';

import { ask, createKit, post, resultOf, URL_OF_MCP } from './kit.fixture.ts';

const BOTH = { accept: 'application/json, text/event-stream' };
const bare = (method: string) => ({ jsonrpc: '2.0', id: 1, method });

for (const fast of [true, false]) {
  const kit = createKit({ fast });

  describe(`malformed requests, fast ${fast}`, () => {
    it.each(['GET', 'DELETE', 'PUT', 'PATCH'])('answers %s with 405 and Allow', async (method) => {
      const answer = await ask(kit, new Request(URL_OF_MCP, { method, headers: BOTH }));
      expect(answer.status).toBe(405);
      expect(answer.headers.get('allow')).toBe('POST');
      expect(resultOf(answer)).toMatchObject({
        code: -32000,
        data: { code: 'METHOD_NOT_ALLOWED' },
      });
    });

    it.each(['application/x-www-form-urlencoded', 'text/plain', '', 'application/jsonp'])(
      'answers the media type "%s" with 415',
      async (type) => {
        const answer = await ask(kit, post(bare('ping'), { 'content-type': type }));
        expect([answer.status, resultOf(answer)['code']]).toEqual([415, -32000]);
      },
    );

    it.each(['application/json; charset=utf-8', 'Application/JSON'])('takes %s', async (type) => {
      expect((await ask(kit, post(bare('ping'), { 'content-type': type }))).status).toBe(200);
    });

    it.each(['', '{', 'nul', '{"jsonrpc":"2.0",}', '\u0000'])(
      'answers what is not JSON with -32700: %#',
      async (text) => {
        const answer = await ask(kit, post(text));
        expect([answer.status, resultOf(answer)['code']]).toEqual([400, -32700]);
      },
    );

    it.each<[string, unknown]>([
      ['an empty batch', []],
      ['null', null],
      ['a number', 5],
      ['a string', 'tools/list'],
      ['no jsonrpc', { id: 1, method: 'ping' }],
      ['jsonrpc 1.0', { ...bare('ping'), jsonrpc: '1.0' }],
      ['id null', { ...bare('ping'), id: null }],
      ['an object as id', { ...bare('ping'), id: {} }],
      ['a fraction as id', { ...bare('ping'), id: 1.5 }],
      ['a number as method', { ...bare('ping'), method: 5 }],
      ['params null', { ...bare('tools/list'), params: null }],
      ['an array as params', { ...bare('tools/list'), params: [] }],
      ['a batch with rubbish', [bare('ping'), 5]],
    ])('answers %s with a JSON-RPC error and 400', async (_, body) => {
      const answer = await ask(kit, post(body));
      expect(answer.status).toBe(400);
      expect(resultOf(answer)['code']).toBeNumber();
    });

    it('answers a batch of ten, and refuses one of eleven', async () => {
      const batch = (length: number) =>
        Array.from({ length }, (_, id) => ({ ...bare('ping'), id }));
      expect((await ask(kit, post(batch(10)))).messages).toHaveLength(10);
      const answer = await ask(kit, post(batch(11)));
      expect([answer.status, resultOf(answer)['code']]).toEqual([400, -32600]);
    });

    it('answers an unknown legacy method with -32601 and an unknown legacy version with 400', async () => {
      expect(resultOf(await ask(kit, post(bare('tools/nope'))))['code']).toBe(-32601);
      const headers = { 'mcp-protocol-version': '2024-01-01' };
      expect((await ask(kit, post(bare('ping'), headers))).status).toBe(400);
    });

    it('answers an initialize with wrong params in a sentence', async () => {
      for (const params of [{ protocolVersion: 5 }, { capabilities: 5 }]) {
        const answer = await ask(kit, post({ ...bare('initialize'), id: 'i', params }));
        expect(answer.messages).toMatchObject([{ id: 'i', error: { code: -32602 } }]);
        expect(resultOf(answer)['message']).toStartWith('Invalid params: initialize takes');
      }
    });

    it.each([
      ['nested too deep', `{"a":${'['.repeat(32)}${']'.repeat(32)}}`],
      ['nested for ever', '['.repeat(100_000)],
      ['with a key twice', '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/list"}'],
      ['with the key __proto__', '{"jsonrpc":"2.0","id":1,"method":"ping","__proto__":{}}'],
    ])('refuses JSON %s before it is parsed', async (_, text) => {
      const answer = await ask(kit, post(text));
      expect([answer.status, resultOf(answer)['code']]).toEqual([400, -32600]);
    });

    it.each<[string, unknown]>([
      ['tools/list', { cursor: 0 }],
      ['tools/call', {}],
    ])(
      'words params of a wrong form itself, instead of dumping a schema: %s',
      async (method, params) => {
        const answer = await ask(kit, post({ ...bare(method), params }));
        expect(resultOf(answer)['code']).toBe(-32602);
        expect(JSON.stringify(answer)).not.toContain('invalid_type');
      },
    );

    it('takes a posted response and a stray notification without a word', async () => {
      expect((await ask(kit, post({ jsonrpc: '2.0', id: 9, result: {} }))).status).toBe(202);
      const cancelled = {
        jsonrpc: '2.0',
        method: 'notifications/cancelled',
        params: { requestId: 1 },
      };
      expect((await ask(kit, post(cancelled))).status).toBe(202);
    });
  });
}
