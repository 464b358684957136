// This package as somebody else gets it: packed, and installed into an empty folder beside another stack. The folder lies
// outside the repository, where no node_modules above it could lend what the package lacks, and has a space in its path.
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { listen } from '../../ci/listen.ts';

const ROOT = join(import.meta.dir, '../..');

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: { readonly '.': { readonly default: string } };
  readonly peerDependencies: Readonly<Record<string, string>>;
}

export const MANIFEST = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;

export interface Finished {
  readonly code: number;
  readonly output: string;
}

/** A program until it ends, with all it printed. */
export const finished = async (words: readonly string[], cwd: string): Promise<Finished> => {
  const { PATH, HOME } = process.env;
  const program = Bun.spawn([...words], {
    cwd,
    env: { PATH, HOME },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const { code, stdout, stderr } = await listen(program).ended;
  return { code, output: `${stdout}${stderr}` };
};

const succeed = async (words: readonly string[], cwd: string): Promise<string> => {
  const { code, output } = await finished(words, cwd);
  if (code !== 0) throw new Error(`${words.join(' ')}: ${output}`);
  return output;
};

/** The tarball, in a new folder of its own. */
export const pack = async (): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'packed-'));
  await succeed([process.execPath, 'pm', 'pack', '--quiet', '--destination', folder], ROOT);
  const [name = ''] = [...new Bun.Glob('*.tgz').scanSync(folder)];
  return join(folder, name);
};

/** What is in it, and how many bytes each has. */
export const contentsOf = async (tarball: string): Promise<ReadonlyMap<string, number>> => {
  const lines = await succeed(['tar', '--list', '--verbose', '--gzip', '--file', tarball], ROOT);
  const rows = lines
    .trim()
    .split('\n')
    .map((line) => line.split(/\s+/));
  return new Map(rows.map((row) => [(row[5] ?? '').replace('package/', ''), Number(row[2])]));
};

/** An empty folder with these files, and the package installed as its README says. */
export const installedWith = async (
  tarball: string,
  files: Readonly<Record<string, string>>,
): Promise<string> => {
  const root = mkdtempSync(join(tmpdir(), 'a shop-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(root, dirname(name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  const peers = Object.entries(MANIFEST.peerDependencies).map((it) => it.join('@'));
  await succeed([process.execPath, 'add', '--prefer-offline', '--exact', ...peers, tarball], root);
  return root;
};
