// The file of secrets as commands find and leave it: every other line stays, and what is wrong with it is said.
import { describe, expect, it, setDefaultTimeout } from 'bun:test';
import {
  chmodSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { ADMIN_TOKEN, RUNNER_TOKEN } from '../../../test/kit/tokens.ts';
import { keysOf, refused, START, useEnvFolder } from './env-folder.fixture.ts';

setDefaultTimeout(60_000);

const { folder, file, loaded, secrets, secretsTold } = useEnvFolder();

describe('the file', () => {
  it('keeps every other line, and is nobody else’s to read', async () => {
    chmodSync(file, 0o644);
    for (const name of ['jwt', 'shared', 'admin', 'runner'])
      expect((await secrets(['rotate', name])).code).toBe(0);
    const lines = readFileSync(file, 'utf8').split('\n');
    const others = START.split('\n').filter((line) => !line.includes('MCP_'));
    expect(lines.filter((line) => !line.includes('MCP_'))).toEqual(others);
    expect(lines.filter((line) => line.includes('MCP_JWT_SECRET'))).toHaveLength(2);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).filter((name) => name.startsWith('.env'))).toEqual(['.env']);
    expect(await loaded()).toMatchObject({ OTHER: 'a  b', ENVIRONMENT: 'production' });
  });

  it('may be a link, which stays one', async () => {
    const real = join(folder, 'elsewhere');
    writeFileSync(real, START);
    rmSync(file);
    symlinkSync(real, file);
    expect((await secrets(['rotate', 'admin'])).code).toBe(0);
    expect(readFileSync(real, 'utf8')).not.toContain(ADMIN_TOKEN);
    rmSync(file);
  });

  it('reads the same to a shell, whatever a key is made of', async () => {
    const odd = { kid: 'odd', secret: `$HOME'"\\#\`a1b2c3d4e5f60718293a4b5c6d7e8f90` };
    const list = JSON.stringify([odd]).replace('$', '\\u0024').replace("'", '\\u0027');
    writeFileSync(file, `${START}MCP_JWT_SECRETS='${list}'\n`);
    expect((await secrets(['rotate', 'jwt'])).code).toBe(0);
    expect(keysOf(await loaded())[0]).toEqual(odd);
    const script = 'set -a; . ./.env; set +a; printf %s "$MCP_JWT_SECRETS"';
    const shell = Bun.spawn(['bash', '-c', script], { cwd: folder, env: {}, stdout: 'pipe' });
    const MCP_JWT_SECRETS = await new Response(shell.stdout).text();
    expect(keysOf({ MCP_JWT_SECRETS })[0]).toEqual(odd);
  });

  it.each([
    ['is not there', () => rmSync(file), {}, 'There is no .env here.'],
    [
      'says one thing and the environment another',
      () => {},
      { MCP_ADMIN_TOKEN: RUNNER_TOKEN },
      'is in the environment with another value',
    ],
    [
      'has a name twice',
      () => writeFileSync(file, `${START}MCP_JWT_SECRET=x\n`),
      {},
      'has two lines of MCP_JWT_SECRET',
    ],
    [
      'holds a list that is none',
      () => writeFileSync(file, `${START}MCP_JWT_SECRETS=[]\n`),
      {},
      'MCP_JWT_SECRETS is not valid',
    ],
  ] as const)('is left alone when it %s', async (_, prepare, env, told) => {
    prepare();
    await refused(secrets(['rotate', 'jwt'], env), told);
    writeFileSync(file, START);
  });

  it('is quoted by no command', () => {
    expect(secretsTold()).toEqual([]);
  });
});
