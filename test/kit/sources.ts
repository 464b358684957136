// The tree's own TypeScript, as the tests that judge it read it: its files and what each imports.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { Glob } from 'bun';
import { parseSync } from 'oxc-parser';

export const ROOT = new URL('../..', import.meta.url).pathname;

export const sourceFiles = (): string[] =>
  ['alchemy.run.ts', ...new Glob('{bench,ci,demo,src,test}/**/*.ts').scanSync(ROOT)].toSorted();

export const readSource = (file: string): string => readFileSync(ROOT + file, 'utf8');

/** What a file imports, types included: files of the tree by their path, packages by their name. */
export const importsOf = (file: string): string[] => {
  const { module } = parseSync(file, readSource(file));
  const names = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? []),
    ),
    ...module.dynamicImports.flatMap(({ moduleRequest }) => {
      const text = readSource(file).slice(moduleRequest.start, moduleRequest.end);
      return /^['"][^'"]+['"]$/.test(text) ? text.slice(1, -1) : [];
    }),
  ];
  return names.map((name) => (name.startsWith('.') ? join(dirname(file), name) : name));
};
