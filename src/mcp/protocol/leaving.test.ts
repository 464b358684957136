import { describe, expect, it } from 'bun:test';

import { callerOf, callTool, createKit, modernPost, post } from './kit.fixture.ts';

describe('a caller who goes away', () => {
  const stream = { accept: 'application/json, text/event-stream' };
  const params = { name: 'wait', arguments: { ms: 15_000 } };
  const token = { _meta: { progressToken: 1 } };
  it.each<[string, (fast: boolean) => Request]>([
    ['legacy JSON', () => post({ ...callTool('x'), params })],
    ['legacy stream', () => post({ ...callTool('x'), params: { ...params, ...token } }, stream)],
    ['modern JSON', () => modernPost('tools/call', params)],
    ['modern stream', () => modernPost('tools/call', { ...params, ...token }, stream)],
  ])('stops the tool: %s', async (_, request) => {
    for (const fast of [true, false]) {
      const kit = createKit({ fast });
      const leaving = new AbortController();
      const leaves = new Request(request(true), { signal: leaving.signal });
      const answered = kit.endpoint.fetch(leaves, callerOf());
      setTimeout(() => leaving.abort(), 20);
      const response = await answered;
      await response.text().catch(() => '');
      await Bun.sleep(20);
      expect(kit.records).toMatchObject([{ tool: 'wait', code: 'ABORTED' }]);
      expect(kit.faults).toEqual([]);
    }
  });

  it('stops the tool when only the stream is let go of', async () => {
    for (const request of [
      post({ ...callTool('x'), params: { ...params, ...token } }, stream),
      modernPost('tools/call', { ...params, ...token }, stream),
    ]) {
      const kit = createKit();
      const response = await kit.endpoint.fetch(request, callerOf());
      const reader = response.body?.getReader();
      await reader?.read();
      await reader?.cancel();
      await Bun.sleep(20);
      expect(kit.records).toMatchObject([{ tool: 'wait', code: 'ABORTED' }]);
    }
  });

  it('is noticed also when it left before the call began', async () => {
    for (const fast of [true, false]) {
      const kit = createKit({ fast });
      const gone = new Request(post({ ...callTool('x'), params }), { signal: AbortSignal.abort() });
      const response = await Promise.race([
        kit.endpoint.fetch(gone, callerOf()),
        Bun.sleep(2_000).then(() => undefined),
      ]);
      expect(response).toBeDefined();
    }
  });
});
