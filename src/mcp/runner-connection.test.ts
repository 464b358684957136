// GET /runner, through the whole Worker.
import { describe, expect, it } from 'bun:test';

import { nextAddress } from '../../test/kit/addresses.ts';
import { useCloud } from '../../test/kit/cloud.ts';
import { connectRunner } from '../../test/kit/runner-socket.ts';
import { catalogOf, SAMPLE } from '../../test/kit/sample-stack.ts';
import { RUNNER_TOKEN, SHARED_SECRET, token } from '../../test/kit/tokens.ts';

const UPGRADE = { Connection: 'Upgrade', Upgrade: 'websocket' };
const bearer = (secret: string) => ({ Authorization: `Bearer ${secret}` });

describe('GET /runner', () => {
  const cloud = useCloud({ bare: true });

  it('connects a runner with the runner’s token', async () => {
    const runner = await connectRunner(cloud().url, { headers: bearer(RUNNER_TOKEN) });
    expect(await runner.poll()).toEqual([]);
    expect(await runner.lease('prod')).toBeNull();
    runner.close();
    expect((await runner.closed).code).toBeOneOf([1000, 1005]);
  });

  it.each([
    ['the shared secret', SHARED_SECRET],
    ['a client’s token', token({ scope: 'infra:deploy' })],
    ['a wrong token', 'c0a1e5d2f6b34c7d9e8f70615243a4b5c6d7e8f8'],
    ['nothing', ''],
  ])('is 401 for anybody else: %s', async (_, wrong) => {
    const response = await cloud().fetch('/runner', { headers: { ...UPGRADE, ...bearer(wrong) } });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toStartWith('Bearer');
    expect(await response.json()).toMatchObject({ code: 'UNAUTHENTICATED' });
    const stranger = connectRunner(cloud().url, { headers: bearer(wrong) });
    expect(await stranger.catch(String)).toBe('Error: no connection');
  });

  it('is 426 without an upgrade', async () => {
    const response = await cloud().fetch('/runner', { headers: bearer(RUNNER_TOKEN) });
    expect(response.status).toBe(426);
    expect(await response.json()).toMatchObject({
      error: 'Upgrade required',
      code: 'UPGRADE_REQUIRED',
      requestId: expect.any(String),
    });
  });

  it('counts wrong tokens like those for /mcp', async () => {
    const headers = { ...bearer('wrong'), 'CF-Connecting-IP': nextAddress() };
    const statuses: number[] = [];
    for (let call = 0; call < 12; call += 1)
      statuses.push((await cloud().fetch('/runner', { headers })).status);
    expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401));
    expect(statuses.slice(10)).toEqual([429, 429]);
  });
});

describe('a server that is not the hub', () => {
  const catalog = JSON.stringify({ ...catalogOf(SAMPLE), stage: 'staging' });
  const cloud = useCloud({ settings: { MCP_CATALOG: catalog }, bare: true });

  it('sends runners to the hub with 409', async () => {
    const response = await cloud().fetch('/runner', {
      headers: { ...UPGRADE, ...bearer(RUNNER_TOKEN) },
    });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ error: 'Conflict', code: 'NOT_THE_HUB' });
  });
});

describe('a hub by another name', () => {
  const catalog = JSON.stringify({ ...catalogOf(SAMPLE), stage: 'live', hub: 'live' });
  const cloud = useCloud({ settings: { MCP_CATALOG: catalog }, bare: true });

  it('takes runners as any hub does', async () => {
    const runner = await connectRunner(cloud().url, { headers: bearer(RUNNER_TOKEN) });
    expect(await runner.poll()).toEqual([]);
    runner.close();
    await runner.closed;
  });
});

describe('a server that expects no runner', () => {
  const cloud = useCloud({ settings: { MCP_RUNNER_TOKEN: undefined }, bare: true });

  it('is 503', async () => {
    const response = await cloud().fetch('/runner', { headers: UPGRADE });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: 'AUTH_NOT_CONFIGURED' });
  });
});
