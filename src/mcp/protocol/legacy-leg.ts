// Serves the 2025 revisions, statelessly: one server and one transport per request. The SDK's own stateless leg always
// streams and refuses callers who do not name both media types; this one answers plain JSON to whoever did not ask for
// a stream, so that a bare curl works. Sessions, GET streams and questions to the client do not exist here.
import {
  isInitializeRequest,
  isJSONRPCRequest,
  type JSONRPCErrorResponse,
  type JSONRPCMessage,
  type McpServer,
  SUPPORTED_PROTOCOL_VERSIONS,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server';

import { isRecord } from '../../lib/json.ts';
import { callerGone, invalidInitialize } from './rpc-error.ts';

const INTERNAL_ERROR = -32603;
const INVALID_PARAMS = -32602;

export const MODERN_VERSION = '2026-07-28';

/** Newest first, as the SDK lists them; dates compare as text. */
export const LEGACY_VERSIONS: readonly string[] = SUPPORTED_PROTOCOL_VERSIONS.filter(
  (version) => version < MODERN_VERSION,
);

export async function serveLegacy(
  request: Request,
  body: unknown,
  server: McpServer,
  stream: boolean,
): Promise<Response> {
  const parsedBody = completeInitialize(body);
  if (isBadInitialize(parsedBody)) return invalidInitialize(parsedBody['id']);
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: !stream });
  refuseQuestions(transport);
  await server.connect(transport);
  const close = () => void Promise.allSettled([transport.close(), server.close()]);
  const gone = whenGone(request.signal, close);
  const headers = new Headers(request.headers);
  headers.set('accept', 'application/json, text/event-stream');
  const forwarded = new Request(request.url, { method: 'POST', headers });
  // In JSON mode a closed transport never answers, so whoever waits must be told otherwise.
  const response = await Promise.race([
    transport.handleRequest(forwarded, { parsedBody }),
    gone.promise,
  ]);
  if (isStream(response)) return closeAfter(response, gone.stopWatching, close);
  gone.stopWatching();
  close();
  return response;
}

/** The answer to a question would reach another instance; the tool that asks is told at once instead of waiting. */
function refuseQuestions(transport: WebStandardStreamableHTTPServerTransport): void {
  const send = transport.send.bind(transport);
  const error = { code: -32603, message: 'Requests to the client are not available here' };
  transport.send = async (message, options) => {
    if (!isJSONRPCRequest(message)) return send(worded(message), options);
    transport.onmessage?.({ jsonrpc: '2.0', id: message.id, error });
  };
}

/** For params of a wrong form the SDK answers with a dump of its own schema's complaints, some of them as internal errors. */
const DUMP = /\[\s*\{\s*"/;

function worded<M extends JSONRPCMessage>(message: M): M | JSONRPCErrorResponse {
  if (!('error' in message)) return message;
  const { id, error } = message;
  if (![INTERNAL_ERROR, INVALID_PARAMS].includes(error.code) || !DUMP.test(error.message))
    return message;
  const said = {
    code: INVALID_PARAMS,
    message: 'Invalid params: not of the form this method takes',
  };
  return { jsonrpc: '2.0', id, error: said };
}

/** A bare `initialize` gets the params the 2025 schema requires; one that names a version is the caller's own business. */
function completeInitialize(body: unknown): unknown {
  if (!isRecord(body) || body['method'] !== 'initialize') return body;
  const params = body['params'] ?? {};
  if (!isRecord(params) || params['protocolVersion'] !== undefined) return body;
  const assumed = {
    protocolVersion: LEGACY_VERSIONS[0],
    capabilities: {},
    clientInfo: { name: 'unknown', version: '0' },
  };
  return { ...body, params: { ...assumed, ...params } };
}

const isBadInitialize = (body: unknown): body is Record<string, unknown> =>
  isRecord(body) && body['method'] === 'initialize' && 'id' in body && !isInitializeRequest(body);

function whenGone(signal: AbortSignal, close: () => void) {
  let leave = () => {};
  const promise = new Promise<Response>((resolve) => {
    leave = () => {
      close();
      resolve(callerGone());
    };
  });
  if (signal.aborted) leave();
  else signal.addEventListener('abort', leave, { once: true });
  return { promise, stopWatching: () => signal.removeEventListener('abort', leave) };
}

const isStream = (response: Response): boolean =>
  response.headers.get('content-type')?.startsWith('text/event-stream') === true;

/** Closes server and transport when the stream ends or the reader lets go of it, which aborts the tool's signal. */
function closeAfter(response: Response, stopWatching: () => void, close: () => void): Response {
  if (response.body === null) return response;
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const end = () => {
    stopWatching();
    close();
  };
  response.body.pipeTo(writable).then(end, end);
  return new Response(readable, response);
}
