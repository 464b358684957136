// What `bun start` makes of the environment and `.env`: what is missing is drawn once, and what is unfit is refused.
import { afterAll, describe, expect, it } from 'bun:test';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { KEYS, SHARED_SECRET } from '../../test/kit/tokens.ts';
import { type Settings, completeSettings } from './settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'settings-'));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
const freshFile = () => join(folder, `env-${++count}`);

const complete = (env: Record<string, string>, file = freshFile()): Settings => {
  const settings = completeSettings(env, file);
  if ('problem' in settings) throw new Error(settings.problem);
  return settings;
};

describe('completeSettings', () => {
  it('draws secrets of 32 random bytes into a file only its owner can read', () => {
    const file = freshFile();
    const settings = complete({}, file);
    expect(settings.sharedSecret).toMatch(/^[0-9a-f]{64}$/);
    expect(settings.runnerToken).toMatch(/^[0-9a-f]{64}$/);
    expect(settings.sharedSecret).not.toBe(settings.runnerToken);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(settings.env['MCP_ADMIN_TOKEN']).toMatch(/^[0-9a-f]{64}$/);
    expect(readFileSync(file, 'utf8')).toContain(`MCP_SHARED_SECRET=${settings.sharedSecret}\n`);
    expect(settings.wroteEnvFile).toBe(true);
  });

  it('lets a variable that is set win, and does not write it down', () => {
    const file = freshFile();
    const settings = complete({ MCP_SHARED_SECRET: SHARED_SECRET }, file);
    expect(settings.sharedSecret).toBe(SHARED_SECRET);
    expect(readFileSync(file, 'utf8')).not.toContain('MCP_SHARED_SECRET');
  });

  it('writes nothing when nothing is missing', () => {
    const file = freshFile();
    const first = complete({}, file);
    const before = readFileSync(file, 'utf8');
    const env = Object.fromEntries(
      Object.entries(first.env).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value]],
      ),
    );
    expect(complete(env, file).wroteEnvFile).toBe(false);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('adds to a file that lacks a line end, and tightens its mode', () => {
    const file = freshFile();
    writeFileSync(file, 'MY_OWN=1', { mode: 0o644 });
    complete({}, file);
    expect(readFileSync(file, 'utf8')).toStartWith('MY_OWN=1\nMCP_SHARED_SECRET=');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('fills in a copy of .env.example, line by line, and leaves the rest of it alone', () => {
    const file = freshFile();
    const example = readFileSync(join(import.meta.dir, '../../.env.example'), 'utf8');
    writeFileSync(file, example);
    const settings = complete({}, file);
    const written = readFileSync(file, 'utf8');
    expect(written.split('\n')).toHaveLength(example.split('\n').length);
    expect(written).toContain(`\nMCP_SHARED_SECRET=${settings.sharedSecret}\n`);
    expect(written).toContain('\nENVIRONMENT=development\n');
    expect(written).not.toMatch(/^[A-Z_]+=\s*$/m);
  });

  it.each(['0', '65536', '80.5', 'web', '-1'])('refuses PORT=%s with a sentence', (port) => {
    expect(completeSettings({ PORT: port }, freshFile())).toEqual({
      problem: `PORT must be a whole number from 1 to 65535, not "${port}".`,
    });
  });

  it('brings up prod, or the stage that is said to be the hub’s', () => {
    expect(complete({}).hub).toBe('prod');
    expect(complete({ MCP_HUB_STAGE: 'live' }).hub).toBe('live');
    expect(completeSettings({ MCP_HUB_STAGE: 'My Stage' }, freshFile())).toEqual({
      problem: expect.stringContaining('MCP_HUB_STAGE must be the name of a stage'),
    });
  });

  const REMEDY =
    'Delete that line of .env to have one drawn, or set a random one: openssl rand -hex 32';

  it.each([
    ['MCP_SHARED_SECRET', 'hunter2', 'MCP_SHARED_SECRET is shorter than 32 bytes.'],
    ['MCP_JWT_SECRET', `your-jwt-secret-here-${SHARED_SECRET}`, 'MCP_JWT_SECRET is a placeholder'],
    ['MCP_RUNNER_TOKEN', 'a'.repeat(64), 'MCP_RUNNER_TOKEN is a placeholder'],
    ['MCP_ADMIN_TOKEN', 'hunter2', 'MCP_ADMIN_TOKEN is shorter than 32 bytes.'],
  ])('refuses a weak %s, says what to do, and draws nothing', (name, value, expected) => {
    const file = freshFile();
    const settings = completeSettings({ [name]: value }, file);
    const problem = 'problem' in settings ? settings.problem : '';
    expect(problem).toStartWith(expected);
    expect(problem).toEndWith(` ${REMEDY}`);
    expect(problem).not.toContain(value);
    expect(existsSync(file)).toBe(false);
  });

  it('refuses two secrets of one value, and a list of keys that is none', () => {
    const same = { MCP_SHARED_SECRET: SHARED_SECRET, MCP_ADMIN_TOKEN: SHARED_SECRET };
    expect(completeSettings(same, freshFile())).toEqual({
      problem: `MCP_ADMIN_TOKEN has the same value as another secret. ${REMEDY}`,
    });
    expect(completeSettings({ MCP_JWT_SECRETS: 'a,b' }, freshFile())).toEqual({
      problem: expect.stringContaining('MCP_JWT_SECRETS is not valid'),
    });
    expect(complete({ MCP_JWT_SECRETS: JSON.stringify(KEYS) }).wroteEnvFile).toBe(true);
  });

  it('takes an empty variable for one that is not set', () => {
    expect(complete({ PORT: '', MCP_SHARED_SECRET: '' })).toMatchObject({ port: 8787 });
  });

  it('takes what the file says where the environment is empty, and draws no second one', () => {
    const file = freshFile();
    const { sharedSecret } = complete({}, file);
    const before = readFileSync(file, 'utf8');
    expect(complete({ MCP_SHARED_SECRET: '' }, file)).toMatchObject({ sharedSecret });
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('says that a file cannot be written, or does not say one thing', () => {
    const nowhere = join(folder, 'nowhere', '.env');
    expect(completeSettings({}, nowhere)).toEqual({
      problem: expect.stringContaining('could not be written'),
    });
    const file = freshFile();
    writeFileSync(file, 'MCP_JWT_SECRET=a\nMCP_JWT_SECRET=b\n');
    expect(completeSettings({}, file)).toEqual({
      problem: expect.stringContaining('has two lines of MCP_JWT_SECRET'),
    });
  });
});
