// What can be known of a KV namespace from inside a Worker: its keys, by listing them, and the size of a value, by
// reading it. Both cost, so both are bounded, and the answer says where a bound was met.
import type { Named } from './stage.ts';
import { touch } from './touch.ts';

const MAX_PAGES = 10;
const SAMPLED_KEYS = 5;
const SAMPLED_BYTES = 1_048_576;
const SHOWN_PREFIXES = 20;

type Key = KVNamespaceListKey<unknown>;

export interface KvStatistics {
  readonly keyCount: number;
  readonly complete: boolean;
  readonly withExpiration: number;
  readonly prefixes: { prefix: string; keys: number }[];
  readonly sample: {
    readonly keys: { key: string; bytes: number; complete: boolean; expiresAt: string | null }[];
    readonly averageBytes: number | null;
  };
  /** Where to go on counting; absent when all keys were seen. */
  readonly nextPosition?: string;
}

export const measureNamespace = async (
  { name, handle }: Named<KVNamespace>,
  prefix: string,
  position: string | undefined,
): Promise<KvStatistics> =>
  touch(`The KV namespace "${name}"`, async () => {
    const { keys, next } = await listKeys(handle, prefix, position);
    const sampled = await Promise.all(spread(keys, SAMPLED_KEYS).map((key) => sizeOf(handle, key)));
    const sizes = sampled.filter((entry) => entry !== undefined);
    const bytes = sizes.reduce((sum, entry) => sum + entry.bytes, 0);
    return {
      keyCount: keys.length,
      complete: next === undefined && position === undefined,
      withExpiration: keys.filter(({ expiration }) => expiration !== undefined).length,
      prefixes: countPrefixes(keys.map((key) => key.name)),
      sample: {
        keys: sizes,
        averageBytes: sizes.length === 0 ? null : Math.round(bytes / sizes.length),
      },
      ...(next !== undefined && { nextPosition: next }),
    };
  });

const listKeys = async (namespace: KVNamespace, prefix: string, position: string | undefined) => {
  const keys: Key[] = [];
  let cursor = position;
  for (let page = 0; page < MAX_PAGES; page++) {
    const listed: KVNamespaceListResult<unknown> = await namespace.list({
      prefix,
      ...(cursor !== undefined && { cursor }),
    });
    keys.push(...listed.keys);
    if (listed.list_complete) return { keys, next: undefined };
    cursor = listed.cursor;
  }
  return { keys, next: cursor };
};

/** Up to `count` items at even distances, so that a sample is not just the first names in the alphabet. */
export const spread = <T>(items: readonly T[], count: number): T[] => {
  const step = Math.max(1, items.length / count);
  return Array.from(
    { length: Math.min(count, items.length) },
    (_, index) => items[Math.floor(index * step)],
  ).filter((item) => item !== undefined);
};

/** Reads a value only to count its bytes; undefined when it expired meanwhile. */
const sizeOf = async (namespace: KVNamespace, { name, expiration }: Key) => {
  const stream = await namespace.get(name, 'stream');
  if (stream === null) return undefined;
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.byteLength;
    if (bytes > SAMPLED_BYTES) break;
  }
  const expiresAt = expiration === undefined ? null : new Date(expiration * 1000).toISOString();
  return { key: name, bytes, complete: bytes <= SAMPLED_BYTES, expiresAt };
};

/** `session:42` and `session:43` → `session:` twice. Keys without a separator count as themselves under "(none)". */
export const countPrefixes = (keys: readonly string[]) => {
  const counts = new Map<string, number>();
  for (const key of keys) {
    const prefix = /^[^:/]*[:/]/.exec(key)?.[0] ?? '(none)';
    counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
  }
  return [...counts]
    .map(([prefix, count]) => ({ prefix, keys: count }))
    .toSorted((a, b) => b.keys - a.keys || (a.prefix < b.prefix ? -1 : 1))
    .slice(0, SHOWN_PREFIXES);
};
