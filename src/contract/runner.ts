// What the runner, its local cloud's host and one operation's child process say to each other.
import { z } from 'zod';

import { snapshotSchema } from './snapshot.ts';

export const hostEventSchema = z.object({ type: z.literal('ready'), spawner: z.url() });

export type HostEvent = z.output<typeof hostEventSchema>;

export const jobSchema = z.object({
  kind: z.literal('deploy'),
  stage: z.string().min(1),
  /** The stack's entry file, relative to the project's folder. */
  entrypoint: z.string().min(1),
  /** Where the local cloud's host listens for operations. */
  spawner: z.url(),
});

export type Job = z.output<typeof jobSchema>;

/** A child's account of its operation, in order; `succeeded` or `failed` comes last. */
export const operationEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('phase'), phase: z.string() }),
  z.object({ type: z.literal('planned'), total: z.number(), changing: z.number() }),
  z.object({
    type: z.literal('resource'),
    id: z.string(),
    resourceType: z.string(),
    status: z.string(),
  }),
  z.object({ type: z.literal('succeeded'), snapshot: snapshotSchema }),
  z.object({ type: z.literal('failed'), message: z.string() }),
]);

export type OperationEvent = z.output<typeof operationEventSchema>;
