// What a runner last published of a stage.
import { type Snapshot, snapshotSchema } from '../contract/snapshot.ts';

const SNAPSHOT = 'snapshot';

export class Published {
  readonly #storage: SyncKvStorage;

  constructor(storage: SyncKvStorage) {
    this.#storage = storage;
  }

  read(): Snapshot | undefined {
    return snapshotSchema.optional().parse(this.#storage.get(SNAPSHOT));
  }

  /** False for one older than what is known: two runners may finish in one order and publish in another. */
  keep(snapshot: Snapshot): boolean {
    const known = this.read();
    if (known !== undefined && known.publishedAt > snapshot.publishedAt) return false;
    this.#storage.put(SNAPSHOT, snapshot);
    return true;
  }
}
