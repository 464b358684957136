// What both sides of the engine share: its tables, its journal, and the one way in which an operation changes.
import type { ErrorCode } from '../contract/errors.ts';
import { ERRORS } from '../contract/errors.ts';
import type { JOURNAL_TYPES, OperationStatus } from '../contract/operation.ts';
import { Journal } from './journal.ts';
import type { OperationRecord } from './operation-record.ts';
import { OperationStore } from './operation-store.ts';
import { mayFollow } from './rules/machine.ts';
import type { Sql } from './sql.ts';

export interface EngineOptions {
  readonly sql: Sql;
  readonly stage: string;
  readonly isHub: boolean;
  readonly isProtected: boolean;
  /** A new id of 32 hex characters. */
  readonly newId: () => string;
}

type DeedType = (typeof JOURNAL_TYPES)[number];
type Extra = Partial<Record<'digest' | 'approver' | 'outcome', string>> &
  Partial<Pick<OperationRecord, 'requester' | 'argumentsHash'>>;

export class EngineState {
  readonly stage: string;
  readonly isHub: boolean;
  readonly isProtected: boolean;
  readonly newId: () => string;
  readonly store: OperationStore;
  readonly journal: Journal;

  constructor({ sql, stage, isHub, isProtected, newId }: EngineOptions) {
    this.stage = stage;
    this.isHub = isHub;
    this.isProtected = isProtected;
    this.newId = newId;
    this.store = new OperationStore(sql);
    this.journal = new Journal(sql, stage);
  }

  static createTables(sql: Sql): void {
    OperationStore.createTables(sql);
    Journal.createTables(sql);
  }

  /** Keeps the changed operation. A step that no operation may take is a fault of ours, and takes everything back. */
  change(
    record: OperationRecord,
    changes: Partial<OperationRecord>,
    now: number,
    ownPlan?: string,
  ): OperationRecord {
    const to = changes.status ?? record.status;
    if (to !== record.status && !mayFollow(record.status, to))
      throw new Error(`An operation that is ${record.status} cannot become ${to}.`);
    const changed = { ...record, ...changes, updatedAt: now };
    this.store.save(changed, ownPlan);
    return changed;
  }

  end(
    record: OperationRecord,
    status: Extract<OperationStatus, 'succeeded' | 'failed' | 'cancelled' | 'lost'>,
    now: number,
    { code, message, ...changes }: Ending = {},
  ): OperationRecord {
    const error =
      code === undefined
        ? undefined
        : { code, message: message ?? ERRORS[code].next, next: ERRORS[code].next };
    const { planId: ownPlan } = changes;
    const ended = this.change(
      record,
      { ...changes, status, endedAt: now, ...(error !== undefined && { error }) },
      now,
      ownPlan,
    );
    this.note(ended, 'ended', now, { outcome: code === undefined ? status : `${status} ${code}` });
    return ended;
  }

  note(record: OperationRecord, type: DeedType, now: number, extra: Extra = {}): void {
    this.journal.append(
      {
        type,
        operationId: record.operationId,
        kind: record.kind,
        requester: extra.requester ?? record.requester,
        tool: record.tool,
        argumentsHash: extra.argumentsHash ?? record.argumentsHash,
        digest: extra.digest ?? record.digest ?? null,
        approver: extra.approver ?? record.approver ?? null,
        fence: record.fence === 0 ? null : record.fence,
        outcome: extra.outcome ?? null,
      },
      now,
    );
  }
}

export interface Ending extends Partial<
  Pick<OperationRecord, 'endedByFence' | 'planId' | 'expiresAt' | 'digest'>
> {
  readonly code?: ErrorCode;
  readonly message?: string;
}
