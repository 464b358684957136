import { describe, expect, it } from 'bun:test';

import { useCloud } from '../../test/kit/cloud.ts';
import { post } from '../../test/kit/mcp-calls.ts';
import { withSecret } from '../../test/kit/tokens.ts';
import { isAllowedOrigin } from './origin.ts';

const LISTED = 'https://assistant.example.com';
const INITIALIZE = { jsonrpc: '2.0', id: 1, method: 'initialize' };

const UNLISTED = [
  'https://evil.example',
  'http://assistant.example.com',
  'https://assistant.example.com:8443',
  'https://assistant.example.com.evil.example',
  'https://evil.assistant.example.com',
  'https://assistant.example.com/',
  'https://ASSISTANT.example.com',
  'https://assistant.example.co',
  'null',
  '*',
  'file://',
  'http://localhost:3000',
];

describe('in production', () => {
  const cloud = useCloud({ settings: { MCP_ALLOWED_ORIGINS: `${LISTED} https://other.example` } });

  it.each(UNLISTED)('a page of %s is refused, with good credentials too', async (origin) => {
    for (const credentials of [withSecret, {}]) {
      const response = await post(cloud(), INITIALIZE, { ...credentials, Origin: origin });
      expect(response.status).toBe(403);
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
      expect(await response.json()).toEqual({
        error: 'Forbidden',
        message: 'This origin may not call this server.',
        code: 'ORIGIN_NOT_ALLOWED',
        requestId: expect.any(String),
      });
    }
  });

  it('a page of the server’s own address is refused: a rebound name has that address', async () => {
    const origin = cloud().url.origin;
    expect((await post(cloud(), INITIALIZE, { ...withSecret, Origin: origin })).status).toBe(403);
  });

  it('a preflight of an unlisted page is answered without leave', async () => {
    for (const path of ['/mcp', '/health', '/unknown']) {
      const response = await cloud().fetch(path, {
        method: 'OPTIONS',
        headers: { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'POST' },
      });
      expect(response.status).toBe(204);
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  it('a listed page reads every answer, refusals included', async () => {
    for (const [credentials, status] of [
      [withSecret, 200],
      [{}, 401],
    ] as const) {
      const response = await post(cloud(), INITIALIZE, { ...credentials, Origin: LISTED });
      expect(response.status).toBe(status);
      expect(response.headers.get('access-control-allow-origin')).toBe(LISTED);
      expect(response.headers.get('vary')).toContain('Origin');
      expect(response.headers.get('access-control-allow-credentials')).toBeNull();
    }
  });

  it('its preflight names the headers MCP clients send', async () => {
    const response = await cloud().fetch('/mcp', {
      method: 'OPTIONS',
      headers: { Origin: LISTED, 'Access-Control-Request-Method': 'POST' },
    });
    const allowed = response.headers.get('access-control-allow-headers')?.toLowerCase().split(',');
    for (const name of ['authorization', 'content-type', 'mcp-protocol-version', 'x-mcp-secret'])
      expect(allowed).toContain(name);
    expect(response.headers.get('access-control-allow-methods')).toContain('POST');
  });

  it('a caller that is no page needs no origin', async () => {
    expect((await post(cloud(), INITIALIZE)).status).toBe(200);
  });
});

describe('in development', () => {
  const cloud = useCloud({ settings: { ENVIRONMENT: 'development' }, bare: true });

  it('any page may call, with credentials', async () => {
    for (const Origin of ['http://localhost:6274', 'https://anything.example']) {
      const response = await post(cloud(), INITIALIZE, { ...withSecret, Origin });
      expect(response.status).toBe(200);
      expect(response.headers.get('access-control-allow-origin')).toBe(Origin);
      expect((await post(cloud(), INITIALIZE, { Origin })).status).toBe(401);
    }
  });
});

describe('the rule', () => {
  it('lets nobody in by an empty list, outside development', () => {
    for (const environment of ['staging', 'production'] as const)
      for (const origin of [...UNLISTED, LISTED, ''])
        expect(isAllowedOrigin(origin, { environment, allowedOrigins: [] })).toBe(false);
  });

  it('knows no wildcard', () => {
    const policy = {
      environment: 'production',
      allowedOrigins: ['*', 'https://*.example'],
    } as const;
    expect(isAllowedOrigin('https://a.example', policy)).toBe(false);
  });
});
