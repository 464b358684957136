// The commands an operator copies from the documents. Those that talk to a server run here against the real Worker, as they
// stand but for its address; the others are listed with the reason why they do not.
import { afterAll, beforeEach, describe, expect, it } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { listen } from '../ci/listen.ts';
import { SCOPES } from '../src/contract/scopes.ts';
import { useCloud } from './kit/cloud.ts';
import { ADMIN_TOKEN, JWT_SECRET, RUNNER_TOKEN, SHARED_SECRET } from './kit/tokens.ts';

const ROOT = new URL('..', import.meta.url).pathname;
const DOCUMENTS = [
  'README.md',
  'docs/deployment.md',
  'docs/monitoring.md',
  'docs/operations.md',
  'docs/production-checklist.md',
  'docs/security.md',
  'docs/troubleshooting.md',
] as const;

/** How a command begins → why nobody runs it here. */
const NOT_RUN = {
  'npx -y bun@1.4.5 start': 'test/system starts it, from an empty folder',
  'npx -y bun@1.4.5 run test': 'it is what runs this',
  'claude mcp add': 'needs Claude Code; test/system/clients.test.ts connects as it does',
  'bun pm pack': 'test/system/package.test.ts packs',
  'cd ../shop': 'test/system/package.test.ts installs the package into an empty folder',
  'bun add --exact': 'test/system/package.test.ts installs the package',
  printf: 'it adds to the .gitignore of a project of yours',
  'bun mcp start': 'test/system/package.test.ts starts it',
  'bun mcp doctor': 'it stands after a start that runs on',
  'bun run test': 'it is what runs this',
  'bun run check': 'CI runs it beside the suite',
  'bun test test/docs.test.ts': 'it is this',
  'gh secret list': 'needs a GitHub repository',
  'bun mcp approve': 'test/system/walk.test.ts runs it',
  'bun mcp cancel': 'src/cli/operations.test.ts runs it',
  'bun mcp runner': 'test/system/live-operations.test.ts runs it',
  'bun mcp rollback': 'src/cli/rollback.test.ts and test/system/rollback.test.ts run it',
  'bun mcp secrets rotate': 'src/cli/secrets.test.ts runs it',
  'bun mcp secrets print': 'src/cli/secrets.test.ts runs it',
  'export MCP_URL': 'is for the line after it',
  wrangler: 'needs a Cloudflare account',
  'gh secret set': 'needs a GitHub repository',
  'gh variable set': 'needs a GitHub repository',
  'gh api': 'needs a GitHub repository',
  'bun run smoke --walk': 'test/system/smoke.test.ts runs it on an emulated account',
  'bun alchemy deploy': 'test/system/live-deploy.test.ts runs it on an emulated account',
  'bun alchemy destroy': 'test/system/live-deploy.test.ts runs it on an emulated account',
  'MCP_DOMAIN=mcp.example.com bun alchemy deploy': 'test/system/live-deploy.test.ts runs it',
  'curl "https://api.cloudflare.com': 'needs a Cloudflare account',
  'git checkout HEAD~1': 'test/system/rollback.test.ts runs it in a copy',
  'git revert HEAD': 'test/system/rollback.test.ts runs it in a copy',
  'git push origin main': 'changes a remote',
} as const;

interface Block {
  readonly document: string;
  readonly isRun: boolean;
  readonly text: string;
}

const BLOCK = /^```bash( run)?\n([\s\S]*?)^```$/gm;

const blocksOf = async (document: string): Promise<Block[]> => {
  const source = await Bun.file(ROOT + document).text();
  return [...source.matchAll(BLOCK)].map(([, run, text = '']) => ({
    document,
    isRun: run !== undefined,
    text,
  }));
};

const blocks = (await Promise.all(DOCUMENTS.map(blocksOf))).flat();
const operations = await Bun.file(`${ROOT}docs/operations.md`).text();
const troubleshooting = await Bun.file(`${ROOT}docs/troubleshooting.md`).text();

const cloud = useCloud({ settings: { MCP_ADMIN_TOKEN: ADMIN_TOKEN } });

const SECRETS = {
  MCP_SHARED_SECRET: SHARED_SECRET,
  MCP_JWT_SECRET: JWT_SECRET,
  MCP_RUNNER_TOKEN: RUNNER_TOKEN,
  MCP_ADMIN_TOKEN: ADMIN_TOKEN,
};

/** The project's folder as its owner has it, with an `.env` of the test's own. */
const folder = mkdtempSync(join(tmpdir(), 'docs-'));
afterAll(() => rmSync(folder, { recursive: true }));
const bin = join(folder, 'bin');
mkdirSync(bin);
symlinkSync(process.execPath, join(bin, 'bun'));
if (Bun.which('node') === null) symlinkSync(process.execPath, join(bin, 'node'));
for (const name of ['package.json', 'ci', 'src', 'node_modules'])
  symlinkSync(ROOT + name, join(folder, name));
const lines = Object.entries(SECRETS).map(([name, value]) => `${name}=${value}\n`);
writeFileSync(join(folder, '.env'), lines.join(''));
// What a person would see as a failure is one here too.
writeFileSync(join(folder, '.curlrc'), 'fail-with-body\nsilent\nshow-error\n');

const run = async (text: string) => {
  const url = cloud().url.origin;
  const script = text
    .replaceAll('https://mcp.example.com', url)
    .replaceAll('http://localhost:8787', url);
  const shell = Bun.spawn(['bash', '-euo', 'pipefail', '-c', script], {
    cwd: folder,
    env: { ...SECRETS, MCP_URL: url, HOME: folder, PATH: `${bin}:${process.env['PATH']}` },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const { code, stdout: out, stderr: err } = await listen(shell).ended;
  return { code, out, err };
};

describe('the commands of the documents', () => {
  beforeEach(async () => {
    const { status } = await cloud().fetch('/admin/dark-launch', {
      method: 'PUT',
      headers: { Authorization: `Bearer ${ADMIN_TOKEN}` },
      body: '{"percentage": 100}',
    });
    expect(status).toBe(200);
  });

  for (const { document, text } of blocks.filter(({ isRun }) => isRun))
    it(`${document}: ${text.trim().split('\n').at(-1)?.slice(0, 70)}`, async () => {
      const { code, out, err } = await run(text);
      expect({ code, err: code === 0 ? '' : `${out}${err}` }).toEqual({ code: 0, err: '' });
      // JSON-RPC says no with status 200.
      expect(/"isError":true|"id":(?:1|null),"error":/.exec(out)).toBeNull();
      expect(out).not.toBe('');
    });

  it('are run, or it is said why not', () => {
    const commands = blocks
      .filter(({ isRun }) => !isRun)
      .flatMap(({ text }) => text.replaceAll('\\\n', ' ').split('\n'))
      .filter((line) => line.trim() !== '' && !line.startsWith('#'));
    const excused = Object.keys(NOT_RUN);
    const isExcused = (line: string) => excused.some((start) => line.startsWith(start));
    expect(commands.filter((line) => !isExcused(line))).toEqual([]);
    const idle = excused.filter((start) => !commands.some((line) => line.startsWith(start)));
    expect(idle).toEqual([]);
  });
});

describe('docs/operations.md', () => {
  it('explains every scope', () => {
    for (const scope of SCOPES) expect(operations).toContain(`| \`${scope}\``);
  });
});

describe('docs/troubleshooting.md', () => {
  it.each([
    ['a wrong secret', '/mcp', { method: 'POST', headers: { 'X-MCP-Secret': 'wrong' } }],
    ['a strange page', '/mcp', { method: 'POST', headers: { Origin: 'https://evil.example' } }],
    ['a path of nobody', '/nowhere', {}],
    ['GET on /mcp', '/mcp', { headers: { 'X-MCP-Secret': SHARED_SECRET } }],
    [
      'a form',
      '/mcp',
      {
        method: 'POST',
        headers: { 'X-MCP-Secret': SHARED_SECRET, 'Content-Type': 'text/plain' },
        body: '{}',
      },
    ],
    [
      'a body too large',
      '/mcp',
      {
        method: 'POST',
        headers: { 'X-MCP-Secret': SHARED_SECRET, 'Content-Type': 'application/json' },
        body: ' '.repeat(300_000),
      },
    ],
    [
      'an old ETag',
      '/admin/dark-launch',
      {
        method: 'PUT',
        headers: { Authorization: `Bearer ${ADMIN_TOKEN}`, 'If-Match': '"0"' },
        body: '{"percentage": 1}',
      },
    ],
  ] as const)('has the status and the code of %s in its table', async (_, path, init) => {
    const response = await cloud().fetch(path, init);
    const [, code = ''] = /"code":"([A-Z_]+)"/.exec(await response.text()) ?? [];
    expect(troubleshooting).toMatch(new RegExp(`^\\| ${response.status} +\\| \`${code}\` `, 'm'));
  });
});
