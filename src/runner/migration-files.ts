// The files of a folder of migrations, by the names Alchemy keeps their hashes under: a folder each, as drizzle-kit and
// Prisma lay them out, or every .sql file below it by its path.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

import { sha256Of } from './code-hash.ts';

/** A migration in a folder of its own: `20260101120000_name/migration.sql`. */
const FOLDER = /^\d{14}_./;

export const migrationHashes = (folder: string): ReadonlyMap<string, string> => {
  const folders = readdirSync(folder).filter(
    (name) => FOLDER.test(name) && existsSync(join(folder, name, 'migration.sql')),
  );
  const files =
    folders.length > 0
      ? folders.map((name) => [name, join(folder, name, 'migration.sql')] as const)
      : sqlFiles(folder).map((file) => [slashed(relative(folder, file)), file] as const);
  return new Map(files.map(([name, file]) => [name, sha256Of(readFileSync(file))]));
};

const sqlFiles = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.sql'))
    .map((entry) => join(entry.parentPath, entry.name));

const slashed = (path: string): string => path.split(sep).join('/');
