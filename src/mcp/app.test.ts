import { describe, expect, it, spyOn } from 'bun:test';

import { useCloud } from '../../test/kit/cloud.ts';
import { post } from '../../test/kit/mcp-calls.ts';
import { LEAK } from '../../test/kit/odd-app.ts';
import { openServices } from '../../test/kit/open-services.ts';
import { JWT_SECRET, SHARED_SECRET, withSecret } from '../../test/kit/tokens.ts';
import { createApp } from './app.ts';
import type { Settings } from './settings.ts';

const cloud = useCloud({ bare: true });

const INITIALIZE = { jsonrpc: '2.0', id: 1, method: 'initialize' };

describe('every answer', () => {
  const requests: [string, string, Record<string, string>][] = [
    ['GET', '/health', {}],
    ['GET', '/', {}],
    ['POST', '/mcp', {}],
    ['POST', '/mcp', withSecret],
    ['GET', '/mcp', withSecret],
    ['PUT', '/runner/snapshot', {}],
    ['OPTIONS', '/mcp', { Origin: 'https://evil.example' }],
  ];

  it.each(requests)(
    'carries an id, and is kept and guessed at by nobody: %s %s %o',
    async (method, path, headers) => {
      const response = await cloud().fetch(path, { method, headers });
      expect(response.headers.get('x-request-id')).toMatch(/^[\w-]{8,}$/);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('cache-control')).toBe('no-store');
    },
  );

  it('has the id of its header in its body, and Cloudflare’s where there is one', async () => {
    const own = await cloud().fetch('/unknown');
    expect(await own.json()).toMatchObject({ requestId: own.headers.get('x-request-id') });
    const given = await cloud().fetch('/unknown', {
      headers: { 'CF-Ray': '8f2a1b3c4d5e6f70-FRA' },
    });
    expect(await given.json()).toMatchObject({ requestId: '8f2a1b3c4d5e6f70-FRA' });
  });
});

describe('a route that does not exist', () => {
  it.each([
    ['GET', '/'],
    ['GET', '/mcp/extra'],
    ['POST', '/health'],
    ['POST', '/runner/snapshot'],
    ['GET', '/admin'],
    ['GET', '/.env'],
    ['DELETE', '/anything'],
    ['GET', '/%2e%2e/health2'],
  ])('answers 404 with those that do: %s %s', async (method, path) => {
    const response = await cloud().fetch(path, { method });
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      error: 'Not found',
      message: expect.stringMatching(/^Nothing is at "\/.*"\.$/),
      code: 'NOT_FOUND',
      requestId: expect.any(String),
      availableEndpoints: expect.arrayContaining(['GET /health', 'POST /mcp']),
    });
  });
});

describe('/mcp', () => {
  it('is served with and without a slash at its end', async () => {
    for (const path of ['/mcp', '/mcp/', '/mcp?session=1']) {
      const response = await cloud().fetch(path, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...withSecret },
        body: JSON.stringify(INITIALIZE),
      });
      expect(response.status).toBe(200);
    }
  });

  it('takes POST alone, and asks who calls before it says so', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
      const response = await cloud().fetch('/mcp', { method, headers: withSecret });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe('POST');
      expect((await cloud().fetch('/mcp', { method })).status).toBe(401);
    }
  });

  it('takes JSON alone: what curl sends unasked is 415', async () => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    expect((await post(cloud(), INITIALIZE, { ...withSecret, ...headers })).status).toBe(415);
  });

  it('takes 256 KiB and not a byte more', async () => {
    const bodyOf = (bytes: number) => {
      const message = JSON.stringify({ ...INITIALIZE, method: 'ping' });
      return message.padEnd(bytes, ' ');
    };
    expect((await post(cloud(), bodyOf(262_144))).status).toBe(200);
    const refused = await post(cloud(), bodyOf(262_145));
    expect(refused.status).toBe(413);
    expect(await refused.json()).toMatchObject({
      id: null,
      error: { data: { code: 'BODY_TOO_LARGE' } },
    });
  });

  it('reads no body of somebody it does not know', async () => {
    const huge = new Uint8Array(900_000).fill(32);
    const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: huge };
    expect((await cloud().fetch('/mcp', init)).status).toBe(401);
  });
});

const settings: Settings = {
  environment: 'production',
  allowedOrigins: [],
  sharedSecret: SHARED_SECRET,
  jwtSecret: JWT_SECRET,
  catalog: { stack: 'demo', stage: 'prod', hub: 'prod', self: 'mcp-server', entries: [] },
};

describe('a failure nobody foresaw', () => {
  const lines: unknown[] = [];
  const silence = () => spyOn(console, 'log').mockImplementation((line) => void lines.push(line));

  it('is 500 with an id to look up, and tells nothing of itself, here or in the log', async () => {
    using _silenced = silence();
    const app = createApp({
      parsed: { settings },
      ...openServices(settings),
      serve: () => Promise.reject(new TypeError(LEAK)),
    });
    const response = await app.request('/mcp', { method: 'POST', headers: withSecret });
    expect(response.status).toBe(500);
    const answer: Record<string, unknown> = Object(await response.json());
    const { requestId, ...body } = answer;
    expect(body).toEqual({
      error: 'Internal server error',
      message: expect.stringContaining('requestId'),
      code: 'INTERNAL',
    });
    const log = lines.join('\n');
    expect(log).toContain(String(requestId));
    expect(log).toContain('"level":"ERROR"');
    expect(log).toMatch(/"event":"request.failed".*"error":"TypeError","at":"at /);
    expect(log + JSON.stringify(body)).not.toContain('hunter2');
  });
});
