// What a runner last published of a stage.
import { type Snapshot, snapshotSchema } from '../contract/snapshot.ts';

const SNAPSHOT = 'snapshot';

export class PublishedState {
  readonly #storage: SyncKvStorage;

  constructor(storage: SyncKvStorage) {
    this.#storage = storage;
  }

  read(): Snapshot | undefined {
    return snapshotSchema.optional().parse(this.#storage.get(SNAPSHOT));
  }

  /**
   * False for one older than what is known: two runners may finish in one order and publish in another. A clock that is
   * ahead of ours must not keep out what comes after it, so nothing counts as later than now.
   */
  keep(snapshot: Snapshot, now: number): boolean {
    const latest = new Date(now).toISOString();
    const publishedAt = earlier(snapshot.publishedAt, latest);
    const known = this.read();
    if (known !== undefined && earlier(known.publishedAt, latest) > publishedAt) return false;
    this.#storage.put(SNAPSHOT, { ...snapshot, publishedAt });
    return true;
  }
}

/** Both in ISO 8601, in UTC. */
const earlier = (a: string, b: string): string => (a < b ? a : b);
