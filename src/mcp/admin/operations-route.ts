// Operations for whoever holds the admin token: what there is, the yes of a second person, and a stop. Approving is here
// and in no tool, so that no assistant can say yes to itself.
import { z } from 'zod';

import { ADMIN_NAME_HEADER, approvalSchema } from '../../contract/admin.ts';
import type { StageOperations } from '../../contract/engine.ts';
import { type Operation, type Refusal, stageOfOperation } from '../../contract/operation.ts';
import { STAGE_NAME } from '../../contract/stage.ts';
import { log } from '../../lib/log.ts';
import type { Result } from '../../lib/result.ts';
import { httpError } from '../http-error.ts';
import { type AdminCall, decoded, type Handler, readBody } from './admin-route.ts';

const pageSchema = z.object({
  stage: z.string().regex(STAGE_NAME).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  before: z.string().min(1).optional(),
});

export const listOperations: Handler = async ({ request, dependencies }) => {
  const { operations, requestId } = dependencies;
  if (operations === undefined) return notTheHub(requestId);
  const page = pageSchema.safeParse(Object.fromEntries(new URL(request.url).searchParams));
  if (!page.success)
    return httpError('BAD_REQUEST', 'limit is 1 to 100; stage is a stage’s name.', requestId);
  const { stage = dependencies.stage, limit, before } = page.data;
  const found = await operations
    .engine(stage)
    .operations({ limit, ...(before !== undefined && { before }) });
  const last = found.length === limit ? found.at(-1) : undefined;
  return Response.json({
    stage,
    operations: found,
    ...(last !== undefined && { nextBefore: last.operationId }),
  });
};

export const readOperation: Handler = (call) =>
  onOperation(call, async ({ engine, id }) => {
    const operation = await engine.operation(id);
    return operation === undefined
      ? unknownOperation(call.dependencies.requestId)
      : Response.json(operation);
  });

export const approveOperation: Handler = (call) =>
  onOperation(call, async ({ engine, id }) => {
    const { request, by, dependencies } = call;
    const { requestId } = dependencies;
    if (!request.headers.has(ADMIN_NAME_HEADER))
      return httpError(
        'BAD_REQUEST',
        `An approval is somebody’s: send your name as ${ADMIN_NAME_HEADER}.`,
        requestId,
      );
    const body = await readBody(
      call,
      approvalSchema,
      'Send {"digest"} with the digest of the plan that you have read.',
    );
    if (!body.ok) return body.error;
    const { digest } = body.value;
    const answer = await engine.approve(id, { approver: by, digest });
    log('WARN', 'admin.approval', { requestId, by, operationId: id, digest, isGiven: answer.ok });
    return answered(answer, requestId);
  });

export const cancelOperation: Handler = (call) =>
  onOperation(call, async ({ engine, id }) => {
    const { requestId } = call.dependencies;
    const { by } = call;
    const answer = await engine.cancel(id, { client: by, subject: by });
    log('WARN', 'admin.cancel', { requestId, by, operationId: id, isTaken: answer.ok });
    return answered(answer, requestId);
  });

interface Found {
  readonly engine: StageOperations;
  readonly id: string;
}

const onOperation = async (
  { request, dependencies }: AdminCall,
  act: (found: Found) => Promise<Response>,
): Promise<Response> => {
  const { operations, requestId } = dependencies;
  if (operations === undefined) return notTheHub(requestId);
  const [, , , part = ''] = new URL(request.url).pathname.split('/');
  const id = decoded(part);
  const stage = stageOfOperation(id);
  if (id === undefined || stage === undefined) return unknownOperation(requestId);
  return act({ engine: operations.engine(stage), id });
};

const answered = (answer: Result<Operation, Refusal>, requestId: string): Response => {
  if (answer.ok) return Response.json(answer.value);
  const { code, message, next } = answer.error;
  return httpError(code, message, requestId, next === undefined ? {} : { extra: { next } });
};

const unknownOperation = (requestId: string): Response =>
  httpError('UNKNOWN_OPERATION', 'There is no such operation.', requestId);

export const notTheHub = (requestId: string): Response =>
  httpError('NOT_THE_HUB', 'Operations are kept by the server of the hub stage.', requestId);
