// docs/architecture.md against the imports: its table of folders is the graph that the sources draw, in both directions.
// What a test or a fixture imports does not count; a folder below test may know everything.
import { describe, expect, it } from 'bun:test';
import { dirname } from 'node:path';

import { importsOf, readSource, sourceFiles } from './kit/sources.ts';

/** Whom the table names beside folders, by what an import of it begins with. */
const OUTSIDE: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/^(?:alchemy|effect|@effect)(?:\/|$)/, 'Alchemy'],
  [/^@modelcontextprotocol\//, 'the MCP SDK'],
  [/^hono(?:\/|$)/, 'Hono'],
  [/^node:/, 'Node'],
  [/^cloudflare:/, 'workerd'],
];

/** `folder → whom it knows`, as the cell of the table says it. */
type Graph = ReadonlyMap<string, ReadonlySet<string>>;

const ROW = /^\| `([^`]+)` +\| [^|]+ \| ([^|]+) \|$/gm;

const table = (): Graph =>
  new Map(
    [...readSource('docs/architecture.md').matchAll(ROW)].map(([, folder = '', knows = '']) => [
      folder,
      new Set(knows.trim() === 'nobody' ? [] : knows.trim().split(/[,;] /)),
    ]),
  );

const homeOf = (file: string): string => (dirname(file) === '.' ? file : dirname(file));

/** A folder or file by the name the table may use for it: as many of its last parts as it likes. */
const isCalled = (path: string, name: string): boolean =>
  path === name || path.endsWith(`/${name}`) || path.endsWith(`/${name}.ts`);

/** What the table calls an imported file or package; `undefined` for a plain library. */
const nameOf = (imported: string, names: readonly string[]): string | undefined => {
  if (imported === 'alchemy-mcp-worker') return 'infra';
  if (!imported.endsWith('.ts')) return OUTSIDE.find(([pattern]) => pattern.test(imported))?.[1];
  return (
    names.find((name) => isCalled(imported, name)) ??
    names.find((name) => isCalled(dirname(imported), name)) ??
    dirname(imported)
  );
};

const IS_TEST = /\.(?:test|fixture|preload)\.ts$|^(?:test|bench)\//;

const drawn = (written: Graph): Graph => {
  const graph = new Map<string, Set<string>>();
  for (const file of sourceFiles().filter((name) => !IS_TEST.test(name))) {
    const home = homeOf(file);
    const known = graph.get(home) ?? new Set();
    const names = [...(written.get(home) ?? [])];
    for (const imported of importsOf(file)) {
      const name = homeOf(imported) === home ? undefined : nameOf(imported, names);
      if (name !== undefined) known.add(name);
    }
    graph.set(home, known);
  }
  return graph;
};

const linesOf = (graph: Graph, other: Graph): string[] =>
  [...graph].flatMap(([folder, known]) =>
    [...known]
      .filter((name) => other.get(folder)?.has(name) !== true)
      .map((name) => `${folder} → ${name}`),
  );

describe('docs/architecture.md', () => {
  const written = table();
  const graph = drawn(written);
  const tests = new Set(
    sourceFiles()
      .map(homeOf)
      .filter((folder) => /^(?:test|bench)(?:\/|$)/.test(folder)),
  );

  it('names every folder that holds sources, and no other', () => {
    const folders = [...new Set([...graph.keys(), ...tests])];
    expect([...written.keys()].toSorted()).toEqual(folders.toSorted());
  });

  it('tells everybody whom a folder imports: add to its row what is listed here, or drop the import', () => {
    expect(linesOf(graph, written)).toEqual([]);
  });

  it('tells nobody whom a folder does not import: take out of its row what is listed here', () => {
    const sources = new Map([...written].filter(([folder]) => !tests.has(folder)));
    expect(linesOf(sources, graph)).toEqual([]);
  });

  it('lets no two folders know each other, but for one inside the other', () => {
    const paths = [...graph.keys()];
    const targets = (folder: string): string[] =>
      [...(graph.get(folder) ?? [])].flatMap(
        (name) => paths.find((path) => isCalled(path, name)) ?? [],
      );
    const mutual = paths.flatMap((one) =>
      targets(one)
        .filter((two) => one < two && !two.startsWith(`${one}/`) && targets(two).includes(one))
        .map((two) => `${one} ↔ ${two}`),
    );
    expect(mutual).toEqual([]);
  });
});
