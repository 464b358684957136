// What the Worker says to credentials; auth.rules.test.ts has the rules alone.
import { describe, expect, it } from 'bun:test';

import { useCloud } from '../../test/kit/cloud.ts';
import { type Credentials, forgeries, misuses } from '../../test/kit/forgeries.ts';
import { refusal, rpc } from '../../test/kit/mcp-calls.ts';
import { rawHttp } from '../../test/kit/raw-http.ts';
import { ADMIN_TOKEN, bearer, JWT_SECRET, SHARED_SECRET, token } from '../../test/kit/tokens.ts';

const cloud = useCloud({ settings: { MCP_ADMIN_TOKEN: ADMIN_TOKEN } });

const LIST = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });

const listWith = (credentials: Credentials, path = '/mcp') =>
  rawHttp(
    cloud().url,
    [
      `POST ${path} HTTP/1.1`,
      'Content-Type: application/json',
      ...credentials.map(([name, value]) => `${name}: ${value}`),
    ],
    LIST,
  );

describe('credentials that are not ours', () => {
  const cases = [...forgeries(), ...misuses()];
  const seen = new Set<string>();

  it('are at least 60, each another', () => {
    expect(new Set(cases.map(([what]) => what)).size).toBe(cases.length);
    expect(cases.length).toBeGreaterThanOrEqual(60);
  });

  it.each(cases)('are refused: %s', async (_, credentials) => {
    const { status, headers, body } = await listWith(credentials);
    expect(status).toBe(401);
    headers.delete('x-request-id');
    headers.delete('date');
    const sameForAll = body.replace(/"requestId":"[0-9a-f-]{36}"/, '"requestId":"…"');
    seen.add(JSON.stringify([Object.fromEntries(headers), sameForAll]));
  });

  it('are all answered alike, so that nobody learns how near they came', () => {
    expect([...seen]).toHaveLength(1);
    expect([...seen][0]).toContain('Valid credentials are required.');
  });

  it('are not looked for in the address', async () => {
    for (const name of ['token', 'access_token', 'authorization', 'secret', 'X-MCP-Secret'])
      for (const value of [token(), SHARED_SECRET])
        expect((await listWith([], `/mcp?${name}=${value}`)).status).toBe(401);
  });

  it('leave a reason in the log, and nothing of themselves', async () => {
    await listWith([['X-MCP-Secret', 'canary-3f9a']]);
    const reasons = cloud().logs.filter((line) => line.includes('auth.refused'));
    expect(reasons.length).toBeGreaterThan(cases.length / 2);
    const all = cloud().logs.join('\n');
    for (const secret of ['canary-3f9a', SHARED_SECRET, JWT_SECRET, ADMIN_TOKEN, 'eyJ'])
      expect(all).not.toContain(secret);
  });
});

describe('credentials that are ours', () => {
  const valid = token();

  it.each([
    ['the shared secret', [['X-MCP-Secret', SHARED_SECRET]]],
    ['a token', [['Authorization', `Bearer ${valid}`]]],
    ['bearer in small letters', [['Authorization', `bearer ${valid}`]]],
    ['more than one space', [['Authorization', `Bearer    ${valid}`]]],
    ['header names in capitals', [['X-MCP-SECRET', SHARED_SECRET]]],
  ] satisfies [string, Credentials][])('are let in: %s', async (_, credentials) => {
    const { status } = await listWith(credentials);
    expect(status).toBe(200);
  });
});

describe('a scope', () => {
  const namesFor = async (claims: Record<string, unknown>) => {
    const { result } = await rpc(cloud(), 'tools/list', undefined, bearer(claims));
    return JSON.stringify(result);
  };

  it('hides the tools it does not cover, and calling one names what is missing', async () => {
    const listed = await namesFor({ scope: 'infra:read' });
    expect(listed).toContain('get_resource_status');
    expect(listed).not.toContain('trigger_workflow');
    const args = { workflowName: 'OnboardingWorkflow' };
    const refused = await refusal(
      cloud(),
      'trigger_workflow',
      args,
      bearer({ scope: 'infra:read' }),
    );
    expect(refused).toMatchObject({ code: 'SCOPE_MISSING' });
    expect(refused.next).toContain('workflow:trigger');
  });

  it('left out reads only', async () => {
    expect(await namesFor({})).not.toMatch(/trigger_workflow|send_durable_object_message/);
  });
});

describe('the stages of a token', () => {
  it.each([
    [['prod'], true],
    [['*'], true],
    [['p*'], true],
    [['*rod'], true],
    [['staging', 'prod'], true],
    [[], false],
    [[''], false],
    [['staging'], false],
    [['preview-*'], false],
    [['PROD'], false],
    [['prod2'], false],
    [['pro'], false],
    [['.*'], false],
    [['pr?d'], false],
  ])('%j on prod: %p', async (stages, allowed) => {
    const scope = 'cache:read';
    const args = { name: 'get_cache_stats', arguments: { stage: 'prod' } };
    const { result } = await rpc(cloud(), 'tools/call', args, bearer({ scope, stages }));
    expect(result?.['isError'] ?? false).toBe(!allowed);
    if (!allowed) expect(JSON.stringify(result)).toContain('STAGE_NOT_ALLOWED');
  });

  it('keep a stage secret that the token may not use: it hears the same of every other', async () => {
    const headers = bearer({ stages: ['preview-*'] });
    const words = [];
    for (const stage of ['prod', 'staging', 'no-such']) {
      const { code, message } = await refusal(cloud(), 'get_cache_stats', { stage }, headers);
      words.push(`${code} ${message.replace(stage, '…')}`);
    }
    expect(new Set(words).size).toBe(1);
  });
});
