// Going back to an earlier version of a Worker, by the documented rules.
import { afterAll, beforeAll, expect, it, setDefaultTimeout } from 'bun:test';

import { type Account, startAccount } from './account.ts';
import { type Client, clientOf } from './api-client.ts';

// Each starts a workerd or a few, on a machine that may be busy.
setDefaultTimeout(30_000);

let account: Account;
let client: Client;

beforeAll(async () => {
  account = await startAccount();
  client = clientOf(account);
});
afterAll(() => account[Symbol.asyncDispose]());

const saying = (text: string): string =>
  `export class Kept {} export default { fetch: () => new Response(${JSON.stringify(text)}) };`;

const answerOf = async (worker: string): Promise<string> =>
  (await account.fetch(client.hostOf(worker), '/')).text();

interface Item {
  readonly id: string;
  readonly number: number;
}

/** Newest first. */
const versionsOf = async (worker: string): Promise<readonly Item[]> => {
  const { result } = await client.call('GET', `/workers/scripts/${worker}/versions`);
  return (result as { items: Item[] }).items;
};

const deploy = async (worker: string, number: number, query = '') => {
  const version_id = (await versionsOf(worker)).find((item) => item.number === number)?.id;
  return client.call('POST', `/workers/scripts/${worker}/deployments${query}`, {
    strategy: 'percentage',
    versions: [{ version_id, percentage: 100 }],
    annotations: { 'workers/message': 'back' },
  });
};

it('keeps every upload as a version, and serves the latest', async () => {
  await client.serve('site', saying('one'));
  await client.serve('site', saying('two'));
  expect((await versionsOf('site')).map(({ number }) => number)).toEqual([2, 1]);
  expect(await answerOf('site')).toBe('two');
});

it('serves an earlier version by a new deployment, and says so', async () => {
  const { result } = await deploy('site', 1);
  expect(result).toMatchObject({ annotations: { 'workers/message': 'back' } });
  expect(await answerOf('site')).toBe('one');
  const first = (await versionsOf('site')).find(({ number }) => number === 1);
  const { result: all } = await client.call('GET', '/workers/scripts/site/deployments');
  const { deployments } = all as { deployments: { versions: { version_id: string }[] }[] };
  expect(deployments).toHaveLength(3);
  expect(deployments[0]?.versions[0]?.version_id).toBe(first?.id ?? '');
});

it('numbers the next upload on, and serves it', async () => {
  await client.serve('site', saying('three'));
  expect((await versionsOf('site')).map(({ number }) => number)).toEqual([3, 2, 1]);
  expect(await answerOf('site')).toBe('three');
});

it('tells what a version binds, without its secrets', async () => {
  const bindings = [
    { type: 'secret_text', name: 'TOKEN', text: 'canary-5521' },
    { type: 'plain_text', name: 'COLOR', text: 'blue' },
  ];
  await client.serve('open', saying(''), { bindings });
  const [latest] = await versionsOf('open');
  const detail = await client.call('GET', `/workers/scripts/open/versions/${latest?.id}`);
  expect(detail.result).toMatchObject({
    number: 1,
    resources: { bindings: [{ name: 'TOKEN' }, { name: 'COLOR', text: 'blue' }] },
  });
  expect(JSON.stringify(detail)).not.toContain('canary-5521');
});

it('does not go back past a changed secret, unless forced', async () => {
  const secret = (text: string) => ({ bindings: [{ type: 'secret_text', name: 'TOKEN', text }] });
  await client.serve('locked', saying('old'), secret('a'));
  await client.serve('locked', saying('new'), secret('b'));
  expect((await deploy('locked', 1)).errors[0]?.code).toBe(10_220);
  expect(await answerOf('locked')).toBe('new');
  expect((await deploy('locked', 1, '?force=true')).success).toBe(true);
  expect(await answerOf('locked')).toBe('old');
});

it('does not go back past a Durable Object migration', async () => {
  await client.serve('grown', saying('before'));
  await client.serve('grown', saying('after'), { migrations: { new_sqlite_classes: ['Kept'] } });
  expect(await deploy('grown', 1, '?force=true')).toMatchObject({ status: 400, success: false });
  expect(await answerOf('grown')).toBe('after');
});

it('does not go back to a binding whose target has gone', async () => {
  const { result } = await client.call('POST', '/storage/kv/namespaces', { title: 'old-cache' });
  const { id: namespace_id } = result as { id: string };
  const bindings = [{ type: 'kv_namespace', name: 'KV', namespace_id }];
  await client.serve('moved', saying('with'), { bindings });
  await client.serve('moved', saying('without'));
  await account.deleteOutOfBand('namespace', 'old-cache');
  expect((await deploy('moved', 1)).errors[0]?.code).toBe(10_041);
});

it('refuses versions it does not know, and shares that are not the whole', async () => {
  const send = (versions: object[]) =>
    client.call('POST', '/workers/scripts/site/deployments', { strategy: 'percentage', versions });
  expect((await send([{ version_id: 'none', percentage: 100 }])).status).toBe(404);
  const [latest] = await versionsOf('site');
  expect((await send([{ version_id: latest?.id, percentage: 50 }])).status).toBe(400);
});
