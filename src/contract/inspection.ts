// What a stage's MCP server says of its own resources, for a runner that asks `GET /runner/inspection`: how they are
// and, with `?losses=1`, what would be gone with them. Only the server has their bindings.
import { z } from 'zod';

import { lossSchema } from './plan.ts';
import { STAGE_NAME } from './stage.ts';

export const INSPECTION_PATH = '/runner/inspection';

export const inspectionSchema = z.object({
  stage: z.string().regex(STAGE_NAME),
  resources: z
    .array(
      z.object({
        /** Fully qualified name in Alchemy's state. */
        id: z.string().min(1).max(500),
        type: z.string().min(1).max(200),
        health: z.enum(['healthy', 'unhealthy', 'unknown']),
        detail: z.string().max(500),
      }),
    )
    .max(2_000),
  losses: z.array(lossSchema).max(2_000),
});

export type Inspection = z.output<typeof inspectionSchema>;
