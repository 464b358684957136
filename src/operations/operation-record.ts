// An operation as the engine keeps it: one JSON document a row. What can be large (plan, drift, outputs, steps) is kept
// beside it, because a heartbeat must not rewrite a plan.
import { z } from 'zod';

import { operationSchema, submissionSchema } from '../contract/operation.ts';
import { askSchema } from './rules/dispatch-rule.ts';

const { operationId, kind, status, requester, tool, fence, error, lastSeq } = operationSchema.shape;
const { argumentsHash, idempotencyKey, planId, phrase } = submissionSchema.shape;
const milliseconds = z.int();

export const recordSchema = z.object({
  operationId,
  kind,
  status,
  requester,
  tool,
  argumentsHash,
  idempotencyKey,
  /** Of a plan its own, once it has succeeded; of an effect that of the plan it must keep to. */
  planId,
  phrase,
  createdAt: milliseconds,
  updatedAt: milliseconds,
  /** Since when it waits for what it waits for now: an approval, or a runner. */
  waitingSince: milliseconds,
  endedAt: milliseconds.optional(),
  expiresAt: milliseconds.optional(),
  approver: z.string().optional(),
  isCancelRequested: z.boolean(),
  error,
  /** Of a plan, and of an effect that has begun. */
  digest: z.string().optional(),
  /** Of a plan: the operation that used it. */
  usedBy: z.string().optional(),

  /** Of the last lease; 0 before the first. */
  fence,
  /** The runner's process that has, or last had, the lease. */
  runnerId: z.string().optional(),
  /** How often it was leased. */
  attempts: z.int().nonnegative(),
  /** Ticks since the runner was last heard of. */
  missed: z.int().nonnegative(),
  /** The intent is in the journal: from here on there may be an effect. */
  hasBegun: z.boolean(),
  /** The lease under which its runner ended it, or heard that it has ended; absent when the lease was lost. */
  endedByFence: z.int().optional(),

  /** Runs of GitHub that were asked for, in order. */
  asks: z.array(askSchema).optional(),

  lastSeq,
  /** The last step of the attempts before this one: a runner numbers its own from 1. */
  seqBase: z.int().nonnegative(),
});

export type OperationRecord = z.output<typeof recordSchema>;
