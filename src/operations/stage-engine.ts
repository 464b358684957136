// One object per stage: what the runner last published of it, and who was first to claim a name. (Operations, leases and
// the journal join it here.)
import { DurableObject } from 'cloudflare:workers';

import { type Snapshot, snapshotSchema } from '../contract/snapshot.ts';
import { now } from '../lib/clock.ts';

const SNAPSHOT = 'snapshot';
const CLAIM_MS = 24 * 60 * 60_000;

export class StageEngine extends DurableObject<object> {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec('CREATE TABLE IF NOT EXISTS claim (name TEXT PRIMARY KEY, at INTEGER NOT NULL)');
  }

  /** Keeps a stage's published state; the latest replaces what came before it. */
  async publish(snapshot: Snapshot): Promise<void> {
    const known = await this.snapshot();
    // Two runners may finish in one order and publish in another.
    if (known !== undefined && known.publishedAt > snapshot.publishedAt) return;
    await this.ctx.storage.put(SNAPSHOT, snapshotSchema.parse(snapshot));
  }

  async snapshot(): Promise<Snapshot | undefined> {
    const stored = await this.ctx.storage.get(SNAPSHOT);
    return stored === undefined ? undefined : snapshotSchema.parse(stored);
  }

  /** True for the first who claims a name, false for everybody else for a day. Atomic: nothing is awaited between. */
  claim(name: string): boolean {
    const at = now();
    this.#sql.exec('DELETE FROM claim WHERE at < ?', at - CLAIM_MS);
    return this.#sql.exec('INSERT OR IGNORE INTO claim VALUES (?, ?)', name, at).rowsWritten > 0;
  }
}
