// What the tools that start an operation have in common: hand in the request, wait a while, answer how it stands.
import type { StageOperations } from '../../../contract/engine.ts';
import type { ErrorCode } from '../../../contract/errors.ts';
import { OpsError } from '../../../contract/errors.ts';
import {
  hasEffect,
  type Operation,
  type OperationKind,
  type Refusal,
  type Submission,
} from '../../../contract/operation.ts';
import type { Principal } from '../../../contract/principal.ts';
import { canonicalHash } from '../../../lib/canonical-hash.ts';
import { randomId } from '../../../lib/ids.ts';
import type { Result } from '../../../lib/result.ts';
import type { ToolContext } from '../../protocol/define-tool.ts';
import { touch } from '../../stage/touch.ts';
import { awaitOperation } from './await-operation.ts';
import { resultOf } from './operation-result.ts';

export interface Request {
  readonly tool: string;
  readonly kind: OperationKind;
  /** As they were checked: their hash tells two calls apart in the journal. */
  readonly args: Readonly<Record<string, unknown>>;
  readonly planId?: string | undefined;
  readonly phrase?: string | undefined;
  readonly idempotencyKey?: string | undefined;
}

export const requesterOf = ({ client, subject }: Principal) => ({ client, subject });

export const operate = async (request: Request, context: ToolContext) => {
  const { stage, stageName, now, signal, progress } = context;
  const engine = stage.operations(stageName);
  const submitted = await submit(engine, await submissionOf(request, context), stageName);
  const isEnough = (operation: Operation) =>
    operation.status === 'awaiting_approval' || replacesServer(operation, context);
  const operation = await awaitOperation(submitted, { engine, now, signal, progress, isEnough });
  refuseUnplanned(operation);
  return resultOf(operation, replacesServer(operation, context), now);
};

const submissionOf = async (
  { tool, kind, args, planId, phrase, idempotencyKey }: Request,
  { principal }: ToolContext,
): Promise<Submission> => ({
  kind,
  requester: requesterOf(principal),
  tool,
  argumentsHash: await canonicalHash(args),
  // Drawn where the caller gives none: a request whose answer is lost on the way can then be made again.
  idempotencyKey: idempotencyKey ?? `drawn-${randomId()}`,
  ...(planId !== undefined && { planId }),
  ...(phrase !== undefined && { phrase }),
});

/** Asked twice when the first answer is lost: the key makes it one operation. */
const submit = async (
  engine: StageOperations,
  submission: Submission,
  stage: string,
): Promise<Operation> => {
  const once = () => touch(engineOf(stage), () => engine.submit(submission), { next: UNSURE });
  return accepted(await once().catch(once));
};

const UNSURE =
  'It may have been taken in: call list_operations before you try again, or again with the same idempotencyKey.';

export const engineOf = (stage: string): string => `The engine of stage ${stage}`;

/** A refusal of the engine as the error it is. */
export const accepted = (answer: Result<Operation, Refusal>): Operation => {
  if (answer.ok) return answer.value;
  const { code, message, next } = answer.error;
  throw new OpsError(code, message, next === undefined ? {} : { next });
};

/** The operation, or UNKNOWN_OPERATION. */
export const operationIn = async (
  { stage, stageName }: Pick<ToolContext, 'stage' | 'stageName'>,
  operationId: string,
): Promise<Operation> => {
  const engine = stage.operations(stageName);
  const operation = await touch(engineOf(stageName), () => engine.operation(operationId));
  if (operation !== undefined) return operation;
  throw new OpsError('UNKNOWN_OPERATION', `Stage ${stageName} has no such operation.`, {
    next: `Call list_operations with stage "${stageName}".`,
  });
};

/** The Worker that answers this call is about to be replaced: the answer must be out before. */
export const replacesServer = (
  { kind, status, plan, stage: changed }: Operation,
  { stage }: Pick<ToolContext, 'stage'>,
): boolean =>
  changed === stage.name &&
  hasEffect(kind) &&
  status === 'running' &&
  plan?.resources.some(({ id, action }) => id === stage.catalog.self && action !== 'noop') === true;

const UNPLANNED: ReadonlySet<ErrorCode> = new Set(['PLAN_STALE', 'PLAN_REQUIRED', 'PLAN_BLOCKED']);

/** Nothing was begun, since what would have been done is not what was reviewed: that is a refusal, found out late. */
const refuseUnplanned = ({ operationId, error }: Operation): void => {
  if (error === undefined || !UNPLANNED.has(error.code)) return;
  throw new OpsError(error.code, `${error.message} (Operation ${operationId}.)`, {
    next: error.next,
  });
};
