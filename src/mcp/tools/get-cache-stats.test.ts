import { describe, expect, it } from 'bun:test';

import { useCloud } from '../../../test/kit/cloud.ts';
import { ask, refusal } from '../../../test/kit/mcp-calls.ts';
import { getCacheStats } from './get-cache-stats.ts';

const cloud = useCloud({ namespaces: ['demo-cache', 'sessions'] });
const stats = async (args: Record<string, unknown> = {}) =>
  (await ask(cloud(), getCacheStats, args)).namespaces;

describe('get_cache_stats', () => {
  it('measures every namespace, or the one named', async () => {
    expect((await stats()).map(({ name }) => name)).toEqual(['demo-cache', 'sessions']);
    expect(await stats({ namespace: 'sessions' })).toEqual([
      {
        name: 'sessions',
        keyCount: 0,
        complete: true,
        withExpiration: 0,
        prefixes: [],
        sample: { keys: [], averageBytes: null },
      },
    ]);
  });

  it('counts what is there now: a key put or deleted changes the answer', async () => {
    const namespace = await cloud().namespace('sessions');
    const count = async () => (await stats({ namespace: 'sessions' }))[0]?.keyCount;
    await namespace.put('a:1', 'x');
    expect(await count()).toBe(1);
    await namespace.put('a:2', 'x', { expirationTtl: 600 });
    expect(await stats({ namespace: 'sessions' })).toMatchObject([
      { keyCount: 2, withExpiration: 1 },
    ]);
    await Promise.all([namespace.delete('a:1'), namespace.delete('a:2')]);
    expect(await count()).toBe(0);
  });

  it('counts the keys with the prefix alone', async () => {
    expect(await stats({ namespace: 'demo-cache', prefix: 'session:' })).toMatchObject([
      { keyCount: 5, withExpiration: 5, complete: true },
    ]);
  });

  it('measures the values it samples, and tells when they end', async () => {
    const [cache] = await stats({ namespace: 'demo-cache', prefix: 'page:' });
    const expected = [
      ['page:docs', '<h1>docs</h1>'],
      ['page:home', '<h1>home</h1>'],
      ['page:pricing', '<h1>pricing</h1>'],
    ] as const;
    expect(cache?.sample.keys).toEqual(
      expected.map(([key, value]) => ({
        key,
        bytes: value.length,
        complete: true,
        expiresAt: null,
      })),
    );
    expect(cache?.sample.averageBytes).toBe(14);
    const [sessions] = await stats({ namespace: 'demo-cache', prefix: 'session:user-123' });
    const expiresAt = Date.parse(String(sessions?.sample.keys[0]?.expiresAt));
    const days = (expiresAt - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(6.9);
    expect(days).toBeLessThan(7.1);
  });

  it('lists the known namespaces when asked for another', async () => {
    for (const namespace of ['cache', 'mcp-server-flags', 'MCP_KV', 'demo-db']) {
      const { code, message } = await refusal(cloud(), 'get_cache_stats', { namespace });
      expect(code).toBe('UNKNOWN_NAMESPACE');
      expect(message).toContain('Known: demo-cache, sessions.');
    }
  });

  it.each([{ prefix: 7 }, { prefix: 'x'.repeat(513) }, { namespace: '' }, { limit: 5 }])(
    'refuses %o',
    async (args) => {
      expect((await refusal(cloud(), 'get_cache_stats', args)).code).toBe('INVALID_ARGUMENT');
    },
  );
});
