// Calls about another stage: two servers, each with data of its own, and the hub in between.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'bun:test';

import { useCloud } from '../../../test/kit/cloud.ts';
import { by, logged } from '../../../test/kit/edge-calls.ts';
import { eventually } from '../../../test/kit/eventually.ts';
import { ask, callTool, fenced, post, refusal, rpc } from '../../../test/kit/mcp-calls.ts';
import { useOperatedCloud } from '../../../test/kit/operated-cloud.ts';
import { resource } from '../../../test/kit/scripted-stage.ts';
import { KEYS, SHARED_SECRET } from '../../../test/kit/tokens.ts';
import { deployInfrastructure } from '../tools/deploy-infrastructure.ts';
import { listBucketObjects } from '../tools/list-bucket-objects.ts';
import { queryDatabase } from '../tools/query-database.ts';

const STRICT = { MCP_JWT_STRICT: '1', MCP_JWT_SECRETS: JSON.stringify(KEYS) };

const { cloud: hub, stages } = useOperatedCloud({ settings: STRICT });
const staging = useCloud({ stage: 'staging', settings: STRICT });

/** What the hub learns of a stage when it is deployed: where its server answers. */
const deploy = async (stage: string, serverUrl: string | undefined) => {
  stages.set(stage, {
    resources: [resource('mcp-server', 'create', 'Cloudflare.Worker')],
    ...(serverUrl !== undefined && { serverUrl }),
  });
  expect((await ask(hub(), deployInfrastructure, { stage })).status).toBe('succeeded');
};

const NAMES = { query: 'SELECT name FROM users WHERE id = ?', params: ['user-123'] };

beforeAll(async () => {
  const database = await staging().database();
  await database.prepare("UPDATE users SET name = 'Staging Ada' WHERE id = 'user-123'").run();
  await deploy('staging', staging().url.origin);
});

describe('a call about another stage', () => {
  it('is answered with that stage’s data, and the own stage’s with its own', async () => {
    const there = await ask(hub(), queryDatabase, { ...NAMES, stage: 'staging' });
    expect(there).toMatchObject({ stage: 'staging', rows: [['Staging Ada']] });
    const here = await ask(hub(), queryDatabase, NAMES);
    expect(here).toMatchObject({ stage: 'prod', rows: [['Ada Lovelace']] });
  });

  it('is fenced like any, and paged with the stage’s own cursors', async () => {
    const args = { stage: 'staging', prefix: 'uploads/', limit: 8 };
    const first = await ask(hub(), listBucketObjects, args);
    expect(first).toMatchObject({ stage: 'staging', count: 8, truncated: true });
    const rest = await ask(hub(), listBucketObjects, { ...args, cursor: first.nextCursor });
    expect(rest).toMatchObject({ count: 4, truncated: false });
    const raw = await callTool(hub(), 'query_database', { ...NAMES, stage: 'staging' });
    expect(raw.content[0].text.match(/<untrusted-data-/g)).toHaveLength(2);
    expect(JSON.parse(fenced(raw))).toMatchObject({ stage: 'staging' });
  });

  it('is refused as that stage refuses it', async () => {
    const args = { stage: 'staging', query: 'DELETE FROM users' };
    const refused = await refusal(hub(), 'query_database', args);
    expect(refused.code).toBe('SQL_NOT_A_READ');
    expect(refused).toEqual(await refusal(staging(), 'query_database', args));
    const misspelt = { stage: 'staging', query: 'SELECT 1', databse: 'x' };
    expect((await refusal(hub(), 'query_database', misspelt)).code).toBe('INVALID_ARGUMENT');
  });

  it('is logged there under the name of whoever asked, the operator’s as hub', async () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const traceparent = `00-${trace}-00f067aa0ba902b7-01`;
    await callTool(
      hub(),
      'query_database',
      { ...NAMES, stage: 'staging' },
      {
        'X-MCP-Secret': SHARED_SECRET,
        traceparent,
      },
    );
    const line = await eventually(async () =>
      logged(staging()).find(
        (facts) => facts['event'] === 'tool.called' && facts['traceId'] === trace,
      ),
    );
    expect(line).toMatchObject({ client: 'hub', tool: 'query_database', stage: 'staging' });
  });
});

describe('a stage that cannot be reached', () => {
  const servers: { stop(isNow: boolean): unknown }[] = [];
  afterEach(() => servers.splice(0).forEach((server) => server.stop(true)));

  const pretend = (fetch: (request: Request) => Response | Promise<Response>) => {
    const server = Bun.serve({ port: 0, fetch });
    servers.push(server);
    return server.url.origin;
  };
  const call = (stage: string) => refusal(hub(), 'get_cache_stats', { stage });

  it('is named only if the caller may use it, like those that are known', async () => {
    const refused = await call('nowhere');
    expect(refused).toMatchObject({ code: 'UNKNOWN_STAGE' });
    expect(refused.message).toContain('prod, ');
    expect(refused.message).toContain('staging');
  });

  it('is said to have no server, or none that answers', async () => {
    await deploy('bare', undefined);
    expect(await call('bare')).toMatchObject({ code: 'STAGE_UNREACHABLE' });
    expect((await call('bare')).message).toContain('has no MCP server');
    await deploy('gone', 'http://localhost:9');
    expect((await call('gone')).message).toContain('does not answer');
  });

  it('is sent no token where the address is not safe', async () => {
    await deploy('unsafe', 'http://mcp.example.com');
    expect((await call('unsafe')).message).toContain('not one to send a token to');
  });

  it('that was deployed with other secrets is to be deployed again', async () => {
    const origin = pretend(() => Response.json({ error: 'Unauthorized' }, { status: 401 }));
    await deploy('foreign', origin);
    const refused = await call('foreign');
    expect(refused).toMatchObject({ code: 'STAGE_UNREACHABLE' });
    expect(refused.message).toContain('other secrets');
    expect(refused.next).toContain('Deploy stage foreign again');
  });

  it.each<[string, () => Response, string]>([
    [
      'an error of the platform',
      () => new Response('<html>', { status: 502 }),
      'STAGE_UNREACHABLE',
    ],
    ['too many calls', () => Response.json({}, { status: 429 }), 'RATE_LIMITED'],
    ['what is no JSON', () => new Response('hello'), 'STAGE_UNREACHABLE'],
    ['another protocol’s answer', () => Response.json({ ok: true }), 'STAGE_UNREACHABLE'],
    ['more than 2 MiB', () => new Response('x'.repeat(2_200_000)), 'RESOURCE_FAILED'],
    [
      'a refusal nobody knows',
      () =>
        Response.json({
          result: { isError: true, content: [{ type: 'text', text: '{"error":"no"}' }] },
        }),
      'STAGE_UNREACHABLE',
    ],
    [
      'a result of another form',
      () => Response.json({ result: { content: [], structuredContent: { stage: 'odd' } } }),
      'INTERNAL',
    ],
  ])('is refused in our words for %s', async (_, answer, code) => {
    await deploy('odd', pretend(answer));
    const refused = await call('odd');
    expect(refused.code).toBe(code);
    expect(refused.message).not.toContain('html');
  });

  it('is not followed to another address', async () => {
    const elsewhere: Request[] = [];
    const target = pretend((request) => {
      elsewhere.push(request);
      return Response.json({});
    });
    await deploy(
      'moved',
      pretend(() => Response.redirect(`${target}/mcp`, 307)),
    );
    expect((await call('moved')).code).toBe('STAGE_UNREACHABLE');
    expect(elsewhere).toEqual([]);
  });

  it('is not called in a circle', async () => {
    await deploy('circle', hub().url.origin);
    expect((await call('circle')).code).toBe('STAGE_UNREACHABLE');
  });
});

describe('what goes out with a forwarded call', () => {
  const tokens: string[] = [];
  const recorder = Bun.serve({
    port: 0,
    fetch: (request) => {
      tokens.push(request.headers.get('authorization') ?? '');
      return Response.json({}, { status: 503 });
    },
  });
  beforeAll(async () => {
    await deploy('recorded', recorder.url.origin);
  });
  afterAll(() => recorder.stop(true));

  it('is a token for a minute, for that stage, that tool’s scope and that caller', async () => {
    const issuedBy = { iss: 'alchemy-mcp-worker', aud: 'alchemy-mcp-worker' };
    const caller = { 'X-MCP-Secret': SHARED_SECRET };
    await callTool(hub(), 'get_cache_stats', { stage: 'recorded' }, caller);
    const [, claims = ''] = (tokens.at(-1) ?? '').split('.');
    const { iat, exp, jti, ...rest } = JSON.parse(Buffer.from(claims, 'base64url').toString());
    expect(rest).toEqual({
      ...issuedBy,
      sub: 'hub',
      client_id: 'hub',
      scope: 'cache:read rollout:bypass',
      stages: ['recorded'],
    });
    expect(exp - iat).toBe(60);
    expect(jti).toStartWith('forwarded.');
  });

  it('opens nothing else at the stage', async () => {
    await callTool(hub(), 'get_cache_stats', { stage: 'recorded' });
    const Authorization = tokens.at(-1) ?? '';
    const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
    const response = await post(staging(), list, { Authorization });
    expect(JSON.stringify(await response.json())).not.toContain('query_database');
    const refused = await refusal(staging(), 'get_cache_stats', {}, { Authorization });
    expect(refused.code).toBe('STAGE_NOT_ALLOWED');
    expect((await post(hub(), list, { Authorization })).status).toBe(200);
  });

  it('is nothing at all for a token that may not use the stage, or a name that is none', async () => {
    const before = tokens.length;
    for (const stage of ['recorded/../x', 'RECORDED', 'recorded.example.com', 'a'.repeat(41)])
      expect((await refusal(hub(), 'get_cache_stats', { stage })).code).toBe('INVALID_ARGUMENT');
    expect(tokens).toHaveLength(before);
  });
});

describe('a token for some stages', () => {
  const plain = useOperatedCloud();

  it('reaches no other, learns of no other, and not whether one exists', async () => {
    plain.stages.set('staging', { resources: [resource('demo-kv')] });
    plain.stages.set('preview-1', { resources: [resource('demo-kv')] });
    for (const stage of ['staging', 'preview-1'])
      await ask(plain.cloud(), deployInfrastructure, { stage });
    const token = by('previews', { stages: ['preview-*'] });
    const call = (stage: string) => refusal(plain.cloud(), 'get_cache_stats', { stage }, token);
    expect((await call('staging')).code).toBe('STAGE_NOT_ALLOWED');
    expect((await call('never')).code).toBe('STAGE_NOT_ALLOWED');
    const unknown = await call('preview-2');
    expect(unknown.code).toBe('UNKNOWN_STAGE');
    expect(unknown.message).toBe('There is no stage preview-2. Known: preview-1.');
  });
});

describe('a server beside the hub', () => {
  it('offers no operations, forwards nothing, and says where they are', async () => {
    const { result } = await rpc(staging(), 'tools/list');
    expect(JSON.stringify(result)).not.toContain('deploy_infrastructure');
    expect((await refusal(staging(), 'list_operations')).code).toBe('NOT_THE_HUB');
    const elsewhere = await refusal(staging(), 'get_cache_stats', { stage: 'prod' });
    expect(elsewhere.message).toBe('There is no stage prod. Known: staging.');
  });
});
