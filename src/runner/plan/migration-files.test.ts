import { afterAll, beforeEach, describe, expect, it } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { sha256Of } from './code-hash.ts';
import { migrationHashes } from './migration-files.ts';

const parent = mkdtempSync(join(tmpdir(), 'migrations-'));
afterAll(() => rmSync(parent, { recursive: true }));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(parent, 'one-'));
});

const write = (name: string, text: string): void => {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
};

describe('the files of migrations', () => {
  it('are every .sql file below a flat folder, by its path', () => {
    write('0001_a.sql', 'a');
    write('sub/0002_b.sql', 'b');
    write('notes.md', 'no');
    expect(Object.fromEntries(migrationHashes(folder))).toEqual({
      '0001_a.sql': sha256Of('a'),
      'sub/0002_b.sql': sha256Of('b'),
    });
  });

  it('are a folder each, by its name, as drizzle-kit lays them out', () => {
    write('20260101000000_init/migration.sql', 'a');
    write('20260101000000_init/snapshot.json', '{}');
    write('20260202000000_more/migration.sql', 'b');
    expect(Object.fromEntries(migrationHashes(folder))).toEqual({
      '20260101000000_init': sha256Of('a'),
      '20260202000000_more': sha256Of('b'),
    });
    const byPath = migrationHashes(folder, ['20260101000000_init/migration.sql']);
    expect([...byPath.keys()]).toContain('20260202000000_more/migration.sql');
  });
});
