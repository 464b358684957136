// Refusals of /mcp that come before any protocol layer: wrong method, media type, size, or no JSON. An MCP client reads
// JSON-RPC and nothing else, so they are JSON-RPC errors with `id: null`, in the SDK's own wording of code and status;
// `data` carries our code and what to do next, the same two facts as in every other error of this server.
import { ERRORS, type ErrorCode } from '../../contract/errors.ts';

/** JSON-RPC codes: -32700 is parse error; -32000 is what the SDK answers for the transport's own refusals. */
const PARSE_ERROR = -32700;
const TRANSPORT = -32000;
const INTERNAL = -32603;
const INVALID_REQUEST = -32600;
const INVALID_PARAMS = -32602;

export const methodNotAllowed = (): Response =>
  rpcError(405, TRANSPORT, 'Method not allowed.', 'METHOD_NOT_ALLOWED', {
    headers: { Allow: 'POST' },
  });

export const notJson = (): Response =>
  rpcError(
    415,
    TRANSPORT,
    'Unsupported Media Type: Content-Type must be application/json',
    'BAD_REQUEST',
  );

export const bodyTooLarge = (maxBytes: number): Response =>
  rpcError(
    413,
    TRANSPORT,
    `Payload Too Large: Request body must not exceed ${maxBytes} bytes`,
    'BODY_TOO_LARGE',
  );

export const notParseable = (): Response =>
  rpcError(400, PARSE_ERROR, 'Parse error: the request body is not valid JSON', 'BAD_REQUEST');

export const bodyTooSlow = (): Response =>
  rpcError(
    408,
    TRANSPORT,
    'Request Timeout: the request body did not arrive in time',
    'BAD_REQUEST',
  );

/** JSON, but of a shape that two readers could read differently, or that no call needs. */
export const badShape = (reason: string): Response =>
  rpcError(400, INVALID_REQUEST, `Invalid Request: ${reason}`, 'BAD_REQUEST');

export const streamOnly = (): Response =>
  rpcError(
    406,
    TRANSPORT,
    'Not Acceptable: subscriptions/listen answers with a stream; name text/event-stream in Accept',
    'BAD_REQUEST',
  );

export const brokenInside = (): Response =>
  rpcError(500, INTERNAL, 'Internal server error', 'INTERNAL');

export const batchTooLong = (maxMessages: number): Response =>
  rpcError(
    400,
    INVALID_REQUEST,
    `Invalid Request: a batch must not exceed ${maxMessages} messages`,
    'BAD_REQUEST',
  );

/** The SDK would answer with a dump of its own schema. */
export const invalidInitialize = (id: unknown): Response =>
  rpcError(
    200,
    INVALID_PARAMS,
    'Invalid params: initialize takes protocolVersion, capabilities and clientInfo {name, version}, or no params',
    'BAD_REQUEST',
    { id },
  );

/** Nobody is there to read it; the same status as the SDK's when a caller has gone. */
export const callerGone = (): Response => new Response(null, { status: 499 });

interface Extras {
  readonly id?: unknown;
  readonly headers?: Record<string, string>;
}

function rpcError(
  status: number,
  rpcCode: number,
  message: string,
  code: ErrorCode,
  { id = null, headers = {} }: Extras = {},
): Response {
  const error = { code: rpcCode, message, data: { code, next: ERRORS[code].next } };
  return Response.json({ jsonrpc: '2.0', error, id }, { status, headers });
}
