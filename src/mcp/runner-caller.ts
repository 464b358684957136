// Who calls at /runner? Whoever holds the runner token, or a workflow run of GitHub by its own identity. Everybody else
// hears one answer, whatever was wrong; the log has the reason.
import { isSameSecret } from '../lib/hash.ts';
import { log } from '../lib/log.ts';
import { type Result, err, ok } from '../lib/result.ts';
import { bearerToken } from './auth.ts';
import { httpError } from './http-error.ts';
import type { Identify } from './identity/github-identity.ts';
import type { Settings } from './settings.ts';

export interface RunnerCaller {
  /** The name of a run of GitHub; absent for a holder of the runner token. */
  readonly run?: string;
}

/** The caller, or what to answer. */
export type RecogniseRunner = (
  request: Request,
  requestId: string,
) => Promise<Result<RunnerCaller, Response>>;

export interface Recognition {
  /** Absent where GitHub runs no operations. */
  readonly identify?: Identify | undefined;
  readonly now: () => number;
}

export const createRecogniseRunner =
  ({ runnerToken, github }: Settings, { identify, now }: Recognition): RecogniseRunner =>
  async ({ headers, url }, requestId) => {
    if (runnerToken === undefined && identify === undefined)
      return err(httpError('AUTH_NOT_CONFIGURED', 'MCP_RUNNER_TOKEN is not set.', requestId));
    const token = bearerToken(headers.get('authorization'));
    if (token === undefined) return err(refused(requestId));
    if (runnerToken !== undefined && (await isSameSecret(token, runnerToken))) return ok({});
    if (identify === undefined || !token.includes('.')) return err(refused(requestId));
    const run = await identify(token, github?.audience ?? new URL(url).origin, now());
    if (run.ok) return ok({ run: run.value });
    log('WARN', 'runner.refused', { requestId, reason: run.error });
    return err(run.error === 'keys_unavailable' ? unavailable(requestId) : refused(requestId));
  };

const refused = (requestId: string): Response =>
  httpError('UNAUTHENTICATED', 'The runner token is missing or wrong.', requestId, {
    headers: { 'WWW-Authenticate': 'Bearer' },
  });

const unavailable = (requestId: string): Response =>
  httpError(
    'IDENTITY_UNAVAILABLE',
    'GitHub’s keys could not be read, so that nobody can say whose run this is.',
    requestId,
    { headers: { 'Retry-After': '5' } },
  );
