import { describe, expect, it } from 'bun:test';

import type { Cloud } from '../../../test/kit/cloud.ts';
import { curl } from '../../../test/kit/curl.ts';
import {
  ADMIN_TOKEN,
  PERCENTAGE,
  type RolloutCloud,
  AS_ADMIN,
  sendAsAdmin,
  useRollout,
} from '../../../test/kit/rollout-cloud.ts';

/** Word for word from the deployment guide. */
const SET_PERCENTAGE = `curl -X PUT https://mcp.example.com/admin/dark-launch \\
  -H "Authorization: Bearer $ADMIN_TOKEN" \\
  -d '{"percentage": 25}'`;

const start = useRollout();

describe('the guide’s curl', () => {
  it('sets the percentage, though curl calls the body a form', async () => {
    const cloud = await start();
    const response = await curl(cloud as unknown as Cloud, SET_PERCENTAGE, { ADMIN_TOKEN });
    expect(response.status).toBe(200);
    expect(response.headers.get('etag')).toBe('"2"');
    expect(await response.json()).toEqual({
      percentage: 25,
      source: 'admin',
      updatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      updatedBy: 'admin',
    });
    expect(await cloud.status()).toMatchObject({ percentage: 25, source: 'admin' });
  });
});

describe('the admin token', () => {
  const ROUTES = [
    ['GET', '/admin/dark-launch'],
    ['PUT', '/admin/dark-launch'],
    ['GET', '/admin/dark-launch/history'],
    ['POST', '/admin/revocations'],
    ['GET', '/admin/limits/ana'],
    ['PUT', '/admin/limits/ana'],
    ['DELETE', '/admin/dark-launch'],
  ] as const;
  const WRONG: readonly Record<string, string>[] = [
    {},
    { Authorization: '' },
    { Authorization: 'Bearer ' },
    { Authorization: 'Bearer undefined' },
    { Authorization: `Basic ${ADMIN_TOKEN}` },
    { Authorization: ADMIN_TOKEN },
    { Authorization: `Bearer ${ADMIN_TOKEN}x` },
    { Authorization: `Bearer ${ADMIN_TOKEN.slice(1)}` },
    { Authorization: `Bearer ${ADMIN_TOKEN.toUpperCase()}` },
    { Authorization: `Bearer ${ADMIN_TOKEN}, Bearer ${ADMIN_TOKEN}` },
    { 'X-MCP-Secret': ADMIN_TOKEN },
    { 'X-Admin-Token': ADMIN_TOKEN },
    { Cookie: `token=${ADMIN_TOKEN}` },
  ];

  it.each(ROUTES)(
    '%s %s asks for it first, and changes nothing without it',
    async (method, path) => {
      const cloud = await start();
      for (const headers of WRONG) {
        const body = method === 'GET' ? {} : { body: '{"percentage":0,"limit":1,"client":"ana"}' };
        const response = await cloud.fetch(path, { method, headers, ...body });
        expect(response.status).toBe(401);
        expect(response.headers.get('www-authenticate')).toStartWith('Bearer');
        expect(await response.json()).toEqual({
          error: 'Unauthorized',
          message: 'The admin token is missing or wrong.',
          code: 'UNAUTHENTICATED',
          requestId: 'request-1',
        });
      }
      expect(await cloud.status()).toMatchObject({ percentage: 100, source: 'default' });
      for (const key of [PERCENTAGE, 'revoked', 'limit:ana'])
        expect(await cloud.kv(key)).toBeNull();
    },
  );

  it('is never in an address', async () => {
    const cloud = await start();
    expect((await cloud.fetch(`/admin/dark-launch?token=${ADMIN_TOKEN}`)).status).toBe(401);
  });
});

describe('without MCP_ADMIN_TOKEN', () => {
  const startClosed = useRollout({});

  it('nobody is an admin', async () => {
    const cloud = await startClosed();
    for (const token of ['', 'undefined', ADMIN_TOKEN]) {
      const response = await cloud.put(0, { Authorization: `Bearer ${token}` });
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({ code: 'AUTH_NOT_CONFIGURED' });
    }
    expect(await cloud.status()).toMatchObject({ percentage: 100 });
  });
});

describe('the default of the rollout', () => {
  const startDark = useRollout({ MCP_ADMIN_TOKEN: ADMIN_TOKEN, DARK_LAUNCH_DEFAULT: '0' });
  const startWrong = useRollout({ MCP_ADMIN_TOKEN: ADMIN_TOKEN, DARK_LAUNCH_DEFAULT: 'none' });

  it('is a setting', async () => {
    const cloud = await startDark();
    expect(await cloud.status()).toEqual({ percentage: 0, source: 'default' });
    await cloud.put(100);
    expect(await cloud.status()).toMatchObject({ percentage: 100 });
  });

  it('closes when it is unreadable, and says so', async () => {
    const cloud = await startWrong();
    expect(await cloud.status()).toMatchObject({
      percentage: 0,
      problem: expect.stringContaining('DARK_LAUNCH_DEFAULT is not'),
    });
  });
});

describe('methods and paths', () => {
  it.each([
    ['POST', '/admin/dark-launch', 'GET, PUT'],
    ['PUT', '/admin/dark-launch/history', 'GET'],
    ['GET', '/admin/revocations', 'POST'],
    ['DELETE', '/admin/limits/ana', 'GET, PUT'],
  ])('%s %s is 405 and says what is allowed', async (method, path, allowed) => {
    const response = await sendAsAdmin(await start(), method, path);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allowed);
  });

  it.each([
    '/admin',
    '/admin/',
    '/admin/limits',
    '/admin/limits/',
    '/admin/dark-launch/',
    '/admin/x',
  ])('%s is left to others', async (path) => {
    const response = await sendAsAdmin(await start(), 'GET', path);
    expect(response.status).toBe(404);
    expect(await response.text()).toBe('Nothing here.');
  });

  it('HEAD is GET', async () => {
    const response = await sendAsAdmin(await start(), 'HEAD', '/admin/dark-launch');
    expect([response.status, response.headers.get('etag')]).toEqual([200, '"1"']);
  });
});

describe('a percentage', () => {
  it.each([
    '',
    '25',
    'null',
    '[]',
    '{}',
    '{"percentage":"25"}',
    '{"percentage":25.5}',
    'percentage=25',
    '{"percentage":-1}',
    '{"percentage":101}',
    '{"percentage":null}',
    '{"percentage":1e999}',
    '{"percentage":25,"stage":"prod"}',
    '{"percentage":25',
    '{"percentage":true}',
  ])('is not %j', async (body) => {
    const cloud = await start();
    const response = await sendAsAdmin(cloud, 'PUT', '/admin/dark-launch', body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: 'BAD_REQUEST',
      message: 'Send {"percentage": N} with a whole number from 0 to 100.',
    });
    expect(await cloud.kv(PERCENTAGE)).toBeNull();
  });

  it.each([0, 1, 99, 100])('is %i', async (percentage) => {
    const cloud = await start();
    expect((await cloud.put(percentage)).status).toBe(200);
    expect(await cloud.kv(PERCENTAGE)).toBe(String(percentage));
  });

  it.each(['application/json', 'text/plain', 'application/x-www-form-urlencoded', 'x'])(
    'comes as %s',
    async (type) => {
      const cloud = await start();
      expect((await cloud.put(25, { 'Content-Type': type })).status).toBe(200);
    },
  );

  it('comes in 4 KiB at most, declared or chunked', async () => {
    const cloud = await start();
    const body = (length: number) => `{"percentage":25}`.padEnd(length);
    const put = (text: string | ReadableStream) =>
      cloud.fetch('/admin/dark-launch', { method: 'PUT', ...AS_ADMIN, body: text });
    expect((await put(body(4_096))).status).toBe(200);
    expect((await put(body(4_097))).status).toBe(413);
    expect((await put(new Blob([body(4_097)]).stream())).status).toBe(413);
  });
});

describe('compare and set', () => {
  const put = (cloud: RolloutCloud, etag: string) => cloud.put(50, { 'If-Match': etag });

  it('sets what has not changed since it was read', async () => {
    const cloud = await start();
    await cloud.put(25);
    const read = await sendAsAdmin(cloud, 'GET', '/admin/dark-launch');
    expect(await read.json()).toMatchObject({
      percentage: 25,
      source: 'admin',
      updatedBy: 'admin',
    });
    expect((await put(cloud, read.headers.get('etag') ?? '')).status).toBe(200);
  });

  it('refuses what has, and tells what it is now', async () => {
    const cloud = await start();
    const { headers } = await cloud.put(10);
    await cloud.put(25);
    for (const stale of [headers.get('etag') ?? '', '"99"', '3', 'garbage', '"1", "2"']) {
      const response = await put(cloud, stale);
      expect(response.status).toBe(412);
      expect(response.headers.get('etag')).toBe('"3"');
      expect(await response.json()).toMatchObject({
        code: 'PRECONDITION_FAILED',
        message: 'The percentage is 25 and was changed since you read it. Nothing was set.',
        current: { percentage: 25, source: 'admin' },
      });
    }
    expect(await cloud.kv(PERCENTAGE)).toBe('25');
  });

  it('knows wrangler’s changes, too', async () => {
    const cloud = await start();
    const { headers } = await cloud.put(10);
    await cloud.pass(4_500);
    await cloud.status();
    await cloud.wrangler(PERCENTAGE, '0');
    await cloud.pass(14_000);
    expect((await put(cloud, headers.get('etag') ?? '')).status).toBe(412);
  });

  it.each(['*', '"2"', 'W/"2"', '"1", "2"'])('takes %s', async (etag) => {
    const cloud = await start();
    await cloud.put(10);
    expect((await put(cloud, etag)).status).toBe(200);
  });
});

describe('the history', () => {
  it('tells who, when, from and to, newest first, in pages', async () => {
    const cloud = await start();
    await cloud.put(10, { 'X-Admin-Name': 'ana@example.com' });
    await cloud.put(25);
    await cloud.put(0, { 'X-Admin-Name': 'bob' });
    const page = async (query: string) =>
      (await sendAsAdmin(cloud, 'GET', `/admin/dark-launch/history${query}`)).json();
    expect(await page('')).toEqual({
      entries: [
        { version: 4, at: expect.any(String), by: 'admin:bob', source: 'admin', from: 25, to: 0 },
        { version: 3, at: expect.any(String), by: 'admin', source: 'admin', from: 10, to: 25 },
        expect.objectContaining({ version: 2, by: 'admin:ana@example.com', from: 100, to: 10 }),
      ],
    });
    expect(await page('?limit=2')).toMatchObject({
      entries: [{ to: 0 }, { to: 25 }],
      nextBefore: 3,
    });
    expect(await page('?limit=2&before=3')).toMatchObject({ entries: [{ to: 10 }] });
    for (const query of ['?limit=0', '?limit=501', '?limit=x', '?before=-1'])
      expect(await page(query)).toMatchObject({ code: 'BAD_REQUEST' });
  });

  it.each(['', 'a b', 'x'.repeat(65), 'ana:root', '<script>'])(
    'has no admin named %j',
    async (name) => {
      const cloud = await start();
      expect((await cloud.put(10, { 'X-Admin-Name': name })).status).toBe(400);
      expect(await cloud.kv(PERCENTAGE)).toBeNull();
    },
  );
});
