// One object per stage: what the runner last published of it. (Operations, leases and the journal join it here.)
import { DurableObject } from 'cloudflare:workers';

import { type Snapshot, snapshotSchema } from '../contract/snapshot.ts';

const SNAPSHOT = 'snapshot';

export class StageEngine extends DurableObject {
  /** Keeps a stage's published state; the latest replaces the one before. */
  async publish(snapshot: Snapshot): Promise<void> {
    await this.ctx.storage.put(SNAPSHOT, snapshotSchema.parse(snapshot));
  }

  async snapshot(): Promise<Snapshot | undefined> {
    const stored = await this.ctx.storage.get(SNAPSHOT);
    return stored === undefined ? undefined : snapshotSchema.parse(stored);
  }
}
