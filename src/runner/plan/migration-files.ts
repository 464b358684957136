// The files of a folder of migrations, by the names Alchemy keeps their hashes under: every .sql file by its path, or,
// where each has a folder of its own as drizzle-kit and Prisma lay them out, by that folder's name.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

import { sha256Of, slashed } from './code-hash.ts';

/** A migration in a folder of its own: `20260101120000_name/migration.sql`. */
const FOLDER = /^\d{14}_./;

/** `known`: the names in Alchemy's state. Its local provider keeps paths where the other keeps folders. */
export const migrationHashes = (
  folder: string,
  known: Iterable<string> = [],
): ReadonlyMap<string, string> => {
  const isByPath = [...known].some((name) => name.endsWith('/migration.sql'));
  const folders = readdirSync(folder).filter(
    (name) => FOLDER.test(name) && existsSync(join(folder, name, 'migration.sql')),
  );
  const files =
    folders.length > 0 && !isByPath
      ? folders.map((name) => [name, join(folder, name, 'migration.sql')] as const)
      : sqlFiles(folder).map((file) => [slashed(relative(folder, file)), file] as const);
  return new Map(files.map(([name, file]) => [name, sha256Of(readFileSync(file))]));
};

const sqlFiles = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.sql'))
    .map((entry) => join(entry.parentPath, entry.name));
