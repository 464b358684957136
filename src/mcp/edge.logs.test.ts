// What an operator finds afterwards: docs/monitoring.md against the lines the Worker writes and the numbers it counts.
import { describe, expect, it } from 'bun:test';

import { useCloud } from '../../test/kit/cloud.ts';
import { by, logged, ping } from '../../test/kit/edge-calls.ts';
import { eventually } from '../../test/kit/eventually.ts';
import { keeps } from '../../test/kit/keeps.ts';
import { ask, post } from '../../test/kit/mcp-calls.ts';
import { bearer, withSecret } from '../../test/kit/tokens.ts';
import { createTelemetry } from './telemetry.ts';
import { sendDurableObjectMessage } from './tools/send-durable-object-message.ts';

const cloud = useCloud({ oddApp: true, flags: { 'limit:hasty': '1' } });
const monitoring = () => Bun.file(new URL('../../docs/monitoring.md', import.meta.url)).text();

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const traced = { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` };

const callOf = (name: string, args: Record<string, unknown> = {}) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name, arguments: args },
});

/** The lines of one answer, by its id; there must come `count`, and no more. */
const linesOf = async (response: Response, count: number) => {
  await response.text();
  const requestId = response.headers.get('x-request-id');
  const find = () => logged(cloud()).filter((line) => line['requestId'] === requestId);
  await eventually(async () => (find().length >= count ? true : undefined));
  await Bun.sleep(50);
  const lines = find();
  expect(lines).toHaveLength(count);
  const event = (name: string) => lines.find((line) => line['event'] === name);
  return { request: event('request'), called: event('tool.called'), lines, requestId };
};

describe('a request', () => {
  it('is one JSON line, and a tool call one more, found by the id of the answer and by the caller’s trace', async () => {
    const sent = { ...by('editor-7'), ...traced };
    const { request, called, requestId } = await linesOf(
      await post(cloud(), callOf('query_database', { query: 'SELECT 1' }), sent),
      2,
    );
    const both = { level: 'INFO', requestId, traceId: TRACE, client: 'editor-7' };
    const ms = expect.any(Number);
    expect(request).toEqual({
      ...both,
      event: 'request',
      method: 'POST',
      route: '/mcp',
      status: 200,
      ms,
    });
    expect(called).toEqual({
      ...both,
      event: 'tool.called',
      tool: 'query_database',
      stage: 'prod',
      code: 'OK',
      ms,
    });
    const documented = await monitoring();
    for (const field of Object.keys(called ?? {})) expect(documented).toContain(`\`${field}\``);
  });

  it('without a trace, or with one that is none, has no trace id', async () => {
    for (const headers of [{}, { traceparent: 'nonsense' }, { traceparent: `00-${TRACE}-0-01` }]) {
      const { request } = await linesOf(await ping(cloud(), { ...withSecret, ...headers }), 1);
      expect(request).not.toHaveProperty('traceId');
    }
  });

  it('of whom nobody knows says why he was refused, in the log alone', async () => {
    const response = await ping(cloud(), { 'X-MCP-Secret': 'guess' });
    const { request, lines } = await linesOf(response, 2);
    expect(request).toMatchObject({ level: 'WARN', status: 401, route: '/mcp' });
    expect(request).not.toHaveProperty('client');
    expect(lines.find(({ event }) => event === 'auth.refused')).toMatchObject({
      level: 'WARN',
      reason: 'wrong_secret',
    });
  });

  it('for anything else is written down without the words of its path', async () => {
    const { request } = await linesOf(await cloud().fetch('/wp-admin/setup.php?x=1'), 1);
    expect(request).toMatchObject({ level: 'WARN', route: 'other', method: 'GET', status: 404 });
  });
});

describe('the level', () => {
  keeps(
    ['monitoring.tail', 'errors.logs'],
    'is a word: grep ERROR finds what we failed at, and nothing the caller did',
    async () => {
      const theirs = [
        await ping(cloud(), {}),
        await cloud().fetch('/nowhere'),
        await post(cloud(), '{'),
        await post(cloud(), callOf('query_database', { query: 'DROP TABLE users' })),
        await ping(cloud(), by('hasty')),
        await ping(cloud(), by('hasty')),
      ];
      expect(theirs.map(({ status }) => status)).toEqual([401, 404, 400, 200, 200, 429]);
      await Bun.sleep(200);
      expect(cloud().logs.filter((line) => line.includes('ERROR'))).toEqual([]);
      const args = { objectName: 'ThrowingDO', message: 'hello' };
      const ours = await post(cloud(), callOf('send_durable_object_message', args));
      const { called, lines, requestId } = await linesOf(ours, 3);
      expect(called).toMatchObject({ level: 'ERROR', code: 'RESOURCE_FAILED' });
      const failed = lines.find(({ event }) => event === 'tool.failed');
      expect(failed).toMatchObject({ level: 'ERROR', errorId: called?.['errorId'] });
      const found = cloud().logs.filter((line) => line.includes('ERROR'));
      expect(found.map((line) => JSON.parse(line)).map((line) => line.requestId)).toEqual([
        requestId,
        requestId,
      ]);
    },
  );
});

describe('the numbers', () => {
  keeps(
    'monitoring.alerts',
    'stand where the queries of docs/monitoring.md look for them',
    async () => {
      const points: AnalyticsEngineDataPoint[] = [];
      const dataset = {
        writeDataPoint: (point?: AnalyticsEngineDataPoint) => void points.push(point ?? {}),
      };
      const telemetry = createTelemetry(dataset);
      const facts = { requestId: 'r', method: 'POST', route: '/mcp', ms: 7 };
      telemetry.request({ ...facts, status: 429, client: 'hasty' });
      telemetry.request({ ...facts, status: 401 });
      telemetry.call(
        { requestId: 'r', tool: 'get_cache_stats', stage: 'prod', code: 'OK', client: 'c', ms: 3 },
        'INFO',
      );
      expect(points).toEqual([
        { indexes: ['hasty'], blobs: ['request', '/mcp', '429', '-'], doubles: [429, 7] },
        { indexes: ['-'], blobs: ['request', '/mcp', '401', '-'], doubles: [401, 7] },
        { indexes: ['c'], blobs: ['call', 'get_cache_stats', 'OK', 'prod'], doubles: [0, 3] },
      ]);
      const queries = (await monitoring()).match(/```sql\n[^`]+```/g) ?? [];
      expect(queries.length).toBeGreaterThanOrEqual(3);
      for (const condition of ["blob3 = '429'", "blob1 = 'request' AND timestamp", "blob3 = '401'"])
        expect(queries.some((query) => query.includes(condition))).toBe(true);
    },
  );
});

describe('whoever calls', () => {
  keeps('security.client', 'a call is known by the client of its token', async () => {
    const sender = bearer({ client_id: 'editor-7', scope: 'object:send' });
    const args = { objectName: 'ChatDO', message: 'Who am I?', instance: 'clients' };
    const { reply } = await ask(cloud(), sendDurableObjectMessage, args, sender);
    expect(reply).toMatchObject({ recent: [{ sender: 'editor-7', text: 'Who am I?' }] });
    const line = await eventually(async () =>
      cloud().logs.find((text) => text.includes('"client":"editor-7"')),
    );
    expect(JSON.parse(line)).toMatchObject({ event: 'tool.called', code: 'OK' });
  });
});
