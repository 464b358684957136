import { describe, expect, it } from 'bun:test';

import { Miniflare } from 'miniflare';

import { createCoarseLimit } from './coarse.ts';

describe('the coarse limit', () => {
  it('asks the binding about the address', async () => {
    const keys: string[] = [];
    const limit = async ({ key }: { key: string }) => {
      keys.push(key);
      return { success: keys.length < 2 };
    };
    const coarse = createCoarseLimit({ limit });
    expect(await coarse('203.0.113.7')).toEqual({ passes: true });
    expect(await coarse('203.0.113.7')).toEqual({ passes: false });
    expect(keys).toEqual(['203.0.113.7', '203.0.113.7']);
  });

  it('lets pass where there is no binding', async () => {
    for (const nothing of [undefined, null, {}, 'text', { limit: 7 }])
      expect(await createCoarseLimit(nothing)('local')).toEqual({ passes: true });
  });

  it('lets pass, and says why, when the binding fails', async () => {
    const cause = new Error('down');
    const rejects = createCoarseLimit({ limit: () => Promise.reject(cause) });
    expect(await rejects('local')).toEqual({ passes: true, cause });
    const throws = createCoarseLimit({
      limit: () => {
        throw cause;
      },
    });
    expect(await throws('local')).toEqual({ passes: true, cause });
  });

  it('knows the real binding', async () => {
    const miniflare = new Miniflare({
      modules: true,
      script: 'export default { fetch: () => new Response() }',
      compatibilityDate: '2026-07-30',
      ratelimits: { COARSE: { namespace_id: '1', simple: { limit: 3, period: 60 } } },
    });
    const { COARSE } = await miniflare.getBindings<{ COARSE: RateLimit }>();
    const coarse = createCoarseLimit(COARSE);
    const passes: boolean[] = [];
    for (let call = 0; call < 5; call += 1) passes.push((await coarse('203.0.113.7')).passes);
    await miniflare.dispose();
    expect(passes).toEqual([true, true, true, false, false]);
  });
});
