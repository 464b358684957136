import { describe, expect, it } from 'bun:test';

import {
  ask,
  callerOf,
  callTool,
  createKit,
  envelope,
  MODERN,
  modernPost,
  post,
  refusalOf,
  resultOf,
  TOOLS,
} from './kit.fixture.ts';

const BOTH = { accept: 'application/json, text/event-stream' };
const bare = (method: string) => ({ jsonrpc: '2.0', id: 1, method });

for (const fast of [true, false]) {
  const kit = createKit({ fast });

  describe(`a bare curl, fast ${fast}`, () => {
    it('initializes without params or Accept', async () => {
      const answer = await ask(kit, post(bare('initialize')));
      expect(answer.status).toBe(200);
      expect(answer.type).toStartWith('application/json');
      expect(answer.messages[0]).toMatchObject({ jsonrpc: '2.0', id: 1 });
      expect(resultOf(answer)).toMatchObject({
        protocolVersion: '2025-11-25',
        serverInfo: { name: 'kit', version: '1.2.3' },
        instructions: 'Look before you leap.',
        capabilities: { tools: { listChanged: false } },
      });
    });

    it('lists the tools in the order given, each with schemas and hints', async () => {
      const { status, type, messages } = await ask(kit, post(bare('tools/list')));
      expect([status, type]).toEqual([200, 'application/json']);
      const tools = messages[0]?.['result'];
      expect(tools).toMatchObject({ tools: TOOLS.map(({ name, title }) => ({ name, title })) });
      expect(JSON.stringify(tools)).not.toContain('$schema');
    });

    it.each(['*/*', 'application/json', 'text/html', 'text/event-stream;q=0'])(
      'gets plain JSON with Accept: %s',
      async (accept) => {
        const answer = await ask(kit, post(callTool('read_notes'), { accept }));
        expect([answer.status, answer.type]).toEqual([200, 'application/json']);
        expect(resultOf(answer)['structuredContent']).toEqual({
          stage: 'prod',
          table: 'users',
          notes: ['note 0', 'note 1', 'note 2'],
        });
      },
    );

    it('gets plain JSON from tools, refusals and unknown tools alike', async () => {
      for (const name of ['fail', 'nope', 'toString', '__proto__']) {
        const answer = await ask(kit, post(callTool(name, { how: 'error' })));
        expect([answer.status, answer.type]).toEqual([200, 'application/json']);
      }
    });

    it('answers ping', async () => {
      expect(resultOf(await ask(kit, post(bare('ping'))))).toEqual({});
    });
  });

  describe(`the 2025 revisions, fast ${fast}`, () => {
    it.each(['2025-11-25', '2025-06-18', '2025-03-26'])('speaks %s', async (protocolVersion) => {
      const params = { protocolVersion, capabilities: {}, clientInfo: { name: 'c', version: '1' } };
      const init = await ask(kit, post({ ...bare('initialize'), params }, BOTH));
      expect(resultOf(init)['protocolVersion']).toBe(protocolVersion);
      expect(init.headers.get('mcp-session-id')).toBeNull();
      const headers = { ...BOTH, 'mcp-protocol-version': protocolVersion };
      const initialized = { jsonrpc: '2.0', method: 'notifications/initialized' };
      expect((await ask(kit, post(initialized, headers))).status).toBe(202);
      const called = await ask(kit, post(callTool('read_notes', { limit: 1 }), headers));
      expect(resultOf(called)).not.toHaveProperty('resultType');
      expect(resultOf(called)['structuredContent']).toMatchObject({ notes: ['note 0'] });
    });

    it('offers its newest revision to a client that asks for an unknown one', async () => {
      const params = {
        protocolVersion: '2031-01-01',
        capabilities: {},
        clientInfo: { name: 'c', version: '1' },
      };
      const init = await ask(kit, post({ ...bare('initialize'), params }));
      expect(resultOf(init)['protocolVersion']).toBe('2025-11-25');
    });

    it('answers batches, and shows no hidden tool in one', async () => {
      const reader = callerOf({ scopes: ['db:query'] });
      const list = { ...bare('tools/list'), id: 2 };
      const batch = [callTool('deploy_infrastructure', { stage: 'prod' }), list];
      const answer = await ask(kit, post(batch), reader);
      const listed = answer.messages.find((message) => message['id'] === 2);
      expect(JSON.stringify(listed)).toContain('read_notes');
      expect(JSON.stringify(listed)).not.toContain('deploy_infrastructure');
    });

    it('streams progress to a caller that names event streams and sends a token', async () => {
      const call = callTool('wait', { ms: 1 });
      const params = { ...call.params, _meta: { progressToken: 7 } };
      const { type, messages } = await ask(kit, post({ ...call, params }, BOTH));
      expect(type).toStartWith('text/event-stream');
      expect(messages[0]).toMatchObject({
        method: 'notifications/progress',
        params: { progressToken: 7, progress: 1, message: 'started\\u{202E}' },
      });
      expect(messages.at(-1)).toMatchObject({ id: 1, result: { structuredContent: {} } });
    });

    it('drops progress for a caller that takes no stream', async () => {
      const call = callTool('wait', { ms: 1 });
      const params = { ...call.params, _meta: { progressToken: 7 } };
      const { type, messages } = await ask(kit, post({ ...call, params }));
      expect([type, messages.length]).toEqual(['application/json', 1]);
    });
  });

  describe(`revision 2026-07-28, fast ${fast}`, () => {
    it('discovers', async () => {
      const found = resultOf(await ask(kit, modernPost('server/discover')));
      expect(found).toMatchObject({
        resultType: 'complete',
        supportedVersions: [MODERN],
        instructions: 'Look before you leap.',
        cacheScope: 'private',
        _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'kit', version: '1.2.3' } },
      });
    });

    it('lists with private cache hints', async () => {
      const listed = resultOf(await ask(kit, modernPost('tools/list')));
      expect(listed).toMatchObject({
        resultType: 'complete',
        ttlMs: 60_000,
        cacheScope: 'private',
        tools: TOOLS.map(({ name }) => ({ name })),
      });
    });

    it('calls', async () => {
      const params = { name: 'read_notes', arguments: { table: 'orders', limit: 1 } };
      const answer = await ask(kit, modernPost('tools/call', params));
      expect([answer.status, answer.type]).toEqual([200, 'application/json']);
      expect(resultOf(answer)).toMatchObject({
        resultType: 'complete',
        structuredContent: { stage: 'prod', table: 'orders', notes: ['note 0'] },
        _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'kit' } },
      });
    });

    it('streams progress only to callers that name event streams', async () => {
      const params = { name: 'wait', arguments: { ms: 1 }, _meta: { progressToken: 'p' } };
      const streamed = await ask(kit, modernPost('tools/call', params, BOTH));
      expect(streamed.type).toStartWith('text/event-stream');
      expect(streamed.messages[0]).toMatchObject({ method: 'notifications/progress' });
      const plain = await ask(kit, modernPost('tools/call', params));
      expect([plain.type, plain.messages.length]).toEqual(['application/json', 1]);
      expect(resultOf(plain)['structuredContent']).toEqual({ waitedMs: 1 });
    });

    it('refuses to listen without a stream, and acknowledges with one', async () => {
      const params = { notifications: {} };
      const refused = await ask(kit, modernPost('subscriptions/listen', params));
      expect(refused.status).toBe(406);
      const listen = modernPost('subscriptions/listen', params, BOTH);
      const response = await kit.endpoint.fetch(listen, callerOf());
      expect(response.headers.get('content-type')).toStartWith('text/event-stream');
      await response.body?.cancel();
    });

    const unknownVersion = { 'io.modelcontextprotocol/protocolVersion': '2031-01-01' };
    const call = { name: 'read_notes', arguments: {} };
    const noEnvelope = post(
      { ...bare('tools/list'), params: {} },
      { 'mcp-protocol-version': MODERN },
    );
    it.each<[string, () => Request, number, number]>([
      ['an unknown method', () => modernPost('tools/nope'), 404, -32601],
      ['ping, which it removed', () => modernPost('ping'), 404, -32601],
      ['no envelope behind a modern header', () => noEnvelope, 400, -32602],
      [
        'a method header that differs',
        () => modernPost('tools/list', {}, { 'mcp-method': 'x' }),
        400,
        -32020,
      ],
      [
        'a name header that differs',
        () => modernPost('tools/call', call, { 'mcp-name': 'x' }),
        400,
        -32020,
      ],
      [
        'no version header',
        () => post({ ...bare('tools/list'), params: { _meta: envelope() } }),
        400,
        -32020,
      ],
      [
        'an unknown version',
        () =>
          modernPost(
            'tools/list',
            { _meta: unknownVersion },
            { 'mcp-protocol-version': '2031-01-01' },
          ),
        400,
        -32022,
      ],
      ['an unknown tool', () => modernPost('tools/call', { name: 'nope' }), 200, -32602],
    ])('refuses %s', async (_, request, status, code) => {
      const answer = await ask(kit, request());
      expect(answer.status).toBe(status);
      expect(resultOf(answer)['code']).toBe(code);
    });
  });

  describe(`hidden tools, fast ${fast}`, () => {
    const reader = callerOf({ scopes: ['db:query'] });

    it('lists what the caller may use, in both eras', async () => {
      for (const request of [post(bare('tools/list')), modernPost('tools/list')]) {
        const listed = resultOf(await ask(kit, request, reader));
        expect(listed['tools']).toMatchObject([{ name: 'read_notes' }]);
        expect(listed['tools']).toHaveLength(1);
      }
    });

    it('names the missing scope, whatever the arguments, in both eras', async () => {
      const params = { name: 'deploy_infrastructure', arguments: { nonsense: 1 } };
      for (const request of [
        post({ ...bare('tools/call'), params }),
        modernPost('tools/call', params),
      ]) {
        const result = resultOf(await ask(kit, request, reader));
        expect(result['isError']).toBe(true);
        expect(refusalOf(result)).toEqual({
          code: 'SCOPE_MISSING',
          message: 'deploy_infrastructure needs the scope infra:deploy.',
          next: 'Ask the operator for a token with the scope infra:deploy.',
        });
      }
    });

    it('keeps grants apart under concurrency', async () => {
      const grants = [callerOf(), reader, callerOf({ scopes: ['storage:read', 'infra:read'] })];
      const asked = Array.from({ length: 60 }, (_, n) => {
        const caller = grants[n % 3] ?? reader;
        const request = n % 2 === 0 ? post(bare('tools/list')) : modernPost('tools/list');
        return ask(kit, request, caller);
      });
      const counts = (await Promise.all(asked)).map((answer) => {
        const tools = resultOf(answer)['tools'];
        return Array.isArray(tools) ? tools.length : -1;
      });
      expect(counts).toEqual(Array.from({ length: 60 }, (_, n) => [6, 1, 3][n % 3] ?? 0));
    });
  });
}

describe('when our own parts break', () => {
  const request = () => post(bare('tools/list'));

  it('says nothing but "internal" when the tools cannot be made', async () => {
    const kit = createKit({
      toolsFor: () => {
        throw new Error('secret detail');
      },
    });
    const answer = await ask(kit, request());
    expect([answer.status, resultOf(answer)['code']]).toEqual([500, -32603]);
    expect(JSON.stringify(answer.messages)).not.toContain('secret');
    expect(kit.errors).toHaveLength(1);
  });

  it('takes no refused request for a fault of ours', async () => {
    const kit = createKit();
    expect((await ask(kit, modernPost('tools/list', {}, { 'mcp-method': 'x' }))).status).toBe(400);
    expect(kit.errors).toEqual([]);
  });

  it('answers although the error log throws', async () => {
    const kit = createKit({
      toolsFor: () => {
        throw new Error('secret detail');
      },
      onError: () => {
        throw new Error('log is down');
      },
    });
    expect((await ask(kit, request())).status).toBe(500);
  });
});
