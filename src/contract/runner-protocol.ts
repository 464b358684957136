// What a runner and the hub say to each other over `GET /runner` (WebSocket, JSON text frames). The runner asks, the hub
// replies by the number of the question; besides, the hub calls out when there is work or a cancellation. Every question
// may be asked again after a lost connection: the engine answers the second time as it did the first.
import { z } from 'zod';

import {
  OPERATION_KINDS,
  operationEventSchema,
  operationIdSchema,
  planIdSchema,
} from './operation.ts';
import { driftSchema, planSchema } from './plan.ts';
import { snapshotSchema } from './snapshot.ts';
import { STAGE_NAME } from './stage.ts';

export const RUNNER_PATH = '/runner';
export const RUNNER_PROTOCOL = 1;

export const HEARTBEAT_MS = 5_000;
/** A runner that hears nothing for this long stops its operation; only later does the engine give the stage away. */
export const RUNNER_PATIENCE_MS = 20_000;
/** The engine counts its own ticks, not clock time: a clock that steps ends no lease. */
export const LEASE_TICK_MS = 5_000;
export const LEASE_TICKS = 8;

/** More steps than this go out in several messages. */
export const MAX_EVENTS = 100;
export const MAX_MESSAGE_BYTES = 900_000;

const stage = z.string().regex(STAGE_NAME);
const held = { stage, operationId: operationIdSchema, fence: z.int().positive() };

/** How an operation ended, by the runner's account. */
export const outcomeSchema = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('succeeded'),
    plan: planSchema.optional(),
    drift: driftSchema.optional(),
    outputs: z.record(z.string().max(200), z.string().max(2_000)).optional(),
    snapshot: snapshotSchema.optional(),
  }),
  z.object({
    status: z.enum(['failed', 'cancelled']),
    /** A sentence without secrets. */
    message: z.string().min(1).max(2_000),
    /** What the stage consists of now, as far as it could be read. */
    snapshot: snapshotSchema.optional(),
  }),
]);

export type Outcome = z.output<typeof outcomeSchema>;

/** The runner's questions. */
export const runnerRequestSchema = z.discriminatedUnion('ask', [
  /** First on every connection. What the runner still works on it goes on with, by fence. */
  z.object({
    ask: z.literal('hello'),
    id: z.int(),
    protocol: z.literal(RUNNER_PROTOCOL),
    /** Drawn once per process. */
    runnerId: z.string().regex(/^[0-9a-f-]{36}$/),
    /** For people: host and process id. */
    label: z.string().max(200),
    mode: z.enum(['local', 'live']),
    /** The only one it wants. A run of GitHub must say it: it may have no other. */
    operationId: operationIdSchema.optional(),
  }),
  /** Which stages have work? Replied with `{stages: string[]}`. */
  z.object({ ask: z.literal('poll'), id: z.int() }),
  /** Replied with `{job: LeasedJob | null}`. With `operationId`, that operation or none. */
  z.object({
    ask: z.literal('lease'),
    id: z.int(),
    stage,
    operationId: operationIdSchema.optional(),
  }),
  /** Replied with `{isCancelRequested}`; refused with STALE_FENCE when the operation is no longer the runner's. */
  z.object({ ask: z.literal('heartbeat'), id: z.int(), ...held }),
  /** Steps from `events[0].seq` on, without a gap. Replied with `{lastSeq}`: the last one kept; send what follows. */
  z.object({
    ask: z.literal('events'),
    id: z.int(),
    ...held,
    events: z.array(operationEventSchema).min(1).max(MAX_EVENTS),
  }),
  /**
   * May the operation go on to its effect? Asked with what was just planned; replied with `{mayBegin}`. False means it has
   * ended (stale, cancelled, or the plan needs a review) and nothing may be changed. A plan and a drift run need not ask.
   */
  z.object({ ask: z.literal('begin'), id: z.int(), ...held, plan: planSchema }),
  /** Replied with `{}`. The same account twice is taken once. */
  z.object({ ask: z.literal('finish'), id: z.int(), ...held, outcome: outcomeSchema }),
]);

export type RunnerRequest = z.output<typeof runnerRequestSchema>;

export const leasedJobSchema = z.object({
  operationId: operationIdSchema,
  stage,
  kind: z.enum(OPERATION_KINDS),
  fence: z.int().positive(),
  /** Of an effect that must keep to a plan. For the log: the engine compares, at `begin`. */
  planId: planIdSchema.optional(),
  /** The hub's own stage: its server outlives a destroy of it, to tell of it. */
  isHub: z.boolean(),
});

export type LeasedJob = z.output<typeof leasedJobSchema>;

export const pollReplySchema = z.object({ stages: z.array(stage) });
export const leaseReplySchema = z.object({ job: leasedJobSchema.nullable() });
export const heartbeatReplySchema = z.object({ isCancelRequested: z.boolean() });
export const eventsReplySchema = z.object({ lastSeq: z.int().nonnegative() });
export const beginReplySchema = z.object({
  mayBegin: z.boolean(),
  /** Why not, for whoever watches the runner: the engine has ended the operation with it. */
  reason: z.string().optional(),
});

export type BeginReply = z.output<typeof beginReplySchema>;

/** What the hub sends. */
export const hubMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('reply'), id: z.int(), value: z.unknown() }),
  z.object({
    type: z.literal('refusal'),
    id: z.int(),
    code: z.enum(['STALE_FENCE', 'BAD_REQUEST', 'INTERNAL']),
    message: z.string(),
  }),
  z.object({ type: z.literal('work'), stage }),
  z.object({ type: z.literal('cancel'), stage, operationId: operationIdSchema }),
]);

export type HubMessage = z.output<typeof hubMessageSchema>;
