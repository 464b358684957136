// A KV namespace with more keys than a test can write in its time (locally a write takes a millisecond). It pages as
// KV does: 1,000 keys a list, a cursor while there are more.
const PAGE = 1_000;

export interface ManyKeys {
  readonly names: readonly string[];
  /** Seconds since the epoch, for every key that ends in this digit. */
  readonly expiring?: { readonly digit: string; readonly at: number };
}

type Listing = Pick<KVNamespace, 'list' | 'get'>;

export const manyKeys = ({
  names,
  expiring,
}: ManyKeys): Listing & { readonly lists: () => number } => {
  const sorted = names.toSorted();
  let lists = 0;
  const entry = (name: string) => ({
    name,
    ...(expiring !== undefined && name.endsWith(expiring.digit) && { expiration: expiring.at }),
  });
  const list = async ({ prefix = '', cursor }: KVNamespaceListOptions = {}) => {
    lists += 1;
    const matching = sorted.filter((name) => name.startsWith(prefix ?? ''));
    const from = Number(cursor ?? 0);
    const keys = matching.slice(from, from + PAGE).map(entry);
    const isLast = from + PAGE >= matching.length;
    return {
      keys,
      cacheStatus: null,
      ...(isLast ? { list_complete: true } : { list_complete: false, cursor: `${from + PAGE}` }),
    };
  };
  const get = async (name: string) => new Blob([`value of ${name}`]).stream();
  return { list, get, lists: () => lists } as unknown as Listing & { lists: () => number };
};
