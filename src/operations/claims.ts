// Names that may be used once a day, such as those by which a repeated call is known.

const CLAIM_MS = 24 * 60 * 60_000;

export class Claims {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec('CREATE TABLE IF NOT EXISTS claim (name TEXT PRIMARY KEY, at INTEGER NOT NULL)');
  }

  /** True for the first who claims a name, false for everybody else for a day. Atomic: nothing is awaited between. */
  claim(name: string, at: number): boolean {
    this.#sql.exec('DELETE FROM claim WHERE at < ?', at - CLAIM_MS);
    return this.#sql.exec('INSERT OR IGNORE INTO claim VALUES (?, ?)', name, at).rowsWritten > 0;
  }
}
