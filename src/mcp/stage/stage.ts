// A stage as its tools see it: the declared resources by name, as live handles. What is not declared does not exist
// here, and asking for it lists what does.
import type { Catalog, CatalogEntry, CatalogKind } from '../../contract/catalog.ts';
import type { StageOperations } from '../../contract/engine.ts';
import { type ErrorCode, OpsError } from '../../contract/errors.ts';
import type { Snapshot } from '../../contract/snapshot.ts';
import { echo } from '../../lib/visible-text.ts';
import type { Cursors } from './cursors.ts';
import { type Handles, handleOf } from './handles.ts';

/** What callers name. `flags`, `queue` and `worker` are probed, not offered. */
export type OfferedKind = 'database' | 'bucket' | 'namespace' | 'workflow' | 'object';

export interface Named<H> {
  readonly name: string;
  readonly handle: H;
}

export interface Stage {
  readonly name: string;
  readonly catalog: Catalog;
  readonly cursors: Cursors;
  /** The declared names of a kind, in the order of `alchemy.run.ts`. */
  names(kind: OfferedKind): readonly string[];
  /** The resource of that name; without one, the first declared. Throws the kind's UNKNOWN_… with the known names. */
  open<K extends OfferedKind>(kind: K, name?: string): Named<Handles[K]>;
  /** The live handle behind a catalog entry, for probes. */
  handle<K extends CatalogKind>(kind: K, entry: CatalogEntry): Handles[K];
  /** What the runner last published; undefined before the first time. */
  snapshot(): Promise<Snapshot | undefined>;
  /** True for the first who claims a name, false for everybody else for a day: so that only one of many acts. */
  claim(name: string): Promise<boolean>;
  /** The engine of any stage, by its name. Only the hub has them: elsewhere it throws NOT_THE_HUB. */
  operations(stage: string): StageOperations;
}

const UNKNOWN = {
  database: 'UNKNOWN_DATABASE',
  bucket: 'UNKNOWN_BUCKET',
  namespace: 'UNKNOWN_NAMESPACE',
  workflow: 'UNKNOWN_WORKFLOW',
  object: 'UNKNOWN_OBJECT',
} as const satisfies Record<OfferedKind, ErrorCode>;

export const KIND_NAMES = {
  database: 'database',
  bucket: 'bucket',
  namespace: 'KV namespace',
  workflow: 'workflow',
  object: 'Durable Object class',
} as const satisfies Record<OfferedKind, string>;

export interface StageDependencies {
  readonly catalog: Catalog;
  readonly env: Readonly<Record<string, unknown>>;
  readonly cursors: Cursors;
  readonly snapshot: () => Promise<Snapshot | undefined>;
  readonly claim: (name: string) => Promise<boolean>;
  readonly operations: (stage: string) => StageOperations;
}

export const createStage = ({
  catalog,
  env,
  cursors,
  snapshot,
  claim,
  operations,
}: StageDependencies): Stage => {
  const names = (kind: OfferedKind) =>
    catalog.entries.filter((entry) => entry.kind === kind).map(({ name }) => name);
  return {
    name: catalog.stage,
    catalog,
    cursors,
    names,
    snapshot,
    claim,
    operations,
    handle: (kind, entry) => handleOf(kind, entry.name, env[entry.binding]),
    open: (kind, name) => {
      const offered = catalog.entries.filter((entry) => entry.kind === kind);
      const entry = name === undefined ? offered[0] : offered.find((other) => other.name === name);
      if (entry === undefined) throw unknown(kind, name, names(kind), catalog.stage);
      return { name: entry.name, handle: handleOf(kind, entry.name, env[entry.binding]) };
    },
  };
};

const unknown = (
  kind: OfferedKind,
  name: string | undefined,
  known: readonly string[],
  stage: string,
) => {
  const label = KIND_NAMES[kind];
  if (known.length === 0)
    return new OpsError(UNKNOWN[kind], `Stage ${stage} declares no ${label}.`, {
      next: 'Ask the operator to declare one in McpServer(…) of alchemy.run.ts and to deploy.',
    });
  const asked = name === undefined ? '' : ` named ${echo(name)}`;
  return new OpsError(
    UNKNOWN[kind],
    `No ${label}${asked} in stage ${stage}. Known: ${known.join(', ')}.`,
  );
};
