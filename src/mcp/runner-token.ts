// Only the runner's own token opens what stands under /runner.
import { isSameSecret } from '../lib/hash.ts';
import { bearerToken } from './auth.ts';
import { httpError } from './http-error.ts';
import type { Settings } from './settings.ts';

/** Undefined for a runner; for anybody else, the answer. */
export const runnerRefusal = async (
  { headers }: Request,
  { runnerToken }: Settings,
  requestId: string,
): Promise<Response | undefined> => {
  if (runnerToken === undefined)
    return httpError('AUTH_NOT_CONFIGURED', 'MCP_RUNNER_TOKEN is not set.', requestId);
  const token = bearerToken(headers.get('authorization'));
  if (token !== undefined && (await isSameSecret(token, runnerToken))) return undefined;
  return httpError('UNAUTHENTICATED', 'The runner token is missing or wrong.', requestId, {
    headers: { 'WWW-Authenticate': 'Bearer' },
  });
};
