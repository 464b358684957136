// What runners come for: to connect to the hub, and to publish what a stage consists of. Only their own token opens it.
import { snapshotSchema } from '../contract/snapshot.ts';
import { bytesOf } from '../lib/hash.ts';
import { httpError } from './http-error.ts';
import { runnerRefusal } from './runner-token.ts';
import type { Settings } from './settings.ts';
import type { StageRecord } from './stage-record.ts';

const MAX_BYTES = 1_048_576;

export type ConnectRunner = (request: Request) => Promise<Response>;

/** A WebSocket to the hub. Its stage owns the operations on every stage, so no other server takes runners. */
export const connectRunner = async (
  request: Request,
  settings: Settings,
  connect: ConnectRunner,
  requestId: string,
): Promise<Response> => {
  const refusal = await runnerRefusal(request, settings, requestId);
  if (refusal !== undefined) return refusal;
  const { stage, hub } = settings.catalog;
  if (stage !== hub)
    return httpError(
      'NOT_THE_HUB',
      `This is stage ${stage}; runners connect to stage ${hub}.`,
      requestId,
    );
  if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket')
    return httpError('UPGRADE_REQUIRED', 'Runners connect with a WebSocket.', requestId);
  return connect(request);
};

export const publishSnapshot = async (
  request: Request,
  settings: Settings,
  record: StageRecord,
  requestId: string,
): Promise<Response> => {
  const refusal = await runnerRefusal(request, settings, requestId);
  if (refusal !== undefined) return refusal;
  const isTooLong = Number(request.headers.get('content-length') ?? 0) > MAX_BYTES;
  const text = isTooLong ? '' : await request.text();
  if (isTooLong || bytesOf(text).length > MAX_BYTES)
    return httpError('BODY_TOO_LARGE', 'The state of the stage is larger than 1 MiB.', requestId);
  const snapshot = snapshotSchema.safeParse(parseJson(text));
  const { stage, hub } = settings.catalog;
  // The hub also takes what it is told of other stages: where their servers answer, above all.
  if (!snapshot.success || (snapshot.data.stage !== stage && stage !== hub))
    return httpError('BAD_REQUEST', `This is not the state of stage ${stage}.`, requestId);
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
