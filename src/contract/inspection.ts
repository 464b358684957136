// What a stage's own server tells a runner of the stage, over `GET /runner/inspection`: it has the bindings, and the
// runner has not.
import { z } from 'zod';

import { lossSchema } from './plan.ts';

export const INSPECTION_PATH = '/runner/inspection';

export const inspectionSchema = z.object({
  stage: z.string(),
  resources: z.array(
    z.object({
      id: z.string(),
      type: z.string(),
      health: z.enum(['healthy', 'unhealthy', 'unknown']),
      detail: z.string(),
    }),
  ),
  /** Counted only when asked for with `?losses=1`, since that reads every table. */
  losses: z.array(lossSchema),
});

export type Inspection = z.output<typeof inspectionSchema>;
