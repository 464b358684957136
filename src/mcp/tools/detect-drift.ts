import { z } from 'zod';

import { defineTool } from '../protocol/define-tool.ts';
import { operate } from './support/operate.ts';
import { driftResult } from './support/operation-result.ts';

const NAME = 'detect_drift';

// It starts an operation, which waits for its turn and is in the journal, but reads the stage and changes nothing.
export const detectDrift = defineTool({
  name: NAME,
  title: 'Detect drift',
  description:
    'Compares the resources of a stage as they are with what Alchemy’s state says of them, and names those that are gone or were changed by something else. Changes nothing.',
  scope: 'infra:plan',
  effect: 'read',
  reach: 'hub',
  input: () => z.object({}),
  output: driftResult,
  run: async (args, context) =>
    operate({ tool: NAME, kind: 'drift', args: { ...args, stage: context.stageName } }, context),
});
