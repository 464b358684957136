// What an isolate remembers between requests must not grow with the number of those who call. The oldest entry makes
// room; whatever is kept here may be forgotten at any time without harm.
export class BoundedMap<K, V> {
  readonly #entries = new Map<K, V>();
  readonly #maxEntries: number;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: K): V | undefined {
    return this.#entries.get(key);
  }

  set(key: K, value: V): void {
    // Deleted first, so that an entry that is set again counts as new.
    this.#entries.delete(key);
    if (this.#entries.size >= this.#maxEntries) this.#deleteOldest();
    this.#entries.set(key, value);
  }

  delete(key: K): void {
    this.#entries.delete(key);
  }

  #deleteOldest(): void {
    for (const key of this.#entries.keys()) {
      this.#entries.delete(key);
      return;
    }
  }
}
