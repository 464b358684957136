// The fast path must change nothing but speed: the same random requests to an endpoint with it and one without it, and
// the same answers. `MCP_DIFFERENTIAL_RUNS=30000` runs the deep variant; an upgrade of the SDK should.
import { describe, expect, it } from 'bun:test';

import * as fc from 'fast-check';

import {
  callerOf,
  createKit,
  envelope,
  type Kit,
  MODERN,
  post,
  readAnswer,
} from './kit.fixture.ts';

const RUNS = Number(process.env['MCP_DIFFERENTIAL_RUNS'] ?? 2_000);
const V = 'io.modelcontextprotocol/';

interface Sent {
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
  'nope',
  'toString',
  'Read_notes',
  ' read_notes',
);

const args = fc.oneof(
  fc.constantFrom<unknown>(
    {},
    { limit: 2 },
    { limit: 0 },
    { limit: '2' },
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
  odd,
);

const maybe = <T>(arbitrary: fc.Arbitrary<T>, weight = 1) =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight, arbitrary });

const extraMeta = fc.dictionary(
  fc.constantFrom(
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

/** A request that is right in its era, then bent by the extras. */
function compose(p: Parts): Sent {
  const isCall = p.method === 'tools/call';
  const handshake = {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'c', version: '1' },
  };
  const own = isCall ? { name: p.name, arguments: p.args } : {};
  const first = p.method === 'initialize' && !p.modern ? handshake : {};
  const meta = p.modern ? envelope(p.meta) : p.meta;
  const _meta = meta === undefined || p.dropped === '_meta' ? {} : { _meta: meta };
  const params = { ...own, ...first, ..._meta, ...p.params };
  const whole = { jsonrpc: '2.0', id: p.id, method: p.method, params, ...p.body };
  const body = Object.fromEntries(Object.entries(whole).filter(([key]) => key !== p.dropped));
  const standard = {
    'mcp-protocol-version': MODERN,
    'mcp-method': p.method,
    ...(isCall && { 'mcp-name': p.name.trim() }),
  };
  const headers = { ...(p.modern && standard), ...p.headers };
  const kept = Object.entries(headers).filter(([name]) => name !== p.dropped);
  return { body, headers: Object.fromEntries(kept) };
}

const single: fc.Arbitrary<Sent> = parts.map(compose);

const requests: fc.Arbitrary<Sent> = fc.oneof(
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
async function canonical(kit: Kit, { body, headers }: Sent, who: number): Promise<string> {
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

describe('the fast path', () => {
  it(
    `answers ${RUNS} random requests as the SDK does`,
    async () => {
      const fast = createKit();
      const slow = createKit({ fast: false });
      const outcomes = new Map<string, number>();
      await fc.assert(
        fc.asyncProperty(requests, fc.nat(1), async (sent, who) => {
          const expected = await canonical(slow, sent, who);
          expect(await canonical(fast, sent, who)).toBe(expected);
          const code =
            /"code":(-?\d+)/.exec(expected)?.[1] ?? /\\"code\\":\\"(\w+)/.exec(expected)?.[1];
          const outcome = `${expected.slice(0, 3)} ${code ?? 'result'}`;
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        }),
        { numRuns: RUNS },
      );
      // Both logs must agree too: a call is recorded once, whichever layer served it.
      const withoutTime = (kit: Kit) => kit.records.map(({ ms: _, errorId: __, ...rest }) => rest);
      expect(withoutTime(fast)).toEqual(withoutTime(slow));
      // A generator that only makes rubbish would prove nothing.
      expect(outcomes.size).toBeGreaterThan(10);
      expect(outcomes.get('200 result') ?? 0).toBeGreaterThan(RUNS / 8);
      if (RUNS > 2_000) console.log(Object.fromEntries(outcomes));
    },
    60_000 + RUNS * 10,
  );
});
