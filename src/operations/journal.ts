// The journal in SQLite: append-only, in the same object and the same transaction as the state it tells of. Its head is
// kept in a row of its own, so that a tail that was cut off is missed.
import type { JournalEntry, JournalVerdict } from '../contract/operation.ts';
import { pause } from '../lib/pause.ts';
import {
  type Link,
  type Problem,
  START,
  chained,
  checkHead,
  checkLink,
} from './rules/journal-chain.ts';
import { type Sql, type SqlRow, first, numberOf, textOf } from './sql.ts';

export type Deed = Omit<JournalEntry, 'seq' | 'at' | 'stage' | 'prev' | 'hash'>;

const PAGE = 500;

const COLUMNS = `seq, at, type, stage, operation_id, kind, client, subject, tool, arguments_hash, digest, approver, fence,
  outcome, prev, hash`;

export class Journal {
  readonly #sql: Sql;
  readonly #stage: string;

  constructor(sql: Sql, stage: string) {
    this.#sql = sql;
    this.#stage = stage;
  }

  static createTables(sql: Sql): void {
    sql.exec(`CREATE TABLE IF NOT EXISTS journal (seq INTEGER PRIMARY KEY, at TEXT, type TEXT, stage TEXT,
      operation_id TEXT, kind TEXT, client TEXT, subject TEXT, tool TEXT, arguments_hash TEXT, digest TEXT, approver TEXT,
      fence INTEGER, outcome TEXT, prev TEXT, hash TEXT)`);
    sql.exec(
      'CREATE TABLE IF NOT EXISTS journal_head (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER, hash TEXT)',
    );
  }

  append(deed: Deed, now: number): void {
    const entry = chained(this.head(), {
      ...deed,
      at: new Date(now).toISOString(),
      stage: this.#stage,
    });
    this.#sql.exec(
      `INSERT INTO journal (${COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
      entry.seq,
      entry.at,
      entry.type,
      entry.stage,
      entry.operationId,
      entry.kind,
      entry.requester.client,
      entry.requester.subject,
      entry.tool,
      entry.argumentsHash,
      entry.digest,
      entry.approver,
      entry.fence,
      entry.outcome,
      entry.prev,
      entry.hash,
    );
    this.#sql.exec('INSERT OR REPLACE INTO journal_head VALUES (1, ?, ?)', entry.seq, entry.hash);
  }

  /** Where the chain ends. It also numbers the states of the engine: nothing changes without an entry. */
  head(): Link {
    const row = first(this.#sql, 'SELECT seq, hash FROM journal_head');
    return row === undefined ? START : { seq: Number(row['seq']), hash: textOf(row['hash']) };
  }

  read(after: number, limit: number): unknown[] {
    return this.#sql
      .exec(`SELECT ${COLUMNS} FROM journal WHERE seq > ? ORDER BY seq LIMIT ?`, after, limit)
      .toArray()
      .map(entryOf);
  }

  /** Goes through the whole journal, and stops after each page so that others may be served in between. */
  *verify(): Generator<undefined, JournalVerdict> {
    let last = START;
    for (;;) {
      const page = this.read(last.seq, PAGE);
      // In one turn with the last page, because the journal may have grown since the first.
      if (page.length === 0) return this.#verdict(last, this.#checkEnd(last));
      for (const entry of page) {
        const link = checkLink(last, entry);
        if ('reason' in link) return this.#verdict(last, link);
        last = link;
      }
      yield;
    }
  }

  #checkEnd(last: Link): Problem | undefined {
    const rows = numberOf(this.#sql, 'SELECT count(*) FROM journal');
    if (last.seq === 0 && numberOf(this.#sql, 'SELECT count(*) FROM operation') > 0)
      return { seq: 1, reason: 'There are operations, and no entry tells of them.' };
    // Numbers below 1 come up in no page.
    return rows === last.seq
      ? checkHead(last, this.head())
      : { seq: 0, reason: 'There are entries before the first one written.' };
  }

  #verdict({ seq: entries, hash: head }: Link, problem: Problem | undefined): JournalVerdict {
    const stage = this.#stage;
    return problem === undefined
      ? { stage, isIntact: true, entries, head }
      : { stage, isIntact: false, entries, head, problem };
  }
}

export const verdictOf = async (journal: Journal): Promise<JournalVerdict> => {
  const pages = journal.verify();
  for (;;) {
    const page = pages.next();
    if (page.done === true) return page.value;
    // Others are served between two pages.
    await pause(0);
  }
};

const entryOf = ({ operation_id, arguments_hash, client, subject, ...row }: SqlRow) => ({
  ...row,
  operationId: operation_id,
  argumentsHash: arguments_hash,
  requester: { client, subject },
});
