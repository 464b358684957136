// The guide's promises against the tests that keep them. It reads sources, so that it holds for every way of running them.
import { describe, expect, it } from 'bun:test';
import { existsSync } from 'node:fs';

import { Glob } from 'bun';

import { keeps } from './kit/keeps.ts';
import { PROMISES } from './promises.ts';

const ROOT = new URL('..', import.meta.url).pathname;
const CITATION = /\bkeeps\(\s*(?:'([^']+)'|\[([^\]]*)\])/g;

const filesOf = (pattern: string): string[] =>
  [...new Glob(pattern).scanSync(ROOT)].filter((file) => !file.includes('node_modules')).toSorted();

const read = (file: string): Promise<string> => Bun.file(ROOT + file).text();

/** id → the test files that cite it. */
const citations = async (): Promise<ReadonlyMap<string, readonly string[]>> => {
  const found = new Map<string, string[]>();
  for (const file of filesOf('{ci,src,test,demo}/**/*.test.ts')) {
    for (const [, single, several = ''] of (await read(file)).matchAll(CITATION)) {
      const ids = single === undefined ? several.match(/[\w.-]+/g) : [single];
      for (const id of ids ?? []) found.set(id, [...(found.get(id) ?? []), file]);
    }
  }
  return found;
};

describe('the promises of the deployment guide', () => {
  it('have an id each', () => {
    const ids: string[] = PROMISES.map(({ id }) => id);
    expect(ids.toSorted()).toEqual([...new Set(ids)].toSorted());
  });

  it('are kept by a test each', async () => {
    const cited = await citations();
    const unkept = PROMISES.filter(({ id }) => !cited.has(id));
    expect(unkept.map(({ id }) => id)).toEqual([]);
  });

  it('are cited only where they are known', async () => {
    const known = new Set<string>(PROMISES.map(({ id }) => id));
    const strangers = [...(await citations())].filter(([id]) => !known.has(id));
    expect(strangers).toEqual([]);
  });
});

describe('the test suite the guide describes', () => {
  const suite = filesOf('src/mcp/*.test.ts');
  const testsIn = async (files: readonly string[]): Promise<number> => {
    const sources = await Promise.all(files.map(read));
    return sources.join('\n').match(/^\s*(?:it|keeps)\(/gm)?.length ?? 0;
  };

  keeps(
    ['testing.command', 'testing.count'],
    'has 28 tests or more under src/mcp/*.test.ts',
    async () => {
      expect(await testsIn(suite)).toBeGreaterThanOrEqual(28);
    },
  );

  keeps('testing.contract', 'goes through the guide in src/mcp/index.test.ts', async () => {
    expect(suite).toContain('src/mcp/index.test.ts');
    const contract = await read('src/mcp/index.test.ts');
    const sections = [...contract.matchAll(/^describe\('([^']+)'/gm)].map(([, section]) => section);
    expect(sections).toEqual([
      'Authentication',
      'Available MCP Tools',
      'Monitoring',
      'Security Best Practices',
      'Troubleshooting',
      'Testing',
    ]);
  });

  keeps('testing.tools', 'has a test and a security test beside each tool', () => {
    const tools = filesOf('src/mcp/tools/*.ts').filter(
      (file) => !file.endsWith('.test.ts') && !file.endsWith('/index.ts'),
    );
    expect(tools.length).toBeGreaterThanOrEqual(5);
    for (const kind of ['.test.ts', '.security.test.ts']) {
      const missing = tools.filter((file) => !existsSync(ROOT + file.replace(/\.ts$/, kind)));
      expect(missing).toEqual([]);
    }
  });
});
