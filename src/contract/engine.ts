// The engine of a stage as tools, the admin API and the hub's forwarding use it; the Durable Object implements it. What
// is refused comes back as a value, because an error would lose its code on the way.
import type { Result } from '../lib/result.ts';
import type {
  JournalEntry,
  JournalVerdict,
  Operation,
  OperationEvent,
  Refusal,
  Requester,
  Submission,
} from './operation.ts';

/** An operation in a list: without what may be large. */
export type OperationLine = Omit<Operation, 'plan' | 'drift' | 'outputs'>;

export interface Followed {
  readonly operation: Operation;
  /** The steps after the one the caller knew, oldest first; at most 100. */
  readonly events: readonly OperationEvent[];
}

export interface StageOperations {
  /** Takes a request in, or says why not. The same idempotency key with the same request answers the same operation. */
  submit(submission: Submission): Promise<Result<Operation, Refusal>>;
  operation(operationId: string): Promise<Operation | undefined>;
  /**
   * Resolves once there is a step after `since.seq`, or the status is another than `since.status`, and after `waitMs`
   * in any case. Undefined for an operation there is not.
   */
  follow(
    operationId: string,
    since: { readonly seq: number; readonly status: string },
    waitMs: number,
  ): Promise<Followed | undefined>;
  /** Newest first. `before`: the id of the last one already seen. */
  operations(page: {
    readonly limit: number;
    readonly before?: string;
  }): Promise<readonly OperationLine[]>;
  cancel(operationId: string, by: Requester): Promise<Result<Operation, Refusal>>;
  /** Says yes to exactly this digest. `approver` is a name that the journal keeps. */
  approve(
    operationId: string,
    yes: { readonly approver: string; readonly digest: string },
  ): Promise<Result<Operation, Refusal>>;
  /** Oldest first. `after`: the number of the last one already seen. */
  journal(page: {
    readonly limit: number;
    readonly after?: number;
  }): Promise<readonly JournalEntry[]>;
  verifyJournal(): Promise<JournalVerdict>;
}

export interface KnownStage {
  readonly name: string;
  /** Where its MCP server answers; null where the stage has none, or none any more. */
  readonly url: string | null;
  /** ISO 8601: when an operation last changed it. */
  readonly updatedAt: string;
}

/** The hub's knowledge of all stages. */
export interface StageDirectory {
  /** The stages that operations have deployed and not destroyed since, by name. */
  stages(): Promise<readonly KnownStage[]>;
  stage(name: string): Promise<KnownStage | undefined>;
  /** How many runners are connected. */
  runners(): Promise<number>;
}
