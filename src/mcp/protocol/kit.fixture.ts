// What the tests of this folder share: a small server with tools that behave well and badly. It has no tests of its own.
import { z } from 'zod';

import { OpsError } from '../../contract/errors.ts';
import type { Principal } from '../../contract/principal.ts';
import { SCOPES } from '../../contract/scopes.ts';
import { isRecord } from '../../lib/json.ts';
import { defineTool } from './define-tool.ts';
import type { EndpointTool } from './endpoint-tool.ts';
import { createEndpoint, type Endpoint, type EndpointOptions } from './endpoint.ts';
import type { StageVisit } from './stages.ts';
import { createToolRegistry } from './tool-registry.ts';
import type { CallRecord, Fault, SeamCaller } from './tool-seam.ts';

export interface KitStage {
  readonly name: string;
  readonly tables: readonly string[];
}

const PROD: KitStage = { name: 'prod', tables: ['users', 'orders'] };
const STAGES = new Map<string, KitStage>([
  ['prod', PROD],
  ['staging', { name: 'staging', tables: ['users', 'drafts'] }],
  ['preview-7', { name: 'preview-7', tables: ['users'] }],
]);

export const SECRET = 'postgres://admin:hunter2@10.0.0.7/customers';

const readNotes = defineTool({
  name: 'read_notes',
  title: 'Read notes',
  description: 'Notes of a table.',
  scope: 'db:query',
  effect: 'read',
  input: (stage: KitStage) =>
    z.object({
      table: z.enum(stage.tables).default('users'),
      limit: z.number().int().min(1).max(50).default(10),
    }),
  output: z.object({ stage: z.string(), table: z.string(), notes: z.array(z.string()) }),
  run: async ({ table, limit }, { stage }) => ({
    stage: stage.name,
    table,
    notes: Array.from({ length: Math.min(limit, 3) }, (_, n) => `note ${n}`),
  }),
});

const mirror = defineTool({
  name: 'mirror',
  title: 'Mirror',
  description: 'Gives back what it is given, as data of others.',
  scope: 'storage:read',
  effect: 'read',
  input: (_: KitStage) => z.object({ data: z.record(z.string(), z.unknown()) }),
  output: z.object({ data: z.record(z.string(), z.unknown()) }),
  run: async ({ data }) => ({ data }),
});

const FAILURES: Record<string, () => unknown> = {
  error: () => new Error(SECRET),
  nested: () => new Error('outer', { cause: new Error(SECRET) }),
  text: () => SECRET,
  nothing: () => undefined,
  object: () => ({ message: SECRET, toString: () => SECRET }),
  foreseen: () =>
    new OpsError('RESOURCE_TIMEOUT', 'The database took longer than 10 s.', { cause: SECRET }),
  resource: () =>
    new OpsError('RESOURCE_FAILED', 'The database refused.', { cause: new Error(SECRET) }),
  internal: () => new OpsError('INTERNAL', SECRET),
};

const fail = defineTool({
  name: 'fail',
  title: 'Fail',
  description: 'Fails in the way asked for.',
  scope: 'infra:read',
  effect: 'read',
  input: (_: KitStage) => z.object({ how: z.string() }),
  output: z.object({ count: z.number(), kind: z.enum(['a', 'b']).optional() }),
  run: async ({ how }): Promise<{ count: number }> => {
    if (how === 'mismatch') return JSON.parse(JSON.stringify({ count: SECRET }));
    if (how === 'extra') return JSON.parse(JSON.stringify({ count: 1, password: SECRET }));
    if (how === 'nan') return { count: Number.NaN };
    throw FAILURES[how]?.();
  },
});

const deploy = defineTool({
  name: 'deploy_infrastructure',
  title: 'Deploy',
  description: 'Deploys a stage.',
  scope: 'infra:deploy',
  effect: 'change',
  input: (_: KitStage) => z.object({ stage: z.string(), dryRun: z.boolean().optional() }),
  output: z.object({ stage: z.string(), deployed: z.boolean() }),
  run: async ({ stage, dryRun }) => ({ stage, deployed: dryRun !== true }),
});

const trigger = defineTool({
  name: 'trigger_workflow',
  title: 'Trigger',
  description: 'Starts a workflow.',
  scope: 'workflow:trigger',
  effect: 'run',
  input: (_: KitStage) => z.object({ workflowName: z.string().max(100) }),
  output: z.object({ workflowName: z.string() }),
  run: async ({ workflowName }) => ({ workflowName }),
});

const wait = defineTool({
  name: 'wait',
  title: 'Wait',
  description: 'Waits, telling how far it is, until the time is over or the caller has gone.',
  scope: 'infra:read',
  effect: 'read',
  input: (_: KitStage) => z.object({ ms: z.number().int().max(20_000).default(0) }),
  output: z.object({ waitedMs: z.number() }),
  run: async ({ ms }, { signal, progress }) => {
    progress('started\u{202E}');
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      const stop = () => {
        clearTimeout(timer);
        reject(signal.reason);
      };
      if (signal.aborted) stop();
      signal.addEventListener('abort', stop, { once: true });
    });
    progress('done');
    return { waitedMs: ms };
  },
});

export const TOOLS = [readNotes, mirror, fail, deploy, trigger, wait] as const;

export const principal = (over: Partial<Principal> = {}): Principal => ({
  client: 'kit',
  subject: 'kit',
  scopes: SCOPES,
  stages: ['*'],
  ...over,
});

export const callerOf = (over: Partial<Principal> = {}, requestId = 'req-1'): SeamCaller => ({
  principal: principal(over),
  requestId,
});

export interface Kit {
  readonly endpoint: Endpoint<SeamCaller>;
  readonly records: CallRecord[];
  readonly faults: Fault[];
  readonly errors: Error[];
  readonly visits: StageVisit[];
}

export interface KitOptions extends Partial<EndpointOptions<SeamCaller>> {
  readonly moreTools?: readonly EndpointTool<SeamCaller>[];
}

export function createKit({ moreTools = [], ...over }: KitOptions = {}): Kit {
  const records: CallRecord[] = [];
  const faults: Fault[] = [];
  const errors: Error[] = [];
  const visits: StageVisit[] = [];
  const registry = createToolRegistry<KitStage>(TOOLS, {
    stages: {
      own: PROD,
      isHub: true,
      open: (name, visit) => {
        visits.push(visit);
        const stage = STAGES.get(name);
        if (stage === undefined) throw new OpsError('UNKNOWN_STAGE', `No stage ${name}.`);
        return stage;
      },
    },
    log: (record) => records.push(record),
    onFault: (fault) => faults.push(fault),
  });
  const endpoint = createEndpoint<SeamCaller>({
    info: { name: 'kit', version: '1.2.3' },
    instructions: 'Look before you leap.',
    toolsFor: (caller) => [...registry.toolsFor(caller), ...moreTools],
    grantOf: registry.grantOf,
    onError: (error) => errors.push(error),
    ...over,
  });
  return { endpoint, records, faults, errors, visits };
}

export const MODERN = '2026-07-28';

export const envelope = (extra: Record<string, unknown> = {}) => ({
  'io.modelcontextprotocol/protocolVersion': MODERN,
  'io.modelcontextprotocol/clientInfo': { name: 'kit-client', version: '0' },
  'io.modelcontextprotocol/clientCapabilities': {},
  ...extra,
});

export const URL_OF_MCP = 'https://mcp.example/mcp';

export function post(body: unknown, headers: Record<string, string> = {}): Request {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return new Request(URL_OF_MCP, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: text,
  });
}

export function modernPost(
  method: string,
  params: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Request {
  const { _meta, ...rest } = params;
  const meta = envelope(isRecord(_meta) ? _meta : {});
  const name = typeof params['name'] === 'string' ? { 'mcp-name': params['name'] } : {};
  return post(
    { jsonrpc: '2.0', id: 1, method, params: { ...rest, _meta: meta } },
    { 'mcp-protocol-version': MODERN, 'mcp-method': method, ...name, ...headers },
  );
}

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly headers: Headers;
  /** Every JSON-RPC message of the answer, in order. */
  readonly messages: readonly Record<string, unknown>[];
}

/** Reads plain JSON and event streams alike. */
export async function readAnswer(response: Response): Promise<Answer> {
  const type = response.headers.get('content-type') ?? '';
  const text = await response.text();
  const parts = type.startsWith('text/event-stream')
    ? text
        .split('\n')
        .filter((line) => line.startsWith('data: {'))
        .map((line) => line.slice(6))
    : [text].filter((part) => part !== '');
  const messages = parts
    .map((part): unknown => JSON.parse(part))
    .flatMap((part) => (Array.isArray(part) ? part : [part]))
    .filter(isRecord);
  return { status: response.status, type, headers: response.headers, messages };
}

export async function ask(kit: Kit, request: Request, caller = callerOf()): Promise<Answer> {
  return readAnswer(await kit.endpoint.fetch(request, caller));
}

/** The result of the last message, or its error, for looking into. */
export function resultOf(answer: Answer): Record<string, unknown> {
  const last = answer.messages.at(-1);
  if (last === undefined) throw new Error(`No message in an answer of status ${answer.status}.`);
  const result = last['result'] ?? last['error'];
  if (!isRecord(result)) throw new Error(`Neither result nor error: ${JSON.stringify(last)}`);
  return result;
}

export function textOf(result: Record<string, unknown>): string {
  const content = result['content'];
  const first: unknown = Array.isArray(content) ? content[0] : undefined;
  return isRecord(first) && typeof first['text'] === 'string' ? first['text'] : '';
}

/** The error of a tool that refused. */
export function refusalOf(result: Record<string, unknown>) {
  const error = z.object({
    error: z.object({ code: z.string(), message: z.string(), next: z.string() }),
  });
  return error.parse(JSON.parse(textOf(result))).error;
}

export const callTool = (name: string, args: Record<string, unknown> = {}) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name, arguments: args },
});
