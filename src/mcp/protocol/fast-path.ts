// Stands in front of the SDK and answers only what is certainly valid and certainly simple: lists and handshakes with the
// SDK's own remembered result, tool calls with the same function and schema the SDK would use. It never words a protocol
// error; on any doubt it answers nothing and the SDK serves the request. A differential test keeps it equal to the SDK.
import {
  isInitializeRequest,
  LOG_LEVEL_META_KEY,
  SERVER_INFO_META_KEY,
} from '@modelcontextprotocol/server';

import { bytesOf } from '../../lib/hash.ts';
import { isRecord } from '../../lib/json.ts';
import type { Outcome } from './classify.ts';
import { type OnError, runGuarded } from './endpoint-tool.ts';
import { LEGACY_VERSIONS, MODERN_VERSION } from './legacy-leg.ts';
import type { ToolCatalog } from './tool-catalog.ts';

const MAX_REMEMBERED_ANSWERS = 512;

export interface FastRequest<Caller> {
  readonly request: Request;
  readonly body: unknown;
  readonly outcome: Outcome;
  readonly caller: Caller;
  readonly grant: string;
  readonly catalog: ToolCatalog<Caller>;
  /** The SDK's answer to this very request, as plain JSON. */
  readonly askSdk: () => Promise<Response>;
}

interface FastPathOptions {
  readonly info: { readonly name: string; readonly version: string };
  readonly onError: OnError;
}

type Era = 'modern' | 'legacy';
type Id = string | number;

interface Message {
  readonly id: Id;
  readonly method: string;
  readonly params?: Record<string, unknown> | undefined;
}

/** Answers, or answers `undefined`: let the SDK do it. */
export function createFastPath<Caller>({ info, onError }: FastPathOptions) {
  const recall = createMemory();

  async function callTool(message: Message, era: Era, from: FastRequest<Caller>) {
    const call = plainCall(message.params);
    if (call === undefined) return undefined;
    if (era === 'modern' && from.request.headers.get('mcp-name') !== call.name) return undefined;
    const prepared = from.catalog.byName.get(call.name);
    if (prepared === undefined || !prepared.simple) return undefined;
    const input = await prepared.input['~standard'].validate(call.args);
    if (input.issues !== undefined) return undefined; // Nothing has run: the SDK words the error.
    const { caller, request } = from;
    const answer = await runGuarded(
      prepared.tool,
      input.value,
      { caller, signal: request.signal },
      onError,
    );
    if (era === 'legacy') return reply(message.id, JSON.stringify(answer));
    const _meta = { ...answer._meta, [SERVER_INFO_META_KEY]: info };
    return reply(message.id, JSON.stringify({ ...answer, resultType: 'complete', _meta }));
  }

  return async (from: FastRequest<Caller>): Promise<Response | undefined> => {
    const plain = plainMessage(from);
    if (plain === undefined) return undefined;
    const { era, message, version } = plain;
    const { id, method, params } = message;
    if (method === 'tools/call') return callTool(message, era, from);
    const key = JSON.stringify([era, method, version, from.grant]);
    if (method === 'initialize') return recall(key, id, from.askSdk);
    const isRemembered =
      method === 'tools/list' || (method === 'server/discover' && era === 'modern');
    return isRemembered && hasOnlyMeta(params) ? recall(key, id, from.askSdk) : undefined;
  };
}

interface Plain {
  readonly era: Era;
  readonly message: Message;
  /** The version an `initialize` asks for: its answer repeats it. */
  readonly version?: string;
}

/** The era and message of a request whose headers and envelope are beyond doubt. */
function plainMessage({ request, body, outcome }: FastRequest<unknown>): Plain | undefined {
  const version = request.headers.get('mcp-protocol-version');
  if (outcome.kind === 'modern' && outcome.messageKind === 'request') {
    const { message, classification } = outcome;
    const isCertain = classification.revision === MODERN_VERSION && version === MODERN_VERSION;
    const isNamed = request.headers.get('mcp-method') === message.method;
    return isCertain && isNamed ? { era: 'modern', message } : undefined;
  }
  if (outcome.kind !== 'legacy' || !isMessage(body)) return undefined;
  if (outcome.reason === 'initialize') return plainInitialize(body);
  if (outcome.reason !== 'no-claim' || body.method === 'initialize') return undefined;
  const isKnown = version === null || LEGACY_VERSIONS.includes(version);
  return isKnown ? { era: 'legacy', message: body } : undefined;
}

function plainInitialize(body: Message): Plain | undefined {
  if (!isInitializeRequest(body)) return undefined;
  const version = body.params.protocolVersion;
  // An unknown version gets the same answer, but callers could fill the memory with made-up ones.
  if (!LEGACY_VERSIONS.includes(version)) return undefined;
  return { era: 'legacy', message: body, version };
}

/** What the classifier has already established for a request; repeated here because it does not say so in its type. */
function isMessage(body: unknown): body is Message {
  if (!isRecord(body) || typeof body['method'] !== 'string') return false;
  if (typeof body['id'] !== 'string' && typeof body['id'] !== 'number') return false;
  return body['params'] === undefined || isRecord(body['params']);
}

/** The call in these params, unless it wants something only the SDK offers: progress, logging, tasks, another round. */
function plainCall(params: Record<string, unknown> | undefined) {
  if (params === undefined) return undefined;
  const { name, arguments: args = {}, inputResponses, requestState, task, _meta } = params;
  if (typeof name !== 'string' || !isRecord(args)) return undefined;
  if (Object.hasOwn(args, '__proto__')) return undefined; // The SDK drops it before the tool sees it.
  if (inputResponses !== undefined || requestState !== undefined || task !== undefined) {
    return undefined;
  }
  if (_meta !== undefined) {
    if (!isRecord(_meta) || _meta['progressToken'] !== undefined) return undefined;
    if (_meta[LOG_LEVEL_META_KEY] !== undefined) return undefined;
  }
  return { name, args };
}

const hasOnlyMeta = (params: Record<string, unknown> | undefined): boolean =>
  params === undefined || Object.keys(params).every((key) => key === '_meta');

/** Remembers results of the SDK that depend on nothing but the key: as bytes, because encoding a list costs more than the rest. */
function createMemory() {
  const remembered = new Map<string, Uint8Array>();
  return async (key: string, id: Id, ask: () => Promise<Response>): Promise<Response> => {
    const known = remembered.get(key);
    if (known !== undefined) return replyBytes(id, known);
    const response = await ask();
    if (!isPlainJson(response)) return response;
    const message: unknown = await response.json();
    if (!isRecord(message) || message['result'] === undefined) return Response.json(message);
    if (remembered.size >= MAX_REMEMBERED_ANSWERS) remembered.clear();
    const result = bytesOf(JSON.stringify(message['result']));
    remembered.set(key, result);
    return replyBytes(id, result);
  };
}

const isPlainJson = (response: Response): boolean =>
  response.status === 200 &&
  response.headers.get('content-type')?.startsWith('application/json') === true;

const JSON_HEADERS = { 'content-type': 'application/json' };

const reply = (id: Id, result: string): Response =>
  new Response(`${headOf(id)}${result}}`, { headers: JSON_HEADERS });

function replyBytes(id: Id, result: Uint8Array): Response {
  const head = bytesOf(headOf(id));
  const body = new Uint8Array(head.length + result.length + 1);
  body.set(head);
  body.set(result, head.length);
  body[body.length - 1] = CLOSING_BRACE;
  return new Response(body, { headers: JSON_HEADERS });
}

const headOf = (id: Id): string => `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":`;

const CLOSING_BRACE = 0x7d;
