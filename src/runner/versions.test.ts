import { afterAll, describe, expect, it } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { versionProblem } from './versions.ts';

const folder = mkdtempSync(join(tmpdir(), 'versions-'));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;

/** A project with packages at these places below it, in these versions. */
const project = (packages: Readonly<Record<string, string>>): string => {
  const root = join(folder, String(++count));
  const us = {
    name: 'us',
    version: '1.0.0',
    peerDependencies: { alchemy: '2.0.0', effect: '4.0.0' },
  };
  install(root, 'node_modules/us', us);
  for (const [path, version] of Object.entries(packages))
    install(root, path, { name: path.split('/').at(-1), version });
  return root;
};

const install = (root: string, path: string, manifest: object): void => {
  mkdirSync(join(root, path), { recursive: true });
  writeFileSync(join(root, path, 'package.json'), JSON.stringify(manifest));
};

const problemIn = (packages: Readonly<Record<string, string>>): string | undefined => {
  const root = project(packages);
  return versionProblem(root, join(root, 'node_modules/us'));
};

const RIGHT = { 'node_modules/alchemy': '2.0.0', 'node_modules/effect': '4.0.0' };
const REMEDY = 'Run: bun add --exact alchemy@2.0.0 effect@4.0.0';

describe('versionProblem', () => {
  it('has nothing to say of the right versions, one copy each, nor of this repository', () => {
    expect(problemIn(RIGHT)).toBeUndefined();
    expect(versionProblem(join(import.meta.dir, '../..'))).toBeUndefined();
  });

  it.each([
    [
      'another version of Effect',
      { 'node_modules/effect': '4.1.0' },
      `us 1.0.0 works with effect 4.0.0, and here is 4.1.0. ${REMEDY}`,
    ],
    [
      'another version of Alchemy',
      { 'node_modules/alchemy': '2.1.0' },
      `us 1.0.0 works with alchemy 2.0.0, and here is 2.1.0. ${REMEDY}`,
    ],
    [
      'a copy of our own',
      { 'node_modules/us/node_modules/effect': '4.0.0' },
      `There are two copies of effect here, and one must be shared. Delete node_modules and the lockfile. ${REMEDY}`,
    ],
    [
      'a copy of Alchemy’s own',
      { 'node_modules/alchemy/node_modules/effect': '4.0.0' },
      `There are two copies of effect here, and one must be shared. Delete node_modules and the lockfile. ${REMEDY}`,
    ],
  ])('says in one sentence what is wrong with %s', (_, packages, sentence) => {
    expect(problemIn({ ...RIGHT, ...packages })).toBe(sentence);
  });

  it('says what is not installed at all', () => {
    expect(problemIn({ 'node_modules/effect': '4.0.0' })).toBe(
      `alchemy is not installed here. ${REMEDY}`,
    );
  });
});
