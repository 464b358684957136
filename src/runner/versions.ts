// The Alchemy and the Effect this release works with: exactly one version, and one copy that the stack, Alchemy and we
// share. Anything else fails somewhere deep inside, so it is looked at first. It asks the file system alone: with a wrong
// version not even an import may succeed.
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { z } from 'zod';

/** What is wrong with what a project has installed, in a sentence that says what to do. */
export const versionProblem = (root: string, own = OWN): string | undefined => {
  const us = manifestIn(own);
  const needed = Object.entries(us.peerDependencies);
  const remedy = `Run: bun add --exact ${needed.map((it) => it.join('@')).join(' ')}`;
  const alchemy = folderOf('alchemy', root) ?? root;
  for (const [name, version] of needed) {
    const folder = folderOf(name, root);
    if (folder === undefined) return `${name} is not installed here. ${remedy}`;
    const found = manifestIn(folder).version;
    if (found !== version)
      return `${us.name} ${us.version} works with ${name} ${version}, and here is ${found}. ${remedy}`;
    if (folderOf(name, own) !== folder || folderOf(name, alchemy) !== folder)
      return `There are two copies of ${name} here, and one must be shared. Delete node_modules and the lockfile. ${remedy}`;
  }
  return undefined;
};

/** Of this package. */
const OWN = resolve(import.meta.dirname, '../..');

const manifest = z.object({
  name: z.string(),
  version: z.string(),
  peerDependencies: z.record(z.string(), z.string()).default({}),
});

const manifestIn = (folder: string) =>
  manifest.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));

/** Where a module in `from` finds the package, as every runtime looks for it. */
const folderOf = (name: string, from: string): string | undefined => {
  const folder = join(from, 'node_modules', name);
  if (existsSync(join(folder, 'package.json'))) return realpathSync(folder);
  const above = dirname(from);
  return above === from ? undefined : folderOf(name, above);
};
