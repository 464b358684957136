// What the command line says of itself, and does with words it does not know.
import { describe, expect, it } from 'bun:test';

import { CLI_ENV, mcp, mcpProcess } from '../../test/kit/cli.ts';

describe('bun mcp', () => {
  it('lists its commands', async () => {
    for (const words of [[], ['--help'], ['-h'], ['help']]) {
      const { code, out } = await mcpProcess(words, { env: {} });
      expect(code).toBe(0);
      for (const name of ['token', 'token inspect', 'token revoke', 'rollout', 'limit', 'doctor'])
        expect(out).toContain(`  ${name} `);
    }
  });

  it('explains each, and needs no setting for it', async () => {
    for (const name of ['token', 'token inspect', 'token revoke', 'rollout', 'limit', 'doctor']) {
      const { code, out } = await mcp([...name.split(' '), '--help'], { env: {} });
      expect(code).toBe(0);
      expect(out).toStartWith(`bun mcp ${name} `);
    }
  });

  it('fails on a command it does not know', async () => {
    expect(await mcpProcess(['tokens'])).toEqual({
      code: 1,
      out: '',
      err: 'There is no command "tokens". `bun mcp` lists those there are.',
    });
  });

  it('is a script of the package', async () => {
    const root = new URL('../..', import.meta.url).pathname;
    const run = Bun.spawn([process.execPath, 'run', '--silent', 'mcp', 'token', '--client', 'ci'], {
      cwd: root,
      env: { PATH: process.env['PATH'], ...CLI_ENV },
      stderr: 'ignore',
    });
    expect(await new Response(run.stdout).text()).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+\n$/);
  });
});
