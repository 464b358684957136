// A sliding log that no restart forgets. The decision is taken in memory, in one turn, so it is atomic; the caller hears
// of an admission only when it is on disk. All admissions of a turn share one transaction (group commit): a write costs
// the same for one caller as for fifty, which makes the exact log as fast as one that only lives in memory.
import { type Decision, SlidingLog, type Standing } from './sliding-log.ts';

const TABLE =
  'CREATE TABLE IF NOT EXISTS admission (at INTEGER PRIMARY KEY, count INTEGER NOT NULL)';

export class DurableLog {
  readonly #storage: DurableObjectStorage;
  readonly #log: SlidingLog;
  #commit: Promise<void> | undefined;
  /** `clear` takes it away. */
  #hasTable = true;

  constructor(storage: DurableObjectStorage, windowMs: number) {
    this.#storage = storage;
    storage.sql.exec(TABLE);
    const saved = storage.sql.exec<{ at: number; count: number }>(
      'SELECT at, count FROM admission ORDER BY at',
    );
    this.#log = new SlidingLog(windowMs, saved.toArray());
  }

  /** Resolves when the admission is durable. A refusal writes nothing and waits for nothing. */
  async take(limit: number, now: number): Promise<Decision> {
    const decision = this.#log.take(limit, now);
    if (decision.allowed) await this.#save();
    return decision;
  }

  look(limit: number, now: number): Standing {
    return this.#log.look(limit, now);
  }

  used(now: number): number {
    return this.#log.used(now);
  }

  /** Leaves nothing on disk: an object without storage costs nothing. Only for a log in which nothing counts any more. */
  async clear(): Promise<void> {
    this.#hasTable = false;
    await this.#storage.deleteAll();
  }

  #save(): Promise<void> {
    this.#commit ??= new Promise((resolve, reject) => {
      // Not an alarm: it only lets the calls that already stand at the door into the same transaction.
      setTimeout(() => {
        this.#commit = undefined;
        try {
          this.#write();
          resolve();
        } catch (error) {
          // Stays unsaved and stays counted: the next commit writes it, and an admission too few is the safe side.
          reject(error);
        }
      }, 0);
    });
    return this.#commit;
  }

  #write(): void {
    const { sql } = this.#storage;
    const { entries, forgetBefore } = this.#log.changes();
    this.#storage.transactionSync(() => {
      if (!this.#hasTable) sql.exec(TABLE);
      sql.exec('DELETE FROM admission WHERE at < ?', forgetBefore);
      for (const { at, count } of entries)
        sql.exec('INSERT OR REPLACE INTO admission (at, count) VALUES (?, ?)', at, count);
    });
    this.#hasTable = true;
    this.#log.markSaved();
  }
}
