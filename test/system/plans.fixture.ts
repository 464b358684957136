// What is changed to see whether a plan says so, and what a plan may not change.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

interface Change {
  readonly file: string;
  readonly edit: (text: string) => string;
  /** How the plan says it. */
  readonly row: string;
  readonly path: string;
}

export const CHANGES = {
  'a byte of code': {
    file: 'demo/seed.ts',
    edit: (text) => `${text} `,
    row: 'update demo-app',
    path: 'code',
  },
  'an environment variable': {
    file: 'alchemy.run.ts',
    edit: (text) => text.replace('DB: db,', "DB: db, LEVEL: 'debug',"),
    row: 'update demo-app',
    path: 'env.LEVEL',
  },
  'a binding': {
    file: 'alchemy.run.ts',
    edit: (text) => text.replace('CACHE: cache,', 'CACHE: cache, CACHE2: cache,'),
    row: 'update demo-app',
    path: 'env.CACHE2',
  },
  'a title': {
    file: 'alchemy.run.ts',
    edit: (text) =>
      text.replace("Namespace('demo-cache')", "Namespace('demo-cache', { title: 'better' })"),
    row: 'update demo-cache',
    path: 'title',
  },
} as const satisfies Readonly<Record<string, Change>>;

/** Every file of the local cloud that is still while nobody works: logs grow, and databases in use change by themselves. */
export const fingerprintOf = (root: string): Record<string, string> => {
  const names = readdirSync(join(root, '.alchemy'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((name) => !/(^|\/)log\/|cloud\.log$|\.sqlite/.test(name));
  return Object.fromEntries(
    names.map((name) => [name, Bun.SHA256.hash(readFileSync(name), 'hex')]),
  );
};
