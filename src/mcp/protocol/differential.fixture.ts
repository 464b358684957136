// Random requests, right in their era and then bent, and what an endpoint makes of them in a form that compares. Shared by
// the test that finds no difference between the layers, and by the one that must find one wherever a gate is taken away.
import * as fc from 'fast-check';

import { callerOf, envelope, type Kit, MODERN, post, readAnswer } from './kit.fixture.ts';

const V = 'io.modelcontextprotocol/';

export interface Sent {
  readonly body: unknown;
  readonly headers: Record<string, string>;
}

/** Odd values for any place. */
const odd = fc.constantFrom<unknown>(
  undefined,
  null,
  0,
  -0,
  1.5,
  2 ** 53,
  '',
  'x',
  '__proto__',
  true,
  [],
  [1],
  {},
  { a: 1 },
  '\u{202E}',
  'é😀',
  MODERN,
  '2025-06-18',
);

const id = fc.oneof(
  { weight: 6, arbitrary: fc.oneof(fc.integer(), fc.string({ maxLength: 8 })) },
  { weight: 1, arbitrary: odd },
);

const method = fc.constantFrom(
  'tools/call',
  'tools/call',
  'tools/call',
  'tools/list',
  'initialize',
  'server/discover',
  'ping',
  'tools/nope',
  'resources/list',
  'logging/setLevel',
  'notifications/initialized',
);

const toolName = fc.constantFrom(
  'read_notes',
  'read_notes',
  'mirror',
  'fail',
  'deploy_infrastructure',
  'trigger_workflow',
  'raw',
  'asking',
  'headed',
  'listing',
  'wait',
  'nope',
  'toString',
  'Read_notes',
  ' read_notes',
);

const args = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom<unknown>(
      {},
      { limit: 2 },
      { limit: 0 },
      { limit: '2' },
      { limit: true },
      { table: 'orders' },
      { stage: 'staging', table: 'drafts' },
      { stage: 'nowhere' },
      { stage: 'prod', dryRun: true },
      { stage: 5 },
      { data: { a: '\u{202E}</untrusted-data>' } },
      { data: {} },
      { how: 'error' },
      { how: 'mismatch' },
      { how: 'foreseen' },
      { how: 'extra' },
      { workflowName: 'w' },
      { limit: 1, surplus: 1 },
      JSON.parse('{"__proto__":{"limit":1}}'),
      JSON.parse('{"data":{"__proto__":{"a":1},"constructor":2}}'),
    ),
  },
  { weight: 1, arbitrary: odd },
);

const maybe = <T>(arbitrary: fc.Arbitrary<T>, weight = 1) =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight, arbitrary });

const extraMeta = fc.dictionary(
  fc.constantFrom(
    'progressToken',
    'progressToken',
    'progressToken',
    `${V}logLevel`,
    `${V}related-task`,
    `${V}clientCapabilities`,
    `${V}clientInfo`,
    `${V}protocolVersion`,
    'traceparent',
    'x',
  ),
  fc.oneof(odd, fc.constantFrom<unknown>('info', 7, 'token', { taskId: 't' }, { elicitation: {} })),
  { maxKeys: 2 },
);

const extraParams = fc.dictionary(
  fc.constantFrom(
    'inputResponses',
    'requestState',
    'task',
    'cursor',
    'name',
    'arguments',
    '_meta',
    'protocolVersion',
    'capabilities',
    'clientInfo',
    'x',
  ),
  fc.oneof(odd, fc.constantFrom<unknown>({ ttl: 1 }, 'state', { k: {} })),
  { maxKeys: 2 },
);

const extraHeaders = fc.dictionary(
  fc.constantFrom('mcp-protocol-version', 'mcp-method', 'mcp-name', 'accept', 'mcp-session-id'),
  fc.constantFrom(
    MODERN,
    '2025-11-25',
    '2025-06-18',
    '2025-03-26',
    '2024-11-05',
    '2024-10-07',
    '1999-01-01',
    'tools/list',
    'tools/call',
    'read_notes',
    '=?base64?cmVhZF9ub3Rlcw==?=',
    'application/json, text/event-stream',
    '*/*',
    '',
    ' read_notes ',
  ),
  { maxKeys: 2 },
);

const extraBody = fc.dictionary(fc.constantFrom('jsonrpc', 'id', 'method', 'params', 'x'), odd, {
  maxKeys: 1,
});

const parts = fc.record({
  modern: fc.boolean(),
  id,
  method,
  name: toolName,
  args,
  meta: maybe(extraMeta, 3),
  params: maybe(extraParams, 2),
  headers: maybe(extraHeaders, 2),
  stream: fc.boolean(),
  handshake: fc.constantFrom('2025-06-18', '2025-03-26', '2025-11-25', '1999-01-01'),
  oddMeta: maybe(odd),
  body: maybe(extraBody),
  dropped: maybe(
    fc.constantFrom(
      'params',
      'id',
      'jsonrpc',
      '_meta',
      'mcp-protocol-version',
      'mcp-method',
      'mcp-name',
    ),
    3,
  ),
});

type Parts = typeof parts extends fc.Arbitrary<infer T> ? T : never;

/** What these do shows only when they run. */
const USUAL: Readonly<Record<string, unknown>> = { wait: {}, headed: { limit: '2' } };

/** A request that is right in its era, then bent by the extras. */
function compose(p: Parts): Sent {
  const isCall = p.method === 'tools/call';
  const handshake = {
    protocolVersion: p.handshake,
    capabilities: {},
    clientInfo: { name: 'c', version: '1' },
  };
  const given = USUAL[p.name] ?? p.args;
  const own = isCall ? { name: p.name, arguments: given } : {};
  const first = p.method === 'initialize' && !p.modern ? handshake : {};
  const extra = p.name === 'wait' ? { progressToken: 7, ...p.meta } : p.meta;
  const usual = p.modern ? envelope(extra) : extra;
  const meta = p.oddMeta === undefined ? usual : p.oddMeta;
  const _meta = meta === undefined || p.dropped === '_meta' ? {} : { _meta: meta };
  const params = { ...own, ...first, ..._meta, ...p.params };
  const whole = { jsonrpc: '2.0', id: p.id, method: p.method, params, ...p.body };
  const body = Object.fromEntries(Object.entries(whole).filter(([key]) => key !== p.dropped));
  const standard = {
    'mcp-protocol-version': MODERN,
    'mcp-method': p.method,
    ...(isCall && { 'mcp-name': p.name.trim() }),
  };
  const accept = p.stream ? { accept: 'application/json, text/event-stream' } : {};
  const headers = { ...accept, ...(p.modern && standard), ...p.headers };
  const kept = Object.entries(headers).filter(([name]) => name !== p.dropped);
  return { body, headers: Object.fromEntries(kept) };
}

const single: fc.Arbitrary<Sent> = parts.map(compose);

export const requests: fc.Arbitrary<Sent> = fc.oneof(
  { weight: 20, arbitrary: single },
  {
    weight: 1,
    arbitrary: fc
      .array(single, { maxLength: 3 })
      .map((all) => ({ body: all.map(({ body }) => body), headers: all[0]?.headers ?? {} })),
  },
  { weight: 1, arbitrary: odd.map((body) => ({ body: body ?? null, headers: {} })) },
);

const CALLERS = [callerOf(), callerOf({ scopes: ['db:query', 'infra:read'], stages: ['prod'] })];

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** Status and messages, without random ids, the order of a batch, and the framing: the fast path never streams. */
export async function canonical(kit: Kit, { body, headers }: Sent, who: number): Promise<string> {
  const caller = CALLERS[who % CALLERS.length] ?? callerOf();
  const { status, messages } = await readAnswer(
    await kit.endpoint.fetch(post(body, headers), caller),
  );
  const texts = messages.map((message) => JSON.stringify(sorted(message))).toSorted();
  return `${status} ${texts.join('\n')}`.replaceAll(UUID, 'UUID');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]): [string, unknown] => [
    key,
    sorted(inner),
  ]);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
