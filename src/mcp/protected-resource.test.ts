import { describe, expect, it } from 'bun:test';

import { z } from 'zod';

import { SCOPES } from '../contract/scopes.ts';
import { PROTECTED_RESOURCE_PATH, challenge, protectedResource } from './protected-resource.ts';

const metadata = z.strictObject({
  resource: z.url(),
  resource_name: z.string(),
  resource_documentation: z.url(),
  bearer_methods_supported: z.tuple([z.literal('header')]),
  scopes_supported: z.array(z.enum(SCOPES)),
});

const at = async (address: string) => {
  const response = protectedResource(new URL(address), { environment: 'production' });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toStartWith('application/json');
  return metadata.parse(await response.json());
};

describe('the metadata of the protected resource', () => {
  const path = PROTECTED_RESOURCE_PATH;

  it('is of the resource its address was made from, as RFC 9728 §3.3 has it checked', async () => {
    for (const [address, resource] of [
      [`https://mcp.example.com${path}/mcp`, 'https://mcp.example.com/mcp'],
      [`https://mcp.example.com${path}`, 'https://mcp.example.com'],
      [`https://mcp.example.com${path}/`, 'https://mcp.example.com'],
      [`http://localhost:8787${path}/mcp?x=1`, 'http://localhost:8787/mcp'],
    ] as const)
      expect((await at(address)).resource).toBe(resource);
  });

  it('names no authorization server, and no scope that changes anything', async () => {
    const { scopes_supported: scopes } = await at(`https://mcp.example.com${path}/mcp`);
    expect(scopes).toContain('infra:read');
    for (const scope of scopes) expect(scope).not.toMatch(/deploy|destroy|trigger|send|bypass/);
  });

  it('is what a 401 points to', async () => {
    const header = challenge(new URL('https://mcp.example.com/mcp?a="b"'));
    expect(header).toBe(
      `Bearer realm="alchemy-mcp-worker", resource_metadata="https://mcp.example.com${path}/mcp"`,
    );
    const [, address = ''] = /resource_metadata="([^"]+)"/.exec(header) ?? [];
    expect((await at(address)).resource).toBe('https://mcp.example.com/mcp');
  });
});
