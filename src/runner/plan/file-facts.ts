// What files say about each resource of a plan: `code` for a Worker, a line for each migration of a database, a hash for
// any other file or folder that a property names.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { resolve, sep } from 'node:path';

import { CODE_PROPERTY } from '../../contract/plan.ts';
import { fieldsOf } from '../narrow.ts';
import { codeHash, folderHash, sha256Of } from './code-hash.ts';
import { sidesOf } from './leaves.ts';
import { migrationHashes } from './migration-files.ts';
import { type PlanNode, isDeletion } from './node.ts';

export interface FileFacts {
  readonly before: ReadonlyMap<string, string>;
  readonly after: ReadonlyMap<string, string>;
}

export type CodeRecord = Readonly<Record<string, string>>;

/** Alchemy's own word for the files of a database's `migrations`, in its attributes. */
const MIGRATIONS = 'migrationsHashes';

/** `deployed`: the code hashes of the last successful deploy, of which Alchemy keeps none in local mode. */
export const fileFactsOf = (
  nodes: readonly PlanNode[],
  root: string,
  deployed: CodeRecord,
): ReadonlyMap<string, FileFacts> =>
  new Map(nodes.map((node) => [node.id, factsOf(node, root, deployed[node.id])]));

const factsOf = (node: PlanNode, root: string, code: string | undefined): FileFacts => {
  const before = new Map<string, string>();
  if (node.action !== 'create') {
    if (code !== undefined) before.set(CODE_PROPERTY, code);
    for (const [name, hash] of Object.entries(fieldsOf(node.row?.attr[MIGRATIONS])))
      before.set(`${MIGRATIONS}.${name}`, String(hash));
  }
  return { before, after: isDeletion(node) ? new Map() : filesOf(node, root) };
};

/** What is declared, without what is bound: that names no files. */
const declared = (node: PlanNode) =>
  node.action === 'noop'
    ? sidesOf({ ...node, row: node.row && { ...node.row, bindings: [] } }).after
    : sidesOf({ ...node, row: undefined, bindings: [] }).after;

/** Properties that name files wherever these lie; any other text counts as a path only where it names one of the project's. */
const NAMES_FILES =
  /^(?:main|migrations|migrations\.dir|assets|assets\.directory|importFiles\.\d+)$/;
const MIGRATION_FOLDER = /^migrations(?:\.dir)?$/;
const MAX_PATH = 1_000;

const filesOf = (node: PlanNode, root: string): ReadonlyMap<string, string> => {
  const known = Object.keys(fieldsOf(node.row?.attr[MIGRATIONS]));
  const facts = new Map<string, string>();
  for (const [path, { text }] of declared(node)) {
    const file = resolve(root, text);
    const isOwn = NAMES_FILES.test(path) || file.startsWith(root + sep);
    if (!isOwn || path.startsWith('env.') || text.length > MAX_PATH || !existsSync(file)) continue;
    if (path === 'main') facts.set(CODE_PROPERTY, codeHash(root, text));
    else if (!statSync(file).isDirectory())
      facts.set(`files(${path})`, sha256Of(readFileSync(file)));
    else facts.set(`files(${path})`, folderHash(file));
    if (MIGRATION_FOLDER.test(path) && statSync(file).isDirectory())
      for (const [name, hash] of migrationHashes(file, known))
        facts.set(`${MIGRATIONS}.${name}`, hash);
  }
  return facts;
};

/** Of files whose former hash nobody kept, it cannot be said whether they have changed. */
export const comparable = (facts: FileFacts | undefined): FileFacts | undefined =>
  facts && keep(facts, (path) => facts.before.has(path) || path.startsWith(`${MIGRATIONS}.`));

export const onlyCode = (facts: FileFacts | undefined): FileFacts | undefined =>
  facts && keep(facts, (path) => path === CODE_PROPERTY);

export const withoutCode = (facts: FileFacts | undefined): FileFacts | undefined =>
  facts && keep(facts, (path) => path !== CODE_PROPERTY);

export const hasNewFiles = (facts: FileFacts | undefined): boolean => {
  const known = comparable(facts);
  return [...(known?.after ?? [])].some(([path, hash]) => known?.before.get(path) !== hash);
};

const keep = ({ before, after }: FileFacts, isKept: (path: string) => boolean): FileFacts => ({
  before: new Map([...before].filter(([path]) => isKept(path))),
  after: new Map([...after].filter(([path]) => isKept(path))),
});
