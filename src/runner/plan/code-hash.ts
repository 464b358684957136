// Hashes of what a resource is built from. Alchemy's local mode never looks at code, and a plan that does not cover code
// would let anything be deployed under it.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, extname, join, relative, resolve, sep } from 'node:path';

export const sha256Of = (data: string | Uint8Array): string => Bun.SHA256.hash(data, 'hex');

const LOADERS: Readonly<Record<string, Bun.JavaScriptLoader>> = {
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.tsx': 'tsx',
  '.js': 'js',
  '.mjs': 'js',
  '.cjs': 'js',
  '.jsx': 'jsx',
};
/** What the runtime brings along. */
const BUILT_IN = /^(cloudflare|node|bun|workerd):/;

/** Every file below a folder, by name and content. */
export const folderHash = (folder: string): string =>
  sha256Of(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => `${slashed(relative(folder, file))}:${sha256Of(readFileSync(file))}`)
      .toSorted()
      .join('\n'),
  );

/**
 * Every module the entry reaches, by its bytes: one more space in a comment is another hash. `isFollowed`: whether what a
 * module imports counts too.
 */
export const codeHash = (
  root: string,
  entry: string,
  isFollowed: (file: string) => boolean = () => true,
): string => {
  const modules = new Map<string, string>();
  const visit = (file: string): void => {
    if (modules.has(file)) return;
    const bytes = readFileSync(file);
    modules.set(file, sha256Of(bytes));
    for (const path of importsOf(file, bytes)) {
      const found = resolved(path, dirname(file));
      if (found === undefined) modules.set(`unresolved:${path}`, '');
      else if (existsSync(found) && isFollowed(found)) visit(found);
    }
  };
  visit(resolve(root, entry));
  return sha256Of(
    [...modules]
      .map(([file, hash]) => `${placeOf(root, file)}:${hash}`)
      .toSorted()
      .join('\n'),
  );
};

/** The project's own modules that an entry reaches: a stack's packages are named by its lockfile, and are many. */
export const ownCodeHash = (root: string, entry: string): string =>
  codeHash(root, entry, (file) => !file.includes(`${sep}node_modules${sep}`));

/** Code that cannot be read imports nothing that could be followed; its own bytes count all the same. */
const importsOf = (file: string, bytes: Uint8Array): string[] => {
  const loader = LOADERS[extname(file)];
  if (loader === undefined) return [];
  try {
    return new Bun.Transpiler({ loader })
      .scanImports(bytes)
      .map(({ path }) => path)
      .filter((path) => !BUILT_IN.test(path));
  } catch {
    return [];
  }
};

const resolved = (path: string, from: string): string | undefined => {
  try {
    return Bun.resolveSync(path, from);
  } catch {
    return undefined;
  }
};

/** Where a package lies differs from checkout to checkout; what is in it does not. */
const placeOf = (root: string, file: string): string => {
  const place = slashed(relative(root, file));
  const at = place.lastIndexOf('node_modules/');
  return at < 0 ? place : place.slice(at);
};

/** As the same on every system. */
export const slashed = (path: string): string => path.split(sep).join('/');
