import { describe, expect, it } from 'bun:test';

import { z } from 'zod';

import type { EndpointTool } from './endpoint-tool.ts';
import { createEndpoint } from './endpoint.ts';
import {
  callTool,
  modernPost,
  post,
  readAnswer,
  refusalOf,
  resultOf,
  SECRET,
  textOf,
} from './kit.fixture.ts';

describe('who serves a call', () => {
  /** The SDK hands its context to the tool; the fast path has none. */
  const spyTool = (servedBy: string[]): EndpointTool<null> => ({
    name: 'spy',
    title: 'Spy',
    description: 'Notes who served it.',
    annotations: {},
    input: z.object({ n: z.number().optional() }),
    output: z.object({}),
    run: async (_, { mcp }) => {
      servedBy.push(mcp === undefined ? 'fast' : 'sdk');
      return { content: [], structuredContent: {} };
    },
  });

  function spy(over: Partial<EndpointTool<null>> = {}) {
    const servedBy: string[] = [];
    const tool = { ...spyTool(servedBy), ...over };
    const endpoint = createEndpoint<null>({
      info: { name: 'spy', version: '1' },
      instructions: '',
      toolsFor: () => [tool],
      grantOf: () => '',
    });
    const send = async (request: Request) => {
      servedBy.length = 0;
      const { status } = await readAnswer(await endpoint.fetch(request, null));
      return servedBy[0] ?? `nobody, ${status}`;
    };
    return send;
  }

  const legacy = (params: object = {}) =>
    post({ ...callTool('spy'), params: { name: 'spy', ...params } });
  const modern = (params: object = {}, headers = {}) =>
    modernPost('tools/call', { name: 'spy', ...params }, headers);

  const without = (request: Request, dropped: string, added: Record<string, string> = {}) => {
    const kept = [...request.headers].filter(([name]) => name !== dropped);
    return new Request(request, { headers: { ...Object.fromEntries(kept), ...added } });
  };

  it.each<[string, () => Request]>([
    ['legacy', legacy],
    ['legacy with arguments', () => legacy({ arguments: { n: 1 } })],
    ['legacy with a trace', () => legacy({ _meta: { traceparent: 'x' } })],
    ['modern', modern],
    ['modern with arguments', () => modern({ arguments: { n: 1 } })],
  ])('the fast path: %s', async (_, request) => {
    expect(await spy()(request())).toBe('fast');
  });

  it.each<[string, () => Request, string]>([
    ['legacy progress', () => legacy({ _meta: { progressToken: 1 } }), 'sdk'],
    [
      'modern log level',
      () => modern({ _meta: { 'io.modelcontextprotocol/logLevel': 'info' } }),
      'sdk',
    ],
    ['legacy task', () => legacy({ task: { ttl: 1 } }), 'sdk'],
    ['modern state', () => modern({ requestState: 's' }), 'sdk'],
    ['modern responses', () => modern({ inputResponses: {} }), 'sdk'],
    ['a name in base64', () => modern({}, { 'mcp-name': '=?base64?c3B5?=' }), 'sdk'],
    ['a batch', () => post([callTool('spy')]), 'sdk'],
    ['wrong arguments', () => legacy({ arguments: { n: 'x' } }), 'nobody, 200'],
    ['arguments null', () => legacy({ arguments: null }), 'nobody, 200'],
    ['a wrong name header', () => modern({}, { 'mcp-name': 'x' }), 'nobody, 400'],
    ['no method header', () => without(modern(), 'mcp-method'), 'nobody, 400'],
    ['no name header', () => without(modern(), 'mcp-name'), 'nobody, 400'],
    ['no version header', () => without(modern(), 'mcp-protocol-version'), 'nobody, 400'],
    [
      'an old version header',
      () => modern({}, { 'mcp-protocol-version': '2025-06-18' }),
      'nobody, 400',
    ],
    [
      'an unknown legacy version',
      () => without(legacy(), '', { 'mcp-protocol-version': '1999-01-01' }),
      'nobody, 400',
    ],
    ['a wrong method header', () => modern({}, { 'mcp-method': 'x' }), 'nobody, 400'],
  ])('the SDK: %s', async (_, request, served) => {
    expect(await spy()(request())).toBe(served);
  });

  it('the SDK words wrong arguments', async () => {
    const endpoint = createEndpoint<null>({
      info: { name: 'spy', version: '1' },
      instructions: '',
      toolsFor: () => [spyTool([])],
      grantOf: () => '',
    });
    const answer = await readAnswer(await endpoint.fetch(legacy({ arguments: { n: 'x' } }), null));
    expect(textOf(resultOf(answer))).toStartWith('Input validation error');
  });

  it('the SDK: tools that are interactive, mirror headers, or have no object as result', async () => {
    expect(await spy({ interactive: true })(modern())).toBe('sdk');
    expect(await spy({ hidden: true })(modern())).toBe('sdk');
    expect(await spy({ output: z.unknown() })(modern())).toBe('sdk');
    const n = z.number().optional().meta({ 'x-mcp-header': 'N' });
    expect(await spy({ input: z.object({ n }) })(modern())).toBe('sdk');
  });
});

describe('a tool that did not come through the seam', () => {
  const rogue = (run: () => unknown) => {
    const errors: Error[] = [];
    const tool: EndpointTool<null> = {
      name: 'rogue',
      title: 'Rogue',
      description: '',
      annotations: {},
      input: z.object({}),
      output: z.object({ n: z.number() }),
      run: async () => JSON.parse(JSON.stringify(run())),
    };
    return { tool, errors };
  };

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error(SECRET);
      },
    ],
    ['breaks its schema', () => ({ content: [], structuredContent: { n: SECRET } })],
    ['forgets its result', () => ({ content: [{ type: 'text', text: SECRET }] })],
    [
      'asks for input it may not ask for',
      () => ({ resultType: 'input_required', requestState: SECRET }),
    ],
    ['gives nothing', () => null],
  ])('leaks nothing when it %s', async (_, run) => {
    for (const fast of [true, false]) {
      const { tool, errors } = rogue(run);
      const endpoint = createEndpoint<null>({
        info: { name: 'spy', version: '1' },
        instructions: '',
        toolsFor: () => [tool],
        grantOf: () => '',
        fast,
        onError: (error) => errors.push(error),
      });
      for (const request of [
        post(callTool('rogue')),
        modernPost('tools/call', { name: 'rogue' }),
      ]) {
        const answer = await readAnswer(await endpoint.fetch(request, null));
        expect(JSON.stringify(answer.messages)).not.toContain('hunter2');
        expect(refusalOf(resultOf(answer)).code).toBe('INTERNAL');
      }
      expect(errors).toHaveLength(2);
    }
  });
});
