// The one form in which a tool says no: a result with `isError`, so that the model reads it, and a JSON text that says
// what is wrong and what to do next. Whatever text of others it quotes is visible and bounded.
import type { CallToolResult } from '@modelcontextprotocol/server';

import { ERRORS, type ErrorCode } from '../../contract/errors.ts';
import { sentence } from '../../lib/visible-text.ts';

export function refusal(
  code: ErrorCode,
  message: string,
  next: string = ERRORS[code].next,
): CallToolResult {
  const error = { code, message: sentence(message), next: sentence(next) };
  return { isError: true, content: [{ type: 'text', text: JSON.stringify({ error }) }] };
}

/** All that is said about a failure nobody foresaw. The rest is in the log, under the same id. */
export const internalRefusal = (tool: string, errorId: string): CallToolResult =>
  refusal('INTERNAL', `${tool} failed. Error id: ${errorId}.`);

/** For the record's sake: the caller has gone. */
export const abortRefusal = (tool: string): CallToolResult =>
  refusal('INTERNAL', `${tool} was aborted by its caller.`);
