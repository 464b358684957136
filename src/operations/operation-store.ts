// The engine's tables, and every question asked of them. It decides nothing.
import { type OperationEvent, operationEventSchema } from '../contract/operation.ts';
import { type Drift, type Plan, driftSchema, planSchema } from '../contract/plan.ts';
import { type OperationRecord, recordSchema } from './operation-record.ts';
import { type Sql, type SqlRow, type SqlValue, first, numberOf, textOf } from './sql.ts';

const HELD = "status IN ('leased', 'running')";
const OPEN = "status IN ('awaiting_approval', 'queued', 'leased', 'running')";

/** Of so many operations plans, outputs and steps are kept. Records are small and stay; so does the journal, by design. */
export const DETAILED_OPERATIONS = 1_000;

type Detail = 'plan' | 'drift' | 'outputs';

export class OperationStore {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  static createTables(sql: Sql): void {
    sql.exec(`CREATE TABLE IF NOT EXISTS operation (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, status TEXT NOT NULL,
      client TEXT NOT NULL, idempotency_key TEXT, own_plan TEXT UNIQUE, record TEXT NOT NULL,
      UNIQUE (client, idempotency_key))`);
    sql.exec(`CREATE INDEX IF NOT EXISTS operation_open ON operation (status, n) WHERE ${OPEN}`);
    sql.exec(`CREATE TABLE IF NOT EXISTS detail (operation_id TEXT, name TEXT, content TEXT NOT NULL,
      PRIMARY KEY (operation_id, name)) WITHOUT ROWID`);
    sql.exec(`CREATE TABLE IF NOT EXISTS event (operation_id TEXT, seq INTEGER, content TEXT NOT NULL,
      PRIMARY KEY (operation_id, seq)) WITHOUT ROWID`);
    sql.exec('CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value INTEGER NOT NULL)');
  }

  /** `ownPlan`: of a plan that has succeeded, the id it is found by. */
  save(record: OperationRecord, ownPlan?: string): void {
    this.#sql.exec(
      `INSERT INTO operation (id, status, client, idempotency_key, own_plan, record) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
       ON CONFLICT (id) DO UPDATE SET status = ?2, own_plan = coalesce(?5, own_plan), record = ?6`,
      record.operationId,
      record.status,
      record.requester.client,
      record.idempotencyKey ?? null,
      ownPlan ?? null,
      JSON.stringify(record),
    );
  }

  /** Of an operation that has ended long ago, what is large: a plan can be a megabyte, and an object's storage ends. */
  forgetOldDetails(): void {
    const old = `(SELECT id FROM operation WHERE n = (SELECT max(n) FROM operation) - ${DETAILED_OPERATIONS}
      AND NOT (${OPEN}))`;
    this.#sql.exec(`DELETE FROM detail WHERE operation_id = ${old}`);
    this.#sql.exec(`DELETE FROM event WHERE operation_id = ${old}`);
  }

  byId = (id: string): OperationRecord | undefined => this.#one('id = ?', id);

  byKey = (client: string, key: string): OperationRecord | undefined =>
    this.#one('client = ? AND idempotency_key = ?', client, key);

  /** The operation that made a plan. */
  byPlan = (planId: string): OperationRecord | undefined => this.#one('own_plan = ?', planId);

  /** The one that has the stage. */
  held = (): OperationRecord | undefined => this.#one(HELD);

  nextQueued = (): OperationRecord | undefined => this.#one("status = 'queued'");

  waiting = (): OperationRecord[] => this.#all("status IN ('awaiting_approval', 'queued')");

  count = (status: 'queued' | 'awaiting_approval' | 'open'): number =>
    numberOf(
      this.#sql,
      `SELECT count(*) FROM operation WHERE ${status === 'open' ? OPEN : `status = '${status}'`}`,
    );

  /** How many will have the stage before it. */
  before(operationId: string): number {
    return numberOf(
      this.#sql,
      `SELECT count(*) FROM operation WHERE status IN ('queued', 'leased', 'running')
       AND n < (SELECT n FROM operation WHERE id = ?)`,
      operationId,
    );
  }

  /** Newest first. */
  page(limit: number, before: string | undefined): OperationRecord[] {
    const rows =
      before === undefined
        ? this.#sql.exec('SELECT record FROM operation ORDER BY n DESC LIMIT ?', limit)
        : this.#sql.exec(
            `SELECT record FROM operation WHERE n < (SELECT n FROM operation WHERE id = ?)
             ORDER BY n DESC LIMIT ?`,
            before,
            limit,
          );
    return rows.toArray().map(recordOf);
  }

  keep(operationId: string, name: Detail, content: unknown): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO detail VALUES (?, ?, ?)',
      operationId,
      name,
      JSON.stringify(content),
    );
  }

  plan = (operationId: string): Plan | undefined =>
    planSchema.optional().parse(this.#detail(operationId, 'plan'));

  drift = (operationId: string): Drift | undefined =>
    driftSchema.optional().parse(this.#detail(operationId, 'drift'));

  detail = (operationId: string, name: Detail): unknown => this.#detail(operationId, name);

  addEvent(operationId: string, event: OperationEvent): void {
    this.#sql.exec(
      'INSERT INTO event VALUES (?, ?, ?)',
      operationId,
      event.seq,
      JSON.stringify(event),
    );
  }

  events(operationId: string, after: number, limit: number): OperationEvent[] {
    return this.#sql
      .exec(
        'SELECT content FROM event WHERE operation_id = ? AND seq > ? ORDER BY seq LIMIT ?',
        operationId,
        after,
        limit,
      )
      .toArray()
      .map(({ content }) => operationEventSchema.parse(JSON.parse(textOf(content))));
  }

  fact(name: string): number | undefined {
    const row = first(this.#sql, 'SELECT value FROM fact WHERE name = ?', name);
    return row === undefined ? undefined : Number(row['value']);
  }

  setFact(name: string, value: number | undefined): void {
    if (value === undefined) this.#sql.exec('DELETE FROM fact WHERE name = ?', name);
    else this.#sql.exec('INSERT OR REPLACE INTO fact VALUES (?, ?)', name, value);
  }

  #one(where: string, ...bindings: SqlValue[]): OperationRecord | undefined {
    const row = first(
      this.#sql,
      `SELECT record FROM operation WHERE ${where} ORDER BY n LIMIT 1`,
      ...bindings,
    );
    return row === undefined ? undefined : recordOf(row);
  }

  #all(where: string): OperationRecord[] {
    return this.#sql
      .exec(`SELECT record FROM operation WHERE ${where} ORDER BY n`)
      .toArray()
      .map(recordOf);
  }

  #detail(operationId: string, name: Detail): unknown {
    const row = first(
      this.#sql,
      'SELECT content FROM detail WHERE operation_id = ? AND name = ?',
      operationId,
      name,
    );
    return row === undefined ? undefined : JSON.parse(textOf(row['content']));
  }
}

const recordOf = (row: SqlRow): OperationRecord =>
  recordSchema.parse(JSON.parse(textOf(row['record'])));
