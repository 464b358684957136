// Which scripts and resources must run in one workerd: those that reach each other. Whatever shares nothing runs apart, so
// that the deploy of one stage breaks no request and no WebSocket of another.
import { databaseId, isBound } from './bindings.ts';
import { activeVersion, type Content, type Script } from './content.ts';
import type { Binding } from './upload.ts';

export interface Cell {
  readonly scripts: readonly Script[];
  /** `script:…`, `kv:…`, `d1:…`, `r2:…`, `queue:…`, `store:…`. */
  readonly members: ReadonlySet<string>;
  /** Two cells with the same one run the same. */
  readonly fingerprint: string;
}

/** A database or bucket that nothing binds is a cell of its own: it can be asked too. */
export const cellsOf = (content: Content): Cell[] => {
  const groups: Set<string>[] = [
    ...[...content.databases.keys()].map((id) => new Set([`d1:${id}`])),
    ...[...content.buckets.keys()].map((name) => new Set([`r2:${name}`])),
    ...[...content.scripts.values()].map((script) => reachOf(content, script)),
  ];
  return merged(groups).map((members) => cellOf(content, members));
};

const merged = (groups: readonly Set<string>[]): Set<string>[] =>
  groups.reduce<Set<string>[]>((cells, group) => {
    const apart = cells.filter((cell) => cell.isDisjointFrom(group));
    const joined = cells.filter((cell) => !cell.isDisjointFrom(group));
    return [...apart, joined.reduce((all, cell) => all.union(cell), group)];
  }, []);

const reachOf = (content: Content, script: Script): Set<string> => {
  const bound = activeVersion(script).metadata.bindings.filter((binding) =>
    isBound(content, binding, script),
  );
  const consumed = queuesOf(content, script).map(({ queue_name }) => `queue:${queue_name}`);
  return new Set([`script:${script.name}`, ...consumed, ...bound.flatMap(targetOf)]);
};

export const queuesOf = (content: Content, script: Script) =>
  [...content.consumers.values()].flatMap((consumer) => {
    const queue = content.queues.get(consumer.queue_id);
    return consumer.script_name === script.name && queue !== undefined
      ? [{ queue_name: queue.queue_name, settings: consumer.settings }]
      : [];
  });

const targetOf = (binding: Binding): string[] => {
  switch (binding.type) {
    case 'kv_namespace':
      return [`kv:${binding.namespace_id}`];
    case 'd1':
      return [`d1:${databaseId(binding)}`];
    case 'r2_bucket':
      return [`r2:${binding.bucket_name}`];
    case 'queue':
      return [`queue:${binding.queue_name}`];
    case 'secrets_store_secret':
      return [`store:${binding.store_id}`];
    case 'service':
      return [`script:${binding.service}`];
    default:
      return binding.script_name === undefined ? [] : [`script:${binding.script_name}`];
  }
};

const cellOf = (content: Content, members: ReadonlySet<string>): Cell => {
  const scripts = [...content.scripts.values()].filter(({ name }) => members.has(`script:${name}`));
  const secrets = [...content.secrets.values()].filter(({ store_id }) =>
    members.has(`store:${store_id}`),
  );
  const running = scripts.map((script) => [
    script.name,
    activeVersion(script).id,
    [...script.classes],
    queuesOf(content, script),
  ]);
  const fingerprint = JSON.stringify([[...members].toSorted(), running, secrets]);
  return { scripts, members, fingerprint };
};
