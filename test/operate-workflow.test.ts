// .github/workflows/operate.yml and the scripts it runs.
import { describe, expect, it } from 'bun:test';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { YAML } from 'bun';
import { z } from 'zod';

import { OPERATION_ID } from '../src/contract/operation.ts';
import { SERVER_SECRETS as SECRETS } from '../src/contract/server-secrets.ts';
import { VARIABLES } from '../src/infra/settings.ts';

const ROOT = new URL('..', import.meta.url).pathname;
const HEX = 'a1b2c3d4'.repeat(4);

const step = z.object({
  uses: z.string().optional(),
  run: z.string().optional(),
  env: z.record(z.string(), z.string()).optional(),
  with: z.record(z.string(), z.unknown()).optional(),
});
const job = z.object({
  'timeout-minutes': z.int(),
  permissions: z.record(z.string(), z.string()),
  concurrency: z.record(z.string(), z.unknown()).optional(),
  environment: z.string().optional(),
  steps: z.array(step),
});
const workflow = z
  .object({
    name: z.string(),
    'run-name': z.string(),
    on: z.strictObject({
      workflow_dispatch: z.object({ inputs: z.strictObject({ operation: z.unknown() }) }),
    }),
    permissions: z.strictObject({}),
    jobs: z.strictObject({ target: job, operate: job }),
  })
  .parse(YAML.parse(readFileSync(`${ROOT}.github/workflows/operate.yml`, 'utf8')));

const { target, operate } = workflow.jobs;
const steps = [...target.steps, ...operate.steps];

const script = async (name: string, words: string[], env: Record<string, string> = {}) => {
  const run = Bun.spawn([`${ROOT}ci/${name}`, ...words], {
    env: { PATH: process.env['PATH'], ...env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [out, err] = await Promise.all([
    new Response(run.stdout).text(),
    new Response(run.stderr).text(),
  ]);
  return { code: await run.exited, out, err };
};

describe('operate.yml', () => {
  it('may read the code and have an identity, and nothing else', () => {
    expect(target.permissions).toEqual({ contents: 'read' });
    expect(operate.permissions).toEqual({ contents: 'read', 'id-token': 'write' });
  });

  it('works on a stage alone, in the stage’s environment, and is never broken off by another', () => {
    expect(operate.concurrency).toEqual({
      group: 'stage-${{ needs.target.outputs.stage }}',
      'cancel-in-progress': false,
    });
    expect(operate.environment).toBe('${{ needs.target.outputs.environment }}');
    expect(workflow['run-name']).toContain('${{ inputs.operation }}');
  });

  it('uses actions by their commits, and leaves no credential of git behind', () => {
    const used = steps.filter(({ uses }) => uses !== undefined);
    expect(used).toHaveLength(2);
    for (const { uses, with: given } of used) {
      expect(uses).toMatch(/^actions\/[a-z-]+@[0-9a-f]{40}$/);
      expect(given).toMatchObject({ 'persist-credentials': false });
    }
  });

  it('puts nothing that a caller typed into a command', () => {
    for (const { run = '' } of steps) {
      expect(run).not.toContain('${{');
      expect(run.trim().split('\n')).toHaveLength(1);
    }
  });

  it('shows its secrets to the last step alone', () => {
    const withSecrets = steps.filter(({ env }) => JSON.stringify(env ?? {}).includes('secrets.'));
    expect(withSecrets).toEqual([operate.steps.at(-1) ?? {}]);
  });

  it('gives a deploy every secret and variable that the server is bound to', () => {
    const given = operate.steps.at(-1)?.env ?? {};
    for (const name of SECRETS) expect(given[name]).toBe(`\${{ secrets.${name} }}`);
    for (const name of VARIABLES) expect(given[name]).toBe(`\${{ vars.${name} }}`);
  });

  it('runs the Bun that the package names', async () => {
    const { packageManager } = (await Bun.file(`${ROOT}package.json`).json()) as {
      packageManager: string;
    };
    const texts = [
      ...steps.map(({ run = '' }) => run),
      readFileSync(`${ROOT}ci/operate`, 'utf8'),
    ].join('\n');
    const named = texts.match(/bun@[\d.]+/g) ?? [];
    expect(named).toHaveLength(2);
    expect(new Set(named)).toEqual(new Set([packageManager]));
  });
});

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
