// The scripts that run an operation at GitHub: which stage it is of, and the runner for it alone.
import { describe, expect, it } from 'bun:test';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { OPERATION_ID } from '../src/contract/operation.ts';
import { listen } from './listen.ts';

const ROOT = new URL('..', import.meta.url).pathname;
const HEX = 'a1b2c3d4'.repeat(4);

const script = async (name: string, words: string[], env: Record<string, string> = {}) => {
  const run = Bun.spawn([`${ROOT}ci/${name}`, ...words], {
    env: { PATH: process.env['PATH'], ...env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const { code, stdout: out, stderr: err } = await listen(run).ended;
  return { code, out, err };
};

describe('ci/operation-target', () => {
  it.each([
    ['prod', 'production'],
    ['staging', 'operations'],
    ['preview-12', 'operations'],
    ['a', 'operations'],
    ['prod-2', 'operations'],
  ])('knows of an operation of %s its stage and environment', async (stage, environment) => {
    const { code, out } = await script('operation-target', [`${stage}.${HEX}`]);
    expect({ code, out }).toEqual({
      code: 0,
      out: `stage=${stage}\nenvironment=${environment}\n`,
    });
  });

  it('tells GitHub where GitHub listens', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'target-'));
    const output = join(folder, 'output');
    writeFileSync(output, 'before=1\n');
    const run = await script('operation-target', [`prod.${HEX}`], { GITHUB_OUTPUT: output });
    expect(run).toEqual({ code: 0, out: '', err: '' });
    expect(readFileSync(output, 'utf8')).toBe('before=1\nstage=prod\nenvironment=production\n');
    rmSync(folder, { recursive: true });
  });

  it.each([
    '',
    'prod',
    `prod.${HEX}0`,
    `prod.${HEX.slice(1)}`,
    `Prod.${HEX}`,
    `prod.${HEX.toUpperCase()}`,
    `-prod.${HEX}`,
    `prod-.${HEX}`,
    `${'a'.repeat(41)}.${HEX}`,
    `prod.${HEX}\nenvironment=none`,
    `x\nstage=prod.${HEX}`,
    `$(id).${HEX}`,
    `pröd.${HEX}`,
    ` prod.${HEX}`,
    `../prod.${HEX}`,
    '--help',
  ])('takes nothing else: %j', async (typed) => {
    expect(OPERATION_ID.test(typed)).toBe(false);
    const { code, out, err } = await script('operation-target', [typed]);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain('This is not the id of an operation');
  });
});

describe('ci/operate', () => {
  it('runs the Bun that the package names', async () => {
    const { packageManager } = await Bun.file(`${ROOT}package.json`).json();
    const named = readFileSync(`${ROOT}ci/operate`, 'utf8').match(/bun@[\d.]+/g);
    expect(named).toEqual([packageManager]);
  });

  it('says that it needs the hub’s address', async () => {
    const { code, err } = await script('operate', [`prod.${HEX}`]);
    expect(code).toBe(1);
    expect(err).toContain('MCP_URL is not set');
  });

  it('is the runner for that one operation', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'operate-'));
    const npx = join(folder, 'npx');
    writeFileSync(npx, '#!/bin/sh\nprintf "%s\\n" "$@"\n');
    chmodSync(npx, 0o755);
    const env = { MCP_URL: 'https://mcp.example.com', PATH: `${folder}:${process.env['PATH']}` };
    const { code, out } = await script('operate', [`prod.${HEX}`], env);
    expect(code).toBe(0);
    const [yes, , ...words] = out.trim().split('\n');
    expect([yes, ...words]).toEqual(['-y', 'src/cli/main.ts', 'runner', '--once', `prod.${HEX}`]);
    rmSync(folder, { recursive: true });
  });
});
