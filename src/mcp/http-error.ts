// Errors outside MCP: one body for all, worded from the closed list.
import { ERRORS, type ErrorCode } from '../contract/errors.ts';

const NAMES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  412: 'Precondition failed',
  413: 'Payload too large',
  426: 'Upgrade required',
  429: 'Rate limit exceeded',
  500: 'Internal server error',
  502: 'Bad gateway',
  503: 'Service temporarily unavailable',
  504: 'Gateway timeout',
};

export interface HttpErrorOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Fields beside the fixed four. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

const JSON_TYPE = { 'content-type': 'application/json' };

/** `{error, message, code, requestId, …}` with the code's status. */
export const httpError = (
  code: ErrorCode,
  message: string,
  requestId: string,
  { headers = {}, extra = {} }: HttpErrorOptions = {},
): Response => {
  const { status } = ERRORS[code];
  const body = { error: NAMES[status] ?? 'Error', message, code, requestId, ...extra };
  // Response.json takes longer.
  return new Response(JSON.stringify(body), { status, headers: { ...JSON_TYPE, ...headers } });
};
