// What a stack returned, as far as it may be shown: plain addresses and ids. Everything else stays where it is, since a
// stack may return anything, its secrets too.
import type { Snapshot } from '../contract/snapshot.ts';
import { fieldsOf } from './narrow.ts';
import { plainUrl } from './projection.ts';

/** Ids as Cloudflare and the local cloud draw them. */
const ID = /^(dev:)?([0-9a-f]{32}|[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12})$/;
const URL_SHAPE = /^https?:\/\/[\w.-]+(:\d+)?(\/[\w./-]*)?$/;
const MAX_NAME = 200;

export interface OutputFacts {
  readonly snapshot: Snapshot;
  readonly secrets: ReadonlySet<string>;
  /** The ids of the stage's resources. */
  readonly ids: ReadonlySet<string>;
}

/** `url:<id>` is the address of each Worker, whatever the stack returns. */
export const publicOutputs = (
  output: unknown,
  { snapshot, secrets, ids }: OutputFacts,
): Record<string, string> => {
  const isPublic = (value: string): boolean =>
    !secrets.has(value) &&
    ((ID.test(value) && ids.has(value)) || (URL_SHAPE.test(value) && plainUrl(value) !== null));
  const returned = Object.entries(fieldsOf(output)).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' && name.length <= MAX_NAME && isPublic(value) ? [[name, value]] : [],
  );
  const urls = snapshot.resources.flatMap(({ id, url }): [string, string][] =>
    url === null || id.length > MAX_NAME - 4 ? [] : [[`url:${id}`, url]],
  );
  return Object.fromEntries([...returned, ...urls]);
};
