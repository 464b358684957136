import { describe, expect, it } from 'bun:test';

import { useCloud } from '../../test/kit/cloud.ts';
import { health } from './health.ts';

const cloud = useCloud({ settings: { ENVIRONMENT: 'staging' } });

describe('GET /health', () => {
  it('tells the environment the server was given, and its stage', async () => {
    const response = await cloud().fetch('/health');
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({
      status: 'ok',
      service: 'mcp-worker',
      environment: 'staging',
      stage: 'prod',
      timestamp: expect.any(String),
      darkLaunch: { percentage: 100, source: 'default' },
    });
  });

  it('tells the time of this very call', async () => {
    const timestamps = [];
    for (let call = 0; call < 2; call++) {
      const text = await (await cloud().fetch('/health')).text();
      timestamps.push(Date.parse(/"timestamp":"([^"]+)"/.exec(text)?.[1] ?? ''));
      await Bun.sleep(10);
    }
    expect(Number(timestamps[1])).toBeGreaterThan(Number(timestamps[0]));
  });

  it('tells no secret and no name of a resource', async () => {
    const text = await (await cloud().fetch('/health')).text();
    expect(text).not.toMatch(/demo-|MCP_|[0-9a-f]{32}/);
  });

  it('answers HEAD and credentials of any kind just as well', async () => {
    expect((await cloud().fetch('/health', { method: 'HEAD' })).status).toBe(200);
    const headers = { Authorization: 'Bearer wrong', 'X-MCP-Secret': 'wrong' };
    expect((await cloud().fetch('/health', { headers })).status).toBe(200);
  });

  it('is degraded with 503 when a setting is missing', async () => {
    const parsed = { problems: ['MCP_JWT_SECRET is not set.'], environment: 'unknown' };
    const response = health(parsed);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ status: 'degraded', ...parsed });
  });
});
