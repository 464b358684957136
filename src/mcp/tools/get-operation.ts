import { z } from 'zod';

import { defineTool } from '../protocol/define-tool.ts';
import { operationId } from './support/arguments.ts';
import { operationIn, replacesServer } from './support/operate.ts';
import { operationResult, resultOf } from './support/operation-result.ts';
import { stageOfId } from './support/stage-of-id.ts';

export const getOperation = defineTool({
  name: 'get_operation',
  title: 'Get an operation',
  description:
    'How an operation stands, and what to do next: its status, what it changes, its outputs, why it failed.',
  scope: 'infra:read',
  effect: 'read',
  reach: 'hub',
  stageOf: stageOfId,
  input: () => z.object({ operationId }),
  output: operationResult,
  run: async (args, context) => {
    const operation = await operationIn(context, args.operationId);
    return resultOf(operation, replacesServer(operation, context), context.now);
  },
});
