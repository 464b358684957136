// Where a running local cloud can be found by a second runner in the same folder. The mark opens every door of it, so
// only its owner may read the file.
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { z } from 'zod';

import { isAlive } from '../processes.ts';

const cloudSchema = z.object({ spawner: z.url(), mark: z.uuid(), pid: z.int().positive() });

export type KnownCloud = z.output<typeof cloudSchema>;

const fileOf = (root: string): string => join(root, '.alchemy', 'mcp', 'cloud.json');

export const rememberCloud = (root: string, cloud: KnownCloud): void => {
  const file = fileOf(root);
  mkdirSync(dirname(file), { recursive: true });
  rmSync(`${file}.new`, { force: true });
  writeFileSync(`${file}.new`, JSON.stringify(cloud), { mode: 0o600 });
  chmodSync(`${file}.new`, 0o600);
  renameSync(`${file}.new`, file);
};

/** Undefined when none runs here, or the one that did was killed. */
export const knownCloud = (root: string): KnownCloud | undefined => {
  try {
    const cloud = cloudSchema.parse(JSON.parse(readFileSync(fileOf(root), 'utf8')));
    return isAlive(cloud.pid) ? cloud : undefined;
  } catch {
    return undefined;
  }
};

/** Unless another has taken its place. */
export const forgetCloud = (root: string, mark: string): void => {
  if (knownCloud(root)?.mark === mark) rmSync(fileOf(root), { force: true });
};
