// Bodies nobody wrote by hand, through the whole Worker. MCP_BODY_FUZZ_RUNS makes it as many as there is time for.
import { describe, expect, it } from 'bun:test';

import fc from 'fast-check';

import { useCloud } from '../../test/kit/cloud.ts';
import { by, logged, ping } from '../../test/kit/edge-calls.ts';
import { SCOPES } from '../contract/scopes.ts';
import { tools } from './tools/index.ts';

const RUNS = Number(process.env['MCP_BODY_FUZZ_RUNS'] ?? 1_000);
const PATIENCE_MS = 2_000;
/** A client has 1,000 calls a minute; before they are used up there comes another. */
const CALLS_PER_CLIENT = 900;
/** All that may ever be answered to a body. */
const DECLARED = [200, 202, 400, 404, 406, 413, 415];

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom(
    '',
    '\u0000',
    '\ud800',
    '\ufeff',
    '\u202e',
    '../..',
    '%00',
    '*',
    'prod',
    'SELECT 1',
  ),
);
const number = fc.oneof(
  fc.double(),
  fc.maxSafeInteger(),
  fc.constantFrom(-0, 1e308, -1e308, 5e-324, 2 ** 53, -1),
);
const json = fc.oneof(fc.jsonValue({ maxDepth: 4 }), text, number, fc.constant(null));

const METHODS = [
  'initialize',
  'ping',
  'tools/list',
  'tools/call',
  'notifications/initialized',
  'notifications/cancelled',
  'resources/list',
  'prompts/get',
  'server/discover',
  'subscriptions/listen',
  'completion/complete',
  'logging/setLevel',
  'constructor',
];
const ARGUMENTS =
  'stage query params database prefix limit cursor bucket namespace workflowName objectName message instance instanceId';
const args = fc.dictionary(fc.oneof(fc.constantFrom(...ARGUMENTS.split(' ')), text), json, {
  maxKeys: 6,
});
/** They wait for a runner, of which there is none here: for 25 seconds, as they should. */
const WAITING: ReadonlySet<string> = new Set([
  'deploy_infrastructure',
  'destroy_infrastructure',
  'detect_drift',
]);
const NAMES = tools.map(({ name }) => name).filter((name) => !WAITING.has(name));
/** Known names, so that the layers behind the name are reached; what is given to them is anything. */
const call = fc.record(
  {
    name: fc.oneof(fc.constantFrom(...NAMES), json),
    arguments: fc.oneof(args, json),
    _meta: json,
    task: json,
  },
  { requiredKeys: ['name'] },
);
const message = fc.record(
  {
    jsonrpc: fc.oneof({ weight: 9, arbitrary: fc.constant('2.0') }, json),
    id: fc.oneof(fc.nat(), json),
    method: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...METHODS) }, json),
    params: fc.oneof(call, args, json),
    result: json,
    error: json,
  },
  { requiredKeys: [] },
);
/** Arguments of the right kind, so that what runs is the tool itself. */
const meant = fc.oneof(
  argumentsOf('query_database', {
    query: fc.oneof(
      text,
      text.map((it) => `SELECT '${it}', ?`),
      text.map((it) => `SELECT ${it} FROM users`),
    ),
    params: fc.array(json, { maxLength: 2 }),
  }),
  argumentsOf('list_bucket_objects', { prefix: text, limit: fc.nat(1_100), cursor: text }),
  argumentsOf('send_durable_object_message', {
    objectName: fc.constant('ChatDO'),
    message: text,
    instance: text,
  }),
  argumentsOf('get_cache_stats', { stage: fc.oneof(fc.constant('prod'), text) }),
);
const toolCall = fc
  .oneof({ weight: 2, arbitrary: meant }, { weight: 1, arbitrary: call })
  .map((params) => ({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }));

const written = fc
  .oneof(
    { weight: 4, arbitrary: toolCall },
    { weight: 2, arbitrary: message },
    { weight: 1, arbitrary: fc.array(message, { maxLength: 12 }) },
    { weight: 1, arbitrary: json },
  )
  .map((it) => JSON.stringify(it));

/** JSON after an accident: cut off, put together twice, or with something in the middle. */
const broken = fc
  .record({
    of: written,
    at: fc.nat(2_000),
    cut: fc.nat(12),
    put: fc.oneof(text, fc.constantFrom('{', '[', '"', ',', '1e999', '\\u', 'NaN', '/**/')),
  })
  .map(({ of, at, cut, put }) => {
    const start = at % Math.max(1, of.length);
    return of.slice(0, start) + put + of.slice(start + cut);
  });
const twice = fc
  .record({
    key: fc.constantFrom('jsonrpc', 'id', 'method', 'params', '__proto__', 'a'),
    value: json,
    of: written,
  })
  .map(({ key, value, of }) => of.replace('{', `{"${key}":${JSON.stringify(value)},`));
const deep = fc
  .record({
    levels: fc.integer({ min: 1, max: 20_000 }),
    open: fc.constantFrom('[', '{"a":'),
    close: fc.boolean(),
  })
  .map(({ levels, open, close }) => {
    const end = (open === '[' ? ']' : '}').repeat(close ? levels : 0);
    return `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":${open.repeat(levels)}1${end}}}`;
  });
const huge = fc
  .record({
    digits: fc.integer({ min: 1, max: 50_000 }),
    key: fc.constantFrom('id', 'limit', 'exp'),
  })
  .map(
    ({ digits, key }) =>
      `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_bucket_objects","arguments":{"${key}":${'9'.repeat(digits)}}}}`,
  );
const body = fc.oneof(
  { weight: 5, arbitrary: written },
  { weight: 3, arbitrary: broken },
  { weight: 1, arbitrary: twice },
  { weight: 1, arbitrary: deep },
  { weight: 1, arbitrary: huge },
  { weight: 1, arbitrary: text },
);
const oddHeaders = fc.record(
  {
    Accept: fc.constantFrom(
      'application/json',
      'application/json, text/event-stream',
      '*/*',
      'text/html',
    ),
    'Content-Type': fc.constantFrom(
      'application/json',
      'application/json; charset=utf-16',
      'text/plain',
    ),
    'MCP-Protocol-Version': fc.constantFrom('2025-03-26', '2025-11-25', '2026-07-28', '1999-01-01'),
  },
  { requiredKeys: [] },
);

const headers = fc.oneof(
  { weight: 6, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: oddHeaders },
);

function argumentsOf(name: string, values: Record<string, fc.Arbitrary<unknown>>) {
  const given = fc.record(values, { requiredKeys: Object.keys(values).slice(0, 1) });
  return given.map((args) => ({ name, arguments: args }));
}

describe('bodies nobody wrote', () => {
  const cloud = useCloud({ settings: { ENVIRONMENT: 'development' } });
  let count = 0;
  let caller = by('nobody');
  const nextCaller = () => {
    if (count % CALLS_PER_CLIENT === 0)
      caller = by(`fuzz-${count / CALLS_PER_CLIENT}`, { scope: SCOPES.join(' ') });
    count += 1;
    return caller;
  };

  /** On a connection of its own: workerd closes one whose large body was left unread, and the next request would meet that. */
  const send = (sent: string, extra: Record<string, string>) =>
    cloud().fetch('/mcp', {
      method: 'POST',
      keepalive: false,
      headers: { 'Content-Type': 'application/json', ...extra },
      body: sent,
    });

  it(`are answered in time and as declared, all ${RUNS}`, async () => {
    await fc.assert(
      fc.asyncProperty(body, headers, async (sent, extra) => {
        const startedAt = performance.now();
        const response = await send(sent, { ...nextCaller(), ...extra });
        const answer = await response.text();
        expect(performance.now() - startedAt).toBeLessThan(PATIENCE_MS);
        expect(DECLARED).toContain(response.status);
        // Neither the protocol's internal error nor a tool's.
        expect(answer).not.toMatch(/"code":-32603|\\"code\\":\\"INTERNAL\\"/);
      }),
      { numRuns: RUNS },
    );
    const calls = logged(cloud()).filter(({ event }) => event === 'tool.called');
    expect(calls.length).toBeGreaterThan(RUNS / 20);
    expect(cloud().logs.filter((line) => line.includes('ERROR'))).toEqual([]);
    expect((await ping(cloud(), by('afterwards'))).status).toBe(200);
  }, 3_600_000);
});
