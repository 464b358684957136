// What the runner, its local cloud's host and one operation's child process say to each other, over IPC on one machine.
// What a runner and the hub say is in runner-protocol.ts.
import { z } from 'zod';

import { OPERATION_KINDS, operationEventSchema } from './operation.ts';
import { planSchema } from './plan.ts';
import { outcomeSchema } from './runner-protocol.ts';

export const hostEventSchema = z.object({ type: z.literal('ready'), spawner: z.url() });

export type HostEvent = z.output<typeof hostEventSchema>;

const driverSchema = z.discriminatedUnion('mode', [
  /** `spawner`: where the local cloud's host listens for operations. */
  z.object({ mode: z.literal('local'), spawner: z.url() }),
  z.object({ mode: z.literal('live') }),
]);

export const jobSchema = z.object({
  kind: z.enum(OPERATION_KINDS),
  stage: z.string().min(1),
  /** The stack's entry file, relative to the project's folder. */
  entrypoint: z.string().min(1),
  driver: driverSchema,
  /** Of a destroy: its MCP server stays, to tell of it. */
  isHub: z.boolean(),
  /** Keys the digest, and opens the stage's own server for questions about its resources. */
  runnerToken: z.string().min(1),
});

export type Job = z.output<typeof jobSchema>;

/** To the child. After `planned` it changes nothing until it is told `go`. */
export const childOrderSchema = z.discriminatedUnion('order', [
  z.object({ order: z.literal('work'), job: jobSchema }),
  z.object({ order: z.literal('go') }),
  z.object({ order: z.literal('stop') }),
  /** Start on no further resource, and give up what is in flight when it takes too long. */
  z.object({ order: z.literal('cancel') }),
]);

export type ChildOrder = z.output<typeof childOrderSchema>;

/** A step as the child tells it; whoever passes it on numbers and dates it. */
export const stepSchema = operationEventSchema.omit({ seq: true, at: true });

export type Step = z.output<typeof stepSchema>;

/** A child's account of its operation, in order; `ended` comes last. */
export const childEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('step'), step: stepSchema }),
  /** Of an effect: what it would do, once told to. */
  z.object({ type: z.literal('planned'), plan: planSchema }),
  z.object({ type: z.literal('ended'), outcome: outcomeSchema }),
]);

export type ChildEvent = z.output<typeof childEventSchema>;
