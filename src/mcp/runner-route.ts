// What runners come for: to connect to the hub, and to publish what a stage consists of. Who they are is known before.
import { snapshotSchema } from '../contract/snapshot.ts';
import { parseJson } from '../lib/json.ts';
import { RUN_HEADER } from '../operations/hub-door.ts';
import { boundedBody } from './bounded-body.ts';
import { httpError } from './http-error.ts';
import type { RunnerCaller } from './runner-caller.ts';
import type { Settings } from './settings.ts';
import type { StageRecord } from './stage-record.ts';

const MAX_BYTES = 1_048_576;

export type ConnectRunner = (request: Request) => Promise<Response>;

/** A WebSocket to the hub. Its stage owns the operations on every stage, so no other server takes runners. */
export const connectRunner = async (
  request: Request,
  { run }: RunnerCaller,
  settings: Settings,
  connect: ConnectRunner,
  requestId: string,
): Promise<Response> => {
  const { stage, hub } = settings.catalog;
  if (stage !== hub)
    return httpError(
      'NOT_THE_HUB',
      `This is stage ${stage}; runners connect to stage ${hub}.`,
      requestId,
    );
  if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket')
    return httpError('UPGRADE_REQUIRED', 'Runners connect with a WebSocket.', requestId);
  const known = new Headers(request.headers);
  // Whatever a stranger wrote there.
  known.delete(RUN_HEADER);
  if (run !== undefined) known.set(RUN_HEADER, run);
  return connect(new Request(request, { headers: known }));
};

export const publishSnapshot = async (
  request: Request,
  { run }: RunnerCaller,
  settings: Settings,
  record: StageRecord,
  requestId: string,
): Promise<Response> => {
  const text = await boundedBody(request, MAX_BYTES);
  if (text === undefined)
    return httpError('BODY_TOO_LARGE', 'The state of the stage is larger than 1 MiB.', requestId);
  const snapshot = snapshotSchema.safeParse(parseJson(text));
  const { stage, hub } = settings.catalog;
  // The hub also takes what it is told of other stages: where their servers answer, above all. Not from a run of GitHub,
  // which has one operation, and tells of that at its end.
  const mayTellOfOthers = stage === hub && run === undefined;
  if (!snapshot.success || (snapshot.data.stage !== stage && !mayTellOfOthers))
    return httpError('BAD_REQUEST', `This is not the state of stage ${stage}.`, requestId);
  if (run !== undefined && stage === hub && !(await record.isHeldBy(run)))
    return httpError('BAD_REQUEST', 'This run has no operation of the stage.', requestId);
  await record.publish(snapshot.data);
  return Response.json({ published: snapshot.data.resources.length });
};
