// The rules alone; origin.test.ts asks the Worker.
import { describe, expect, it } from 'bun:test';

import { Hono } from 'hono';

import { corsFor, isAllowedOrigin, isLocalHost } from './origin.ts';

it.each(['localhost', 'LOCALHOST:8787', '127.0.0.1', '127.0.0.1:80', '[::1]', '[::1]:8787'])(
  'a laptop’s own server is called %s',
  (host) => {
    expect(isLocalHost(host)).toBe(true);
  },
);

it.each([
  null,
  '',
  'evil.example',
  'localhost.evil.example',
  'evil.localhost',
  'evil-localhost:8787',
  '127.0.0.1.evil.example',
  'localhost:',
  'localhost:123456',
  '::1',
])('a laptop’s own server is not called %p', (host) => {
  expect(isLocalHost(host)).toBe(false);
});

it('outside development only a page on the list may call', () => {
  const allowedOrigins = ['https://a.example'];
  const may = (origin: string, environment: 'development' | 'production') =>
    isAllowedOrigin(origin, { environment, allowedOrigins });
  expect(may('https://a.example', 'production')).toBe(true);
  expect(may('https://b.example', 'production')).toBe(false);
  expect(may('https://b.example', 'development')).toBe(true);
});

describe('what a browser is told', () => {
  const LISTED = 'https://a.example';
  const policy = { environment: 'production', allowedOrigins: [LISTED] } as const;

  const told = async (method: string, origin: string | undefined, cors = corsFor(policy)) => {
    const app = new Hono().use(cors).all('*', (c) => c.text('answered'));
    const headers = origin === undefined ? undefined : { Origin: origin };
    const response = await app.request('/mcp', { method, ...(headers && { headers }) });
    const named = Object.fromEntries(response.headers);
    return { status: response.status, body: await response.text(), named };
  };

  const wordsOf = (text: string | undefined) => (text ?? '').split(',').toSorted();

  it('before a call of a listed page: the methods, the headers MCP clients send, for ten minutes', async () => {
    const { named, body } = await told('OPTIONS', LISTED);
    expect(body).toBe('');
    expect(named['access-control-allow-origin']).toBe(LISTED);
    expect(named['access-control-max-age']).toBe('600');
    expect(wordsOf(named['access-control-allow-methods'])).toEqual([
      'GET',
      'OPTIONS',
      'POST',
      'PUT',
    ]);
    expect(wordsOf(named['access-control-allow-headers'])).toEqual([
      'Accept',
      'Authorization',
      'Content-Type',
      'Last-Event-ID',
      'MCP-Protocol-Version',
      'Mcp-Method',
      'Mcp-Name',
      'Mcp-Session-Id',
      'X-MCP-Secret',
      'traceparent',
    ]);
  });

  it('with the answer: which of our headers its page may read', async () => {
    const { named, body } = await told('POST', LISTED);
    expect(body).toBe('answered');
    expect(named['access-control-allow-origin']).toBe(LISTED);
    expect(wordsOf(named['access-control-expose-headers'])).toEqual([
      'ETag',
      'RateLimit',
      'RateLimit-Policy',
      'Retry-After',
      'WWW-Authenticate',
      'X-RateLimit-Limit',
      'X-RateLimit-Remaining',
      'X-RateLimit-Reset',
      'X-RateLimit-Status',
      'X-Request-Id',
    ]);
  });

  it('of a page that is not listed, or where nothing is set up yet: no leave', async () => {
    for (const [method, expected] of [
      ['OPTIONS', 204],
      ['POST', 200],
    ] as const)
      for (const { named, status } of [
        await told(method, 'https://b.example'),
        await told(method, LISTED, corsFor(undefined)),
      ]) {
        expect(status).toBe(expected);
        expect(named['access-control-allow-origin']).toBeUndefined();
      }
  });

  it('also when it asks without naming its page', async () => {
    const { named, body } = await told('OPTIONS', undefined);
    expect(body).toBe('');
    expect(named['access-control-allow-methods']).toContain('POST');
    expect(named['access-control-allow-origin']).toBeUndefined();
  });

  it('and nobody else', async () => {
    const { named, body } = await told('POST', undefined);
    expect(body).toBe('answered');
    expect(Object.keys(named).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});
