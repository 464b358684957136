// Where a runner publishes what its stage consists of. Only the runner's own token opens it.
import { snapshotSchema } from '../contract/snapshot.ts';
import { bytesOf, isSameSecret } from '../lib/hash.ts';
import { bearerToken } from './auth.ts';
import { httpError } from './http-error.ts';
import type { Settings } from './settings.ts';
import type { StageRecord } from './stage-record.ts';

const MAX_BYTES = 1_048_576;

export const publishSnapshot = async (
  request: Request,
  settings: Settings,
  record: StageRecord,
  requestId: string,
): Promise<Response> => {
  if (settings.runnerToken === undefined)
    return httpError('AUTH_NOT_CONFIGURED', 'MCP_RUNNER_TOKEN is not set.', requestId);
  const token = bearerToken(request.headers.get('authorization'));
  if (token === undefined || !(await isSameSecret(token, settings.runnerToken)))
    return httpError('UNAUTHENTICATED', 'The runner token is missing or wrong.', requestId, {
      headers: { 'WWW-Authenticate': 'Bearer' },
    });
  const isTooLong = Number(request.headers.get('content-length') ?? 0) > MAX_BYTES;
  const text = isTooLong ? '' : await request.text();
  if (isTooLong || bytesOf(text).length > MAX_BYTES)
    return httpError('BODY_TOO_LARGE', 'The state of the stage is larger than 1 MiB.', requestId);
  const snapshot = snapshotSchema.safeParse(parseJson(text));
  if (!snapshot.success || snapshot.data.stage !== settings.catalog.stage)
    return httpError(
      'BAD_REQUEST',
      `This is not the state of stage ${settings.catalog.stage}.`,
      requestId,
    );
  await record.publish(snapshot.data);
  return Response.json({ published: snapshot.data.resources.length });
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
