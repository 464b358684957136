// An operation as everybody outside the engine sees it: tools, the admin API, `bun mcp`, runners.
import { z } from 'zod';

import { ERRORS, type ErrorCode } from './errors.ts';
import { driftSchema, planSchema } from './plan.ts';
import { STAGE_NAME } from './stage.ts';

/** A plan and a drift run only read; a deploy and a destroy change the stage. */
export const OPERATION_KINDS = [
  'deploy_plan',
  'destroy_plan',
  'deploy',
  'destroy',
  'drift',
] as const;

export type OperationKind = (typeof OPERATION_KINDS)[number];

export const hasEffect = (kind: OperationKind): kind is 'deploy' | 'destroy' =>
  kind === 'deploy' || kind === 'destroy';

export const OPERATION_STATUSES = [
  'awaiting_approval',
  'queued',
  'leased',
  'running',
  'succeeded',
  'failed',
  'cancelled',
  'lost',
] as const;

export type OperationStatus = (typeof OPERATION_STATUSES)[number];

const ENDED: ReadonlySet<OperationStatus> = new Set(['succeeded', 'failed', 'cancelled', 'lost']);

export const hasEnded = (status: OperationStatus): boolean => ENDED.has(status);

/** `<stage>.<random>`: it says whose engine keeps it. */
export const OPERATION_ID = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?\.[0-9a-f]{32}$/;
export const PLAN_ID = /^[0-9a-f]{32}$/;
export const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,200}$/;

export const operationIdSchema = z.string().regex(OPERATION_ID);
export const planIdSchema = z.string().regex(PLAN_ID);

/** The stage in whose engine an operation is kept; undefined for what is no operation id. */
export const stageOfOperation = (operationId: unknown): string | undefined =>
  typeof operationId === 'string' && OPERATION_ID.test(operationId)
    ? operationId.slice(0, operationId.indexOf('.'))
    : undefined;

/** Who asked: of the principal, what the journal keeps. */
const requesterSchema = z.object({ client: z.string(), subject: z.string() });

export type Requester = z.output<typeof requesterSchema>;

const errorCode = z
  .string()
  .refine((code): code is ErrorCode => Object.hasOwn(ERRORS, code), 'no known code');

/** A step of a running operation, numbered from 1 without a gap. */
export const operationEventSchema = z.object({
  seq: z.int().positive(),
  /** ISO 8601, by the runner's clock. */
  at: z.iso.datetime(),
  /** `phase`: what the whole operation does now. `resource`: a resource has come into a state. `note`: a sentence. */
  type: z.enum(['phase', 'resource', 'note']),
  /** Of a resource: its id. */
  id: z.string().max(500).optional(),
  resourceType: z.string().max(200).optional(),
  /** Alchemy's word for a resource or a phase; of a note, the sentence. */
  status: z.string().max(500),
});

export type OperationEvent = z.output<typeof operationEventSchema>;

/** `unanswered`: GitHub may have heard it or not. */
export const DISPATCH_STATES = ['asking', 'asked', 'retrying', 'unanswered', 'refused'] as const;

export const operationSchema = z.object({
  operationId: operationIdSchema,
  kind: z.enum(OPERATION_KINDS),
  stage: z.string().regex(STAGE_NAME),
  status: z.enum(OPERATION_STATUSES),
  requester: requesterSchema,
  /** The tool that was called. */
  tool: z.string(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().optional(),
  /** Rises each time a runner is given the stage. */
  fence: z.int().nonnegative(),
  /** Who has approved it, where that was needed. */
  approver: z.string().optional(),
  isCancelRequested: z.boolean(),
  /** Of a plan: under which it can be deployed or destroyed. Of an effect: the plan it must keep to. */
  planId: planIdSchema.optional(),
  /** Until when the plan can be used, or the approval given. */
  expiresAt: z.iso.datetime().optional(),
  /** What was planned: of a plan its result, of an effect what it set out to do. */
  plan: planSchema.optional(),
  /** What the stack returned, as far as it may be shown, and each Worker's URL as `url:<id>`. */
  outputs: z.record(z.string(), z.string()).optional(),
  drift: driftSchema.optional(),
  error: z
    .object({ code: errorCode, message: z.string(), next: z.string() })
    .optional()
    .describe('Why it failed, was cancelled or lost.'),
  /** The last step told so far; 0 before the first. */
  lastSeq: z.int().nonnegative(),
  /** Why it does not move, when it does not: no runner, or others before it. */
  waitingFor: z.string().optional(),
  /** The run of GitHub that was last asked for. */
  dispatch: z
    .object({
      askedAt: z.iso.datetime(),
      state: z.enum(DISPATCH_STATES),
      /** Where it is seen. */
      url: z.string().optional(),
      reason: z.string().optional(),
    })
    .optional(),
});

export type Operation = z.output<typeof operationSchema>;

/** A request to start one. Whoever sends it has checked scope and stage. */
export const submissionSchema = z.object({
  kind: z.enum(OPERATION_KINDS),
  requester: requesterSchema,
  tool: z.string().min(1).max(100),
  /** SHA-256 in hex of the canonical arguments: the journal tells two calls apart without keeping what they said. */
  argumentsHash: z.string().regex(/^[0-9a-f]{64}$/),
  idempotencyKey: z.string().regex(IDEMPOTENCY_KEY).optional(),
  planId: planIdSchema.optional(),
  /** Of a destroy: the words the caller typed. */
  phrase: z.string().max(300).optional(),
});

export type Submission = z.output<typeof submissionSchema>;

/** A refusal across a process line, where an Error would lose its code. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly next?: string;
}

export const JOURNAL_TYPES = [
  'requested',
  'refused',
  'planned',
  'approved',
  'leased',
  /** The intent: written before the effect, and without it there is none. */
  'begun',
  'cancel_requested',
  'requeued',
  /** A run of GitHub: written before it is asked for. */
  'dispatch_asked',
  'dispatched',
  'dispatch_refused',
  'ended',
] as const;

/** A line of the journal. `hash` is SHA-256 over `prev` and every other field: see docs/operations.md. */
export const journalEntrySchema = z.object({
  seq: z.int().positive(),
  at: z.iso.datetime(),
  type: z.enum(JOURNAL_TYPES),
  stage: z.string(),
  operationId: z.string().nullable(),
  kind: z.enum(OPERATION_KINDS),
  requester: requesterSchema,
  tool: z.string(),
  argumentsHash: z.string(),
  digest: z.string().nullable(),
  approver: z.string().nullable(),
  fence: z.int().nullable(),
  /** How it ended, the code of a refusal, the runner of a lease, the run that GitHub started or why it did not. */
  outcome: z.string().nullable(),
  prev: z.string(),
  hash: z.string(),
});

export type JournalEntry = z.output<typeof journalEntrySchema>;

export const journalVerdictSchema = z.object({
  stage: z.string(),
  isIntact: z.boolean(),
  entries: z.int().nonnegative(),
  /** Hash of the last entry: kept elsewhere, it also proves that nothing was cut off. */
  head: z.string(),
  /** The first entry that is not as it was written, and what is wrong with it. */
  problem: z.object({ seq: z.int(), reason: z.string() }).optional(),
});

export type JournalVerdict = z.output<typeof journalVerdictSchema>;
