import { z } from 'zod';

import { defineTool } from '../protocol/define-tool.ts';
import { requireScope } from '../protocol/require-scope.ts';
import { idempotencyKey, planId, requiredStage } from './support/arguments.ts';
import { operate } from './support/operate.ts';
import { deployResult } from './support/operation-result.ts';

const NAME = 'deploy_infrastructure';

export const deployInfrastructure = defineTool({
  name: NAME,
  title: 'Deploy infrastructure',
  description:
    'Deploys a stage as alchemy.run.ts describes it. With dryRun: true it only plans: what would be created, changed, replaced or deleted, with warnings. Give that plan’s planId to deploy exactly what was reviewed; a protected stage, and a plan with warnings, need it. Answers within half a minute, with the operation as it then stands.',
  scope: 'infra:plan',
  effect: 'change',
  reach: 'hub',
  input: () =>
    z.object({
      stage: requiredStage,
      dryRun: z.boolean().default(false).describe('Plan only; changes nothing.'),
      planId,
      idempotencyKey,
    }),
  output: deployResult,
  run: async (args, context) => {
    const { dryRun, planId: plan, idempotencyKey: key } = args;
    if (dryRun)
      return operate({ tool: NAME, kind: 'deploy_plan', args, idempotencyKey: key }, context);
    requireScope('Deploying', 'infra:deploy', context.principal);
    return operate(
      { tool: NAME, kind: 'deploy', args, planId: plan, idempotencyKey: key },
      context,
    );
  },
});
