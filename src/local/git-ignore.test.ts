import { afterAll, describe, expect, it } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { gitProblem } from './git-ignore.ts';

const folder = mkdtempSync(join(tmpdir(), 'git-ignore-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('gitProblem', () => {
  it('says nothing where there is no repository', () => {
    expect(gitProblem(folder)).toBeUndefined();
  });

  it('names what git would take, until .gitignore has it', () => {
    Bun.spawnSync(['git', 'init', '--quiet'], { cwd: folder });
    expect(gitProblem(folder)).toBe(
      'Git does not ignore .env and .alchemy/, which will hold secrets: add them to .gitignore.',
    );
    writeFileSync(join(folder, '.gitignore'), '.alchemy/\n');
    expect(gitProblem(folder)).toBe(
      'Git does not ignore .env, which will hold secrets: add it to .gitignore.',
    );
    writeFileSync(join(folder, '.gitignore'), '.alchemy/\n.env\n');
    expect(gitProblem(folder)).toBeUndefined();
  });
});
