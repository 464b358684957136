import { z } from 'zod';

import type { Operation } from '../../contract/operation.ts';
import type { Principal } from '../../contract/principal.ts';
import { defineTool } from '../protocol/define-tool.ts';
import { requireScope } from '../protocol/require-scope.ts';
import { touch } from '../stage/touch.ts';
import { operationId } from './support/arguments.ts';
import { accepted, engineOf, operationIn, replacesServer, requesterOf } from './support/operate.ts';
import { cancelResult, resultOf } from './support/operation-result.ts';
import { stageOfId } from './support/stage-of-id.ts';

export const cancelOperation = defineTool({
  name: 'cancel_operation',
  title: 'Cancel an operation',
  description:
    'Stops an operation. One that waits never starts; one that runs stops after the resource it is at, so a part may be done: plan again to see what is left.',
  scope: 'infra:plan',
  effect: 'change',
  reach: 'hub',
  stageOf: stageOfId,
  input: () => z.object({ operationId }),
  output: cancelResult,
  run: async (args, context) => {
    const { stage, stageName, principal, now } = context;
    requireRight(await operationIn(context, args.operationId), principal);
    const engine = stage.operations(stageName);
    const answer = await touch(engineOf(stageName), () =>
      engine.cancel(args.operationId, requesterOf(principal)),
    );
    const operation = accepted(answer);
    return resultOf(operation, replacesServer(operation, context), now);
  },
});

/** Who asked for it may stop it; anybody else must be one who could have asked for its like. */
const requireRight = ({ requester, kind }: Operation, principal: Principal): void => {
  if (requester.client === principal.client && requester.subject === principal.subject) return;
  const isDestroy = kind === 'destroy' || kind === 'destroy_plan';
  const scope = isDestroy ? 'infra:destroy' : 'infra:deploy';
  requireScope('Cancelling what another asked for', scope, principal);
};
