import { z } from 'zod';

import { defineTool } from '../protocol/define-tool.ts';
import { requireScope } from '../protocol/require-scope.ts';
import { idempotencyKey, planId, requiredStage } from './support/arguments.ts';
import { operate } from './support/operate.ts';
import { destroyResult } from './support/operation-result.ts';

const NAME = 'destroy_infrastructure';

export const destroyInfrastructure = defineTool({
  name: NAME,
  title: 'Destroy infrastructure',
  description:
    'Deletes every resource of a stage, with its data, for good. Without confirm it only plans: which rows, objects and keys would be lost, counted, and the phrase to confirm with. With confirm: true it destroys; a protected stage needs planId and phrase too, and another person’s approval. Ask the person before you confirm.',
  scope: 'infra:plan',
  effect: 'destroy',
  reach: 'hub',
  input: () =>
    z.object({
      stage: requiredStage,
      confirm: z.boolean().default(false).describe('Without it nothing is touched.'),
      planId,
      phrase: z.string().max(300).optional().describe('As the plan names it, word for word.'),
      idempotencyKey,
    }),
  output: destroyResult,
  run: async (args, context) => {
    const { confirm, planId: plan, phrase, idempotencyKey: key } = args;
    if (!confirm)
      return operate({ tool: NAME, kind: 'destroy_plan', args, idempotencyKey: key }, context);
    requireScope('Destroying', 'infra:destroy', context.principal);
    return operate(
      { tool: NAME, kind: 'destroy', args, planId: plan, phrase, idempotencyKey: key },
      context,
    );
  },
});
