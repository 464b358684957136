import { describe, expect, it } from 'bun:test';

import { useCloud } from '../../../test/kit/cloud.ts';
import { asClient, callTool, refusal } from '../../../test/kit/mcp-calls.ts';
import { bearer } from '../../../test/kit/tokens.ts';

const cloud = useCloud({ namespaces: ['demo-cache', 'sessions'] });

describe('get_cache_stats', () => {
  it('never tells a value', async () => {
    await (await cloud().namespace()).put('token:1', 'canary-value-81');
    const result = await callTool(cloud(), 'get_cache_stats', { prefix: 'token:' });
    expect(JSON.stringify(result)).toContain('token:1');
    expect(JSON.stringify(result)).not.toContain('canary-value-81');
  });

  it('does not reach the server’s own flags, by any name', async () => {
    for (const namespace of ['mcp-server-flags', 'MCP_KV', 'flags', '__proto__']) {
      const { code } = await refusal(cloud(), 'get_cache_stats', { namespace });
      expect(code).toBe('UNKNOWN_NAMESPACE');
    }
  });

  it('is for tokens with its scope', async () => {
    const { code } = await refusal(cloud(), 'get_cache_stats', {}, bearer({ scope: 'db:query' }));
    expect(code).toBe('SCOPE_MISSING');
  });

  it('shows a key with hidden characters visibly', async () => {
    await (await cloud().namespace()).put('\u{202E}evil\u{200B}:x', '1');
    const result = await callTool(
      cloud(),
      'get_cache_stats',
      { prefix: '\u{202E}' },
      asClient('c'),
    );
    const all = JSON.stringify(result);
    expect(all).not.toMatch(/[\u{202E}\u{200B}]/u);
    expect(result.structuredContent).toMatchObject({
      prefix: '\\u{202E}',
      namespaces: [
        { prefixes: [{ prefix: '\\u{202E}evil\\u{200B}:', keys: 1 }] },
        { name: 'sessions', keyCount: 0 },
      ],
    });
  });
});
