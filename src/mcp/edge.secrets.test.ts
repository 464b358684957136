// What callers, data and settings hold is in no log line, whatever way it came; and no secret of the server is anywhere.
import { describe, expect, it } from 'bun:test';

import { createCanaries } from '../../test/kit/canaries.ts';
import { useCloud } from '../../test/kit/cloud.ts';
import { admin, by, logged, ping } from '../../test/kit/edge-calls.ts';
import { post } from '../../test/kit/mcp-calls.ts';
import { LEAK } from '../../test/kit/odd-app.ts';
import {
  ADMIN_TOKEN,
  JWT_SECRET,
  RUNNER_TOKEN,
  SHARED_SECRET,
  bearer,
  token,
  withSecret,
} from '../../test/kit/tokens.ts';
import { tools } from './tools/index.ts';

const canaries = createCanaries();
const canary = (channel: string): string => canaries.of(channel);

const cloud = useCloud({
  oddApp: true,
  flags: {
    'feature:tool:list_bucket_objects': canary('values in MCP_KV'),
    'feature:dark-launch-testers': `["${canary('values in MCP_KV')}"`,
    'limit:odd': canary('values in MCP_KV'),
  },
});
const closed = useCloud({
  bare: true,
  flags: { 'feature:dark-launch-percentage': canary('values in MCP_KV') },
});

const answers: string[] = [];
const heard = async (...responses: Promise<Response>[]): Promise<void> => {
  for (const response of await Promise.all(responses)) {
    const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`);
    answers.push(headers.join('\n'), await response.text());
  }
};

const call = (
  name: string,
  args: Record<string, unknown>,
  headers: Record<string, string> = withSecret,
) =>
  post(
    cloud(),
    { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } },
    headers,
  );

describe('a secret that is sent', () => {
  it('in a header is not logged', async () => {
    const names =
      'User-Agent Cookie Referer X-Forwarded-For X-Real-IP X-Request-Id X-Api-Key Mcp-Session-Id Last-Event-ID Accept Accept-Language tracestate baggage traceparent CF-Ray Origin Mcp-Method Mcp-Name MCP-Protocol-Version CF-Connecting-IP';
    for (const name of names.split(' '))
      await heard(ping(cloud(), { ...withSecret, [name]: canary('headers') }));
  });

  it('as a credential is not logged', async () => {
    const wrong = () => canary('credentials');
    await heard(
      ping(cloud(), { 'X-MCP-Secret': wrong() }),
      ping(cloud(), { Authorization: `Bearer ${wrong()}` }),
      ping(cloud(), { Authorization: `Basic ${wrong()}` }),
      ping(cloud(), { Authorization: `Bearer ${token({}, wrong().padEnd(64, '_'))}` }),
      admin(cloud(), 'GET', '/admin/dark-launch', {
        headers: { Authorization: `Bearer ${wrong()}` },
      }),
      cloud().publish({}, wrong()),
    );
  });

  it('in the claims of a token is not logged', async () => {
    const claim = () => canary('claims');
    await heard(
      ping(cloud(), by('claims', { sub: claim(), jti: claim(), iss: claim(), aud: claim() })),
      ping(cloud(), by('claims', { scope: claim(), note: claim(), [claim()]: true })),
      call('get_cache_stats', {}, by('claims', { sub: claim(), stages: [claim()] })),
      ping(cloud(), bearer({ client_id: `not a name ${claim()}` })),
      ping(cloud(), by('claims', { exp: 1, jti: claim() })),
    );
  });

  it('in a path or a query is not logged', async () => {
    for (const path of ['/', '/mcp/', '/health/', '/admin/', '/.well-known/', '/runner/'])
      await heard(cloud().fetch(path + canary('paths'), { headers: withSecret }));
    for (const path of ['/mcp', '/health', '/', '/admin/dark-launch/history'])
      await heard(admin(cloud(), 'GET', `${path}?limit=${canary('queries')}`));
    await heard(admin(cloud(), 'GET', `/admin/limits/${canary('paths')}%20`));
  });

  it('in a body that is none is not logged', async () => {
    const texts = [
      `{"jsonrpc": ${canary('broken bodies')}`,
      `{"a":1,"a":"${canary('broken bodies')}"}`,
      `${'['.repeat(40)}"${canary('broken bodies')}"${']'.repeat(40)}`,
      canary('broken bodies').repeat(6_000),
      `{"__proto__":"${canary('broken bodies')}"}`,
    ];
    for (const text of texts) await heard(post(cloud(), text));
    const form = { ...withSecret, 'Content-Type': `text/${canary('headers')}` };
    await heard(post(cloud(), canary('broken bodies'), form));
  });

  it('in the protocol’s own fields is not logged', async () => {
    const word = () => canary('protocol');
    const client = { name: word(), version: word() };
    for (const message of [
      { jsonrpc: '2.0', id: word(), method: 'ping' },
      { jsonrpc: '2.0', id: 1, method: word() },
      { jsonrpc: word(), id: 1, method: 'ping' },
      { jsonrpc: '2.0', id: 1, method: 'ping', params: { _meta: { progressToken: word() } } },
      { jsonrpc: '2.0', id: 1, method: 'initialize', params: { clientInfo: client } },
      { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: word(), arguments: {} } },
      { jsonrpc: '2.0', method: 'notifications/cancelled', params: { reason: word() } },
    ])
      await heard(post(cloud(), message));
  });

  it('as an argument of any tool is not logged, neither its name nor its value', async () => {
    for (const { name } of tools)
      await heard(
        call(name, { [canary('arguments')]: canary('arguments') }),
        call(name, { stage: canary('arguments') }),
        call(name, { stage: { deep: [canary('arguments')] } }),
      );
  });

  it('in SQL or its params is not logged', async () => {
    const word = () => canary('SQL');
    for (const query of [
      `SELECT '${word()}'`,
      `SELECT ${word()} FROM users`,
      `SELECT * FROM ${word()}`,
      `SELECT ${word()}(1)`,
      `SELECT 1 /* ${word()} */; DROP TABLE users`,
      `DELETE FROM users WHERE name = '${word()}'`,
      `SELECT FROM WHERE "${word()}`,
      `SELECT json_extract('${word()}', '$')`,
    ])
      await heard(call('query_database', { query }));
    await heard(
      call('query_database', { query: 'SELECT ?', params: [word()] }),
      call('query_database', { query: 'SELECT ?, ?', params: [word()] }),
      call('query_database', { query: 'SELECT 1', database: word() }),
    );
  });

  it('to the application’s own code is not logged', async () => {
    const word = () => canary('messages');
    for (const objectName of ['ChatDO', 'EchoDO', 'ThrowingDO', 'DeafDO', 'BrokenDO', word()])
      await heard(
        call('send_durable_object_message', { objectName, message: word(), instance: word() }),
      );
    for (const workflowName of ['OnboardingWorkflow', 'FailingWorkflow', word()])
      await heard(
        call('trigger_workflow', {
          workflowName,
          params: { userId: canary('workflow params'), [canary('workflow params')]: 1 },
          instanceId: canary('workflow params'),
        }),
      );
  });

  it('in the data a tool answers is not logged', async () => {
    const row = canary('rows');
    await (
      await cloud().database()
    )
      .prepare('UPDATE users SET name = ? WHERE id = ?')
      .bind(row, 'user-123')
      .run();
    const [key, cached] = [canary('object keys'), canary('cache keys')];
    await (await cloud().bucket()).put(`uploads/${key}`, canary('objects'));
    await (await cloud().namespace()).put(`${cached}:1`, canary('cache values'));
    const tester = by('tess', { scope: 'storage:read rollout:bypass' });
    await heard(
      call('query_database', { query: 'SELECT * FROM users' }),
      call('list_bucket_objects', { prefix: 'uploads/' }, tester),
      call('list_bucket_objects', { prefix: canary('arguments'), cursor: canary('arguments') }),
      call('get_cache_stats', {}),
    );
    for (const shown of [row, key, cached]) expect(answers.join('\n')).toContain(shown);
  });

  it('to the admin API or as a runner is not logged', async () => {
    const word = () => canary('admin bodies');
    const named = { headers: { 'X-Admin-Name': `${canary('X-Admin-Name')}!` }, body: {} };
    await heard(
      admin(cloud(), 'PUT', '/admin/dark-launch', named),
      admin(cloud(), 'PUT', '/admin/dark-launch', { body: { percentage: word() } }),
      admin(cloud(), 'PUT', '/admin/dark-launch', { body: `{"${word()}` }),
      admin(cloud(), 'PUT', '/admin/limits/ana', { body: { limit: word() } }),
      admin(cloud(), 'POST', '/admin/revocations', { body: { client: 'ana', jti: `${word()} ` } }),
      admin(cloud(), 'PUT', '/admin/dark-launch', {
        headers: { 'If-Match': canary('headers') },
        body: { percentage: 50 },
      }),
      cloud().publish({ stack: canary('snapshots'), resources: [{ id: canary('snapshots') }] }),
    );
  });

  it('in MCP_KV is not logged, where it cannot be read for what it should be', async () => {
    await heard(ping(cloud(), by('odd')), ping(closed(), by('ana')), closed().fetch('/health'));
    expect(answers.at(-1)).toContain('is not a whole number');
  });
});

describe('afterwards', () => {
  it('none of at least 50 canaries over at least 12 ways is in the log, though all was logged', async () => {
    await Bun.sleep(500);
    const count = [...canaries.sent.values()].reduce((sum, sent) => sum + sent, 0);
    expect(count).toBeGreaterThanOrEqual(50);
    expect(canaries.sent.size).toBeGreaterThanOrEqual(12);
    expect(canaries.in([...cloud().logs, ...closed().logs].join('\n'))).toEqual([]);
    const events = logged(cloud()).map(({ event }) => event);
    expect(events.filter((event) => event === 'request').length).toBeGreaterThan(80);
    expect(events).toEqual(
      expect.arrayContaining(['tool.called', 'tool.failed', 'auth.refused', 'limit.unreadable']),
    );
  });

  it('no secret of the server is in a log line or an answer, nor what an application’s error says', () => {
    const lines = [...cloud().logs, ...closed().logs].join('\n');
    for (const secret of [SHARED_SECRET, JWT_SECRET, RUNNER_TOKEN, ADMIN_TOKEN]) {
      expect(lines).not.toContain(secret);
      expect(answers.join('\n')).not.toContain(secret);
    }
    expect(answers.join('\n')).not.toContain(LEAK);
    expect(answers.length).toBeGreaterThan(200);
  });
});
