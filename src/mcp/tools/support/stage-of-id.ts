import { stageOfOperation } from '../../../contract/operation.ts';

/** Of a tool that takes an operationId: the stage whose engine keeps the operation. */
export const stageOfId = (args: unknown): string | undefined =>
  typeof args === 'object' && args !== null && 'operationId' in args
    ? stageOfOperation(args.operationId)
    : undefined;
