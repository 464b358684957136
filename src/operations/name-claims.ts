// Names that can be claimed once a day: synchronous, so that of two who claim one at once, one is first.
import { first, type Sql } from './sql.ts';

const CLAIM_MS = 24 * 60 * 60_000;

export class NameClaims {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
    sql.exec('CREATE TABLE IF NOT EXISTS claim (name TEXT PRIMARY KEY, at INTEGER NOT NULL)');
  }

  /** True for the first who claims a name, false for everybody else for a day. */
  take(name: string, now: number): boolean {
    this.#sql.exec('DELETE FROM claim WHERE at < ?', now - CLAIM_MS);
    if (first(this.#sql, 'SELECT 1 FROM claim WHERE name = ?', name) !== undefined) return false;
    this.#sql.exec('INSERT INTO claim VALUES (?, ?)', name, now);
    return true;
  }
}
