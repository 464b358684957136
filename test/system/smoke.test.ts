// `bun run smoke --walk`, which whoever has an account runs on it, run on the emulated one.
import { afterAll, expect, it, setDefaultTimeout } from 'bun:test';

import { startAccount } from '../kit/account/account.ts';
import { SETTINGS } from '../kit/account/alchemy-cli.ts';
import type { JournalEntry } from '../kit/account/control-plane.ts';
import { pipelineIn } from '../kit/account/pipeline.ts';
import { Project, SYSTEM_TEST_MS } from './project.ts';

// A dozen of Alchemy's commands, one after another.
setDefaultTimeout(2 * SYSTEM_TEST_MS);

const project = new Project();
const account = await startAccount();
const run = pipelineIn(project, account);

afterAll(async () => {
  await account[Symbol.asyncDispose]();
  await project[Symbol.asyncDispose]();
});

/**
 * The next upload binds a namespace that is gone, which Cloudflare refuses; only Alchemy would ask again for twenty seconds
 * before it believes that.
 */
const refuseUploadsOnceNamespaceIsGone = async (): Promise<void> => {
  const isGone = ({ method, path }: JournalEntry) =>
    method === 'DELETE' && path.includes('/storage/kv/namespaces/');
  const deadline = performance.now() + 2 * SYSTEM_TEST_MS;
  while (!account.journal.some(isGone) && performance.now() < deadline) await Bun.sleep(20);
  account.faults.add({
    method: 'PUT',
    path: /\/scripts\/mcp-server-smoke-/,
    status: 400,
    code: 10_021,
    message: 'Uncaught Error: boom at start',
  });
};

it('walks a stage through its whole life, and leaves nothing behind', async () => {
  const walking = run('bun run smoke --walk', {
    ...SETTINGS,
    CLOUDFLARE_API_TOKEN: account.token,
    CLOUDFLARE_ACCOUNT_ID: account.accountId,
  }).ended;
  await Promise.race([refuseUploadsOnceNamespaceIsGone(), walking]);
  const { code, output, stdout } = await walking;
  expect(code, output).toBe(0);
  expect(stdout.match(/^✗.*/gm)).toBeNull();
  expect(stdout).toContain('✓ everything is destroyed again');
  expect(account.names('worker').filter((name) => name.includes('smoke'))).toEqual([]);
  expect(account.names('namespace').filter((name) => name.includes('smoke'))).toEqual([]);
  expect(account.names('bucket')).toEqual([]);
  expect(await project.drained()).toEqual([]);
});
