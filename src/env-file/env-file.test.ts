// The lines of `.env`: what is read of them is what Bun reads, and what is written stands where it stood.
import { afterAll, describe, expect, it } from 'bun:test';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readEnvFile } from './env-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'env-file-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, '.env');

const holding = (text: string) => {
  writeFileSync(file, text);
  return readEnvFile(file);
};

const after = (text: string, changes: readonly (readonly [string, string | undefined])[]) => {
  expect(holding(text).change(new Map(changes))).toEqual({ ok: true, value: null });
  return readFileSync(file, 'utf8');
};

describe('a value', () => {
  it.each([
    ['A=plain', 'plain'],
    ['  export A = "in quotes" # said', 'in quotes'],
    ["A='a # b'", 'a # b'],
    ['A=said # and explained', 'said'],
    ['A=said#explained', 'said'],
    ['A=', undefined],
    ['A=   # nothing', undefined],
    ['#A=1', undefined],
    ['AA=1', undefined],
  ])('of %j is as Bun has it', async (line, value) => {
    expect(holding(`${line}\n`).get('A')).toEqual({ ok: true, value });
    const code = 'process.stdout.write(process.env.A ?? "")';
    const run = Bun.spawn([process.execPath, '-e', code], { cwd: folder, env: {}, stdout: 'pipe' });
    expect(await new Response(run.stdout).text()).toBe(value ?? '');
  });

  it('of two lines is neither', () => {
    expect(holding('A=1\nA=2\n').get('A')).toEqual({
      ok: false,
      error: `${file} has two lines of A. Keep the one that counts.`,
    });
  });
});

describe('a change', () => {
  it('keeps every other line, and fills in the line that is there, empty or not', () => {
    const text = '# secrets\nB=1\n\nA=\nC="x y" # stays\n';
    expect(after(text, [['A', 'new']])).toBe('# secrets\nB=1\n\nA=new\nC="x y" # stays\n');
    expect(after(text, [['B', 'new']])).toBe('# secrets\nB=new\n\nA=\nC="x y" # stays\n');
    expect(after(text, [['B', undefined]])).toBe('# secrets\n\nA=\nC="x y" # stays\n');
  });

  it('adds at the end, which is a line’s end', () => {
    for (const text of ['B=1', 'B=1\n']) expect(after(text, [['A', '2']])).toBe('B=1\nA=2\n');
  });

  it('makes a file that is not there, with what it is to begin with', () => {
    rmSync(file);
    readEnvFile(file, '# drawn\n').change(new Map([['A', '1']]));
    expect(readFileSync(file, 'utf8')).toBe('# drawn\nA=1\n');
  });

  it('is refused for what a shell and Bun read differently, without quoting it', () => {
    const answer = holding('A=1\n').change(new Map([['A', 'canary$HOME']]));
    expect(answer).toEqual({ ok: false, error: expect.stringContaining('A has characters') });
    expect(JSON.stringify(answer)).not.toContain('canary');
    expect(readFileSync(file, 'utf8')).toBe('A=1\n');
  });

  it('that cannot be written is told, and leaves nothing behind', () => {
    const before = readdirSync(folder);
    const nowhere = join(folder, 'nowhere', '.env');
    expect(readEnvFile(nowhere).change(new Map([['A', '1']]))).toEqual({
      ok: false,
      error: `${nowhere} could not be written, and is as it was. May you write there?`,
    });
    expect(readdirSync(folder)).toEqual(before);
  });
});
