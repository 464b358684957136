// New secrets on their way to GitHub: through the standard input of `gh`, where nobody else reads them.
import { describe, expect, it, setDefaultTimeout } from 'bun:test';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { SHARED_SECRET } from '../../../test/kit/tokens.ts';
import { START, useEnvFolder } from './env-folder.fixture.ts';

setDefaultTimeout(60_000);

const { folder, file, loaded, secrets, secretsTold } = useEnvFolder();

describe('GitHub', () => {
  const bin = join(folder, 'bin');
  const heard = join(folder, 'heard');
  const withGh = (exit = 0) => {
    mkdirSync(bin, { recursive: true });
    writeFileSync(
      join(bin, 'gh'),
      `#!/bin/sh\n{ echo "$@"; cat; echo; } >> '${heard}'\nexit ${exit}\n`,
    );
    chmodSync(join(bin, 'gh'), 0o755);
    rmSync(heard, { force: true });
    return { PATH: `${bin}:${process.env['PATH']}` };
  };

  it('is given the new values through stdin, with --gh', async () => {
    expect((await secrets(['rotate', 'shared', '--gh'], withGh())).code).toBe(0);
    const { MCP_SHARED_SECRET: fresh } = await loaded();
    expect(readFileSync(heard, 'utf8').trim().split('\n')).toEqual([
      'secret set MCP_SHARED_SECRET',
      fresh ?? '',
      'secret set MCP_SHARED_SECRET_PREVIOUS',
      SHARED_SECRET,
    ]);
    expect((await secrets(['rotate', 'shared', '--finish', '--gh'], withGh())).code).toBe(0);
    expect(readFileSync(heard, 'utf8').trim()).toBe('secret delete MCP_SHARED_SECRET_PREVIOUS');
  });

  it('may refuse, which is told with the command that is left', async () => {
    const run = await secrets(['rotate', 'admin', '--gh'], withGh(1));
    expect(run.code).toBe(1);
    expect(run.err).toContain(
      'bun mcp secrets print MCP_ADMIN_TOKEN | gh secret set MCP_ADMIN_TOKEN',
    );
  });

  it('without the command gh changes nothing', async () => {
    const { code, err } = await secrets(['rotate', 'admin', '--gh'], { PATH: '/nowhere' });
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('cli.github.com') });
    expect(readFileSync(file, 'utf8')).toBe(START);
  });

  it('alone is told the values: no command prints one', () => {
    expect(secretsTold()).toEqual([]);
  });
});
