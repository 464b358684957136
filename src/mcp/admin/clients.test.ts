// What the admin API changes for one client: its tokens, and its limit.
import { describe, expect, it } from 'bun:test';

import { sendAsAdmin, useRollout } from '../../../test/kit/rollout-cloud.ts';

const start = useRollout();

describe('a revocation', () => {
  it.each([{ client: 'ana' }, { client: 'ana', jti: 'token-1', until: 1_900_000_000 }])(
    'is passed on: %j',
    async (revocation) => {
      const cloud = await start();
      const response = await sendAsAdmin(cloud, 'POST', '/admin/revocations', revocation);
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({ revoked: revocation });
      expect(JSON.parse((await cloud.kv('revoked')) ?? '')).toEqual(revocation);
    },
  );

  it.each([
    {},
    { client: '' },
    { client: 'a b' },
    { client: 'x'.repeat(201) },
    { client: 'ana', jti: 'token-1' },
    { client: 'ana', until: 1_900_000_000 },
    { client: 'ana', jti: 'token-1', until: 1_900_000_000_000 },
    { client: 'ana', jti: 'token-1', until: '2030' },
    { jti: 'token-1', until: 1_900_000_000 },
    [[]],
  ])('is not %j', async (body) => {
    const cloud = await start();
    const response = await sendAsAdmin(cloud, 'POST', '/admin/revocations', body);
    expect(response.status).toBe(400);
    expect(await cloud.kv('revoked')).toBeNull();
  });

  it('that could not be kept is not said to be', async () => {
    const cloud = await start();
    const response = await sendAsAdmin(cloud, 'POST', '/admin/revocations', { client: 'unlucky' });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await response.json()).toMatchObject({ code: 'LIMITER_UNAVAILABLE', retryAfter: 5 });
  });
});

describe('the limit of a client', () => {
  it('is the usual one, until one is set, and again when it is taken back', async () => {
    const cloud = await start();
    const limit = async (method: string, body?: unknown) =>
      (await sendAsAdmin(cloud, method, '/admin/limits/my-client', body)).json();
    const usual = { client: 'my-client', limit: 100, isOverride: false };
    const own = { client: 'my-client', limit: 500, isOverride: true };
    expect(await limit('GET')).toEqual(usual);
    expect(await limit('PUT', { limit: 500 })).toEqual(own);
    expect(await cloud.kv('limit:my-client')).toBe('500');
    expect(await limit('GET')).toEqual(own);
    expect(await limit('PUT', { limit: null })).toEqual(usual);
    expect(await cloud.kv('limit:my-client')).toBeNull();
    await limit('PUT', { limit: 10_000 });
    expect(await limit('PUT', { limit: 'default' })).toEqual(usual);
  });

  it.each([0, -1, 1.5, 10_001, '500', true, undefined])('is not %p', async (limit) => {
    const cloud = await start();
    const response = await sendAsAdmin(cloud, 'PUT', '/admin/limits/ana', { limit });
    expect(response.status).toBe(400);
    expect(await cloud.kv('limit:ana')).toBeNull();
  });

  it('is kept for the client that is meant, whatever its name', async () => {
    const cloud = await start();
    for (const client of ['a/b', 'a%2Fb', 'user@example.com', 'a?b#c', '~!$', 'x'.repeat(200)]) {
      const path = `/admin/limits/${encodeURIComponent(client)}`;
      expect((await sendAsAdmin(cloud, 'PUT', path, { limit: 7 })).status).toBe(200);
      expect(await cloud.kv(`limit:${client}`)).toBe('7');
    }
  });

  it.each(['%', '%00', '%20', 'a%0Ab', '%F0%9F%92%A9', 'x'.repeat(201)])(
    'has no client %s',
    async (part) => {
      expect((await sendAsAdmin(await start(), 'GET', `/admin/limits/${part}`)).status).toBe(400);
    },
  );
});
