// The package in somebody else's hands: what is in it, and that another stack in another folder can be operated with it.
import { afterAll, beforeAll, describe, expect, it, setDefaultTimeout } from 'bun:test';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { startAccount } from '../kit/account/account.ts';
import { alchemyIn } from '../kit/account/alchemy-cli.ts';
import { clientOf } from '../kit/account/api-client.ts';
import { MANIFEST, contentsOf, finished, installedWith, pack } from '../kit/packed.ts';
import { SHOP } from '../kit/shop.ts';
import { Project, SYSTEM_TEST_MS, type Running, callTool } from './project.ts';

setDefaultTimeout(SYSTEM_TEST_MS);

const ROOT = join(import.meta.dir, '../..');
const MAX_UNPACKED_BYTES = 1_500_000;
const COMMAND = ['alchemy-mcp', 'start'];

let tarball = '';
let shop: Project;

beforeAll(async () => {
  tarball = await pack();
  shop = new Project(await installedWith(tarball, SHOP));
});
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
  rmSync(dirname(tarball), { recursive: true });
});

describe('the package', () => {
  it('holds every module that its command and its door reach, and no other', async () => {
    const packed = [...(await contentsOf(tarball)).keys()].filter((it) => it.startsWith('src/'));
    const entries = [...Object.values(MANIFEST.bin), MANIFEST.exports['.'].default];
    expect(packed.toSorted()).toEqual(reached(entries.map((it) => join(ROOT, it))));
  });

  it('holds documents and types besides, and is small', async () => {
    const contents = await contentsOf(tarball);
    const others = [...contents.keys()].filter((it) => !/^(?:src|docs|dist\/types)\//.test(it));
    expect(others.toSorted()).toEqual([
      '.env.example',
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'package.json',
    ]);
    expect(
      [...contents.keys()].filter((it) => it.startsWith('dist/') && !it.endsWith('.d.ts')),
    ).toEqual([]);
    expect(contents.has('dist/types/infra/index.d.ts')).toBe(true);
    const bytes = [...contents.values()].reduce((sum, size) => sum + size, 0);
    expect(bytes).toBeLessThan(MAX_UNPACKED_BYTES);
  });
});

describe('another stack, with the package installed', () => {
  let running: Running;
  let secret = '';

  const call = (name: string, args: object) => callTool(running, secret, name, args);

  it('type-checks, also where a bucket for a database must not', async () => {
    const tsc = [join(ROOT, 'node_modules/.bin/tsc'), '--project', '.'];
    expect(await finished(tsc, shop.root)).toEqual({ code: 0, output: '' });
  });

  it('starts by the package’s command, with a copy of .env.example', async () => {
    const example = join(shop.root, 'node_modules', MANIFEST.name, '.env.example');
    writeFileSync(join(shop.root, '.env'), readFileSync(example, 'utf8'));
    running = await shop.start({}, [], COMMAND);
    expect(running.output()).toContain('MCP server ready');
    for (const id of ['orders', 'invoices', 'web', 'ops', 'ops-flags'])
      expect(running.output()).toContain(`+ ${id} `);
    secret = shop.setting('MCP_SHARED_SECRET');
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is what the tools see: its rows, its health, its objects', async () => {
    const query = 'SELECT item FROM orders';
    const [rows, status, reply] = await Promise.all([
      call('query_database', { query }),
      call('get_resource_status', {}),
      call('send_durable_object_message', { objectName: 'Basket', message: 'a kettle' }),
    ]);
    expect(rows).toMatchObject({ database: 'orders', rows: [['a red kettle']] });
    expect(status).toMatchObject({ stack: 'shop', stage: 'prod' });
    expect(status['summary']).toMatchObject({ unhealthy: 0, unknown: 0 });
    expect(reply).toMatchObject({ reply: { added: 'a kettle' } });
  });

  it('is planned for another stage', async () => {
    const plan = await call('deploy_infrastructure', { stage: 'staging', dryRun: true });
    expect(plan).toMatchObject({ status: 'succeeded', summary: { create: 6 } });
  });

  it('is served by the other commands, which print what they say and nothing else', async () => {
    const url = ['--url', running.url];
    const doctor = await finished([process.execPath, 'mcp', 'doctor', ...url], shop.root);
    expect(doctor.output.split('\n').filter((line) => !/^(?:✓ .*)?$/.test(line))).toEqual([]);
    expect(doctor.code).toBe(0);
    const token = await finished(
      [process.execPath, 'alchemy-mcp', 'token', '--client', 'x'],
      shop.root,
    );
    expect(token.output).toStartWith('ey');
  });

  it('ends with Ctrl-C, and leaves no process', async () => {
    running.kill('SIGINT');
    expect(await running.exited).toBe(0);
    expect(running.output()).toEndWith('Stopped.\n');
    expect(await shop.drained()).toEqual([]);
  });

  it('is deployed to Cloudflare by Alchemy’s own command, and serves from what was uploaded', async () => {
    await using account = await startAccount({ zones: [] });
    const { code, output } = await alchemyIn(shop, account)('deploy --yes --stage staging');
    expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
    const health = await account.fetch(clientOf(account).hostOf('ops-staging'), '/health');
    expect(await health.json()).toMatchObject({ status: 'ok', stage: 'staging' });
  });

  it('is told in one sentence that Effect has another version', async () => {
    const file = join(shop.root, 'node_modules/effect/package.json');
    const text = readFileSync(file, 'utf8');
    // The file is shared with the installer's cache: another takes its place, and it stays as it is.
    rmSync(file);
    writeFileSync(file, text.replace(/"version": "[^"]+"/, '"version": "4.1.0"'));
    const { code, output } = await finished([process.execPath, ...COMMAND], shop.root);
    expect(code).toBe(1);
    const sentence =
      /^alchemy-mcp-worker \S+ works with effect \S+, and here is 4\.1\.0\. Run: bun add --exact \S+ \S+$/m;
    expect(output.split('\n')[0]).toMatch(sentence);
  });

  it('is told where to start, in a folder without a stack, and nothing is written there', async () => {
    const empty = join(shop.root, 'src');
    const start = [join(shop.root, 'node_modules/.bin/alchemy-mcp'), 'start'];
    expect(await finished([process.execPath, ...start], empty)).toEqual({
      code: 1,
      output: 'There is no alchemy.run.ts in this folder: start where your stack is.\n',
    });
    expect(existsSync(join(empty, '.env'))).toBe(false);
  });
});

/** A module names another by a path in quotes: to import it, or to run it in a process of its own. */
const PATH = /'(\.{1,2}\/[^'\s]+\.ts)'/g;

/** The modules of `src` that these reach, by whatever way. */
const reached = (entries: readonly string[]): string[] => {
  const found = new Set<string>();
  const visit = (file: string): void => {
    if (found.has(file) || !existsSync(file)) return;
    found.add(file);
    for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(PATH))
      visit(join(dirname(file), path));
  };
  for (const entry of entries) visit(entry);
  return [...found].map((file) => file.slice(ROOT.length + 1)).toSorted();
};
