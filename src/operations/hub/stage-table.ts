// What the hub knows of all stages, in SQLite: which are deployed and where they answer, and which have work.
import type { KnownStage } from '../../contract/engine.ts';
import type { StageNotice } from '../hub-door.ts';
import { type Sql, type SqlRow, first, textOf } from '../sql.ts';

export class StageTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
    sql.exec(`CREATE TABLE IF NOT EXISTS stage (name TEXT PRIMARY KEY, version INTEGER NOT NULL, has_work INTEGER NOT NULL,
      is_deployed INTEGER NOT NULL DEFAULT 0, url TEXT, updated_at TEXT NOT NULL DEFAULT '')`);
  }

  /** False for a notice that a later one has overtaken. */
  hear({ stage, version, hasWork, facts }: StageNotice): boolean {
    const known = first(this.#sql, 'SELECT version FROM stage WHERE name = ?', stage);
    if (known !== undefined && Number(known['version']) > version) return false;
    this.#sql.exec(
      `INSERT INTO stage (name, version, has_work) VALUES (?1, ?2, ?3)
       ON CONFLICT (name) DO UPDATE SET version = ?2, has_work = ?3`,
      stage,
      version,
      Number(hasWork),
    );
    if (facts !== undefined)
      this.#sql.exec(
        'UPDATE stage SET is_deployed = ?, url = ?, updated_at = ? WHERE name = ?',
        Number(facts.isDeployed),
        facts.url,
        facts.updatedAt,
        stage,
      );
    return true;
  }

  withWork(): string[] {
    return this.#sql
      .exec('SELECT name FROM stage WHERE has_work = 1 ORDER BY name')
      .toArray()
      .map(({ name }) => textOf(name));
  }

  deployed(): KnownStage[] {
    return this.#sql
      .exec('SELECT name, url, updated_at FROM stage WHERE is_deployed = 1 ORDER BY name')
      .toArray()
      .map(knownStage);
  }

  find(name: string): KnownStage | undefined {
    const row = first(
      this.#sql,
      'SELECT name, url, updated_at FROM stage WHERE is_deployed = 1 AND name = ?',
      name,
    );
    return row && knownStage(row);
  }
}

const knownStage = ({ name, url, updated_at }: SqlRow): KnownStage => ({
  name: textOf(name),
  url: typeof url === 'string' ? url : null,
  updatedAt: textOf(updated_at),
});
