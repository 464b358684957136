// The emulated account itself: what a test may rely on when it takes it for Cloudflare.
import { afterAll, beforeAll, describe, expect, it } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';

import { type Account, startAccount } from './account.ts';
import { type Client, clientOf } from './api-client.ts';

const saying = (text: string): string =>
  `export default { fetch: () => new Response(${JSON.stringify(text)}) };`;

let account: Account;
let client: Client;

beforeAll(async () => {
  account = await startAccount({ zones: ['example.com'] });
  client = clientOf(account);
});
afterAll(() => account[Symbol.asyncDispose]());

const textAt = async (host: string, path = '/'): Promise<string> =>
  (await account.fetch(host, path)).text();

const answerOf = (worker: string): Promise<string> => textAt(client.hostOf(worker));

const created = async (path: string, body: object): Promise<Record<string, string>> => {
  const { result, errors } = await client.call('POST', path, body);
  expect(errors).toEqual([]);
  return result as Record<string, string>;
};

describe('the API', () => {
  it('answers in the envelope, page by page until one is empty', async () => {
    for (let n = 0; n < 3; n++) await created('/storage/kv/namespaces', { title: `paged-${n}` });
    const page = (n: number) => client.call('GET', `/storage/kv/namespaces?per_page=2&page=${n}`);
    expect(await page(2)).toMatchObject({
      status: 200,
      success: true,
      errors: [],
      result: [{ title: 'paged-2' }],
      result_info: { page: 2, per_page: 2, count: 1, total_count: 3, total_pages: 2 },
    });
    expect((await page(3)).result).toEqual([]);
  });

  it('refuses with the code that the client decides by', async () => {
    const codeOf = async (...call: Parameters<Client['call']>) => {
      const { status, success, errors } = await client.call(...call);
      return [status, success, errors[0]?.code];
    };
    expect(await codeOf('GET', '/storage/kv/namespaces/none')).toEqual([404, false, 10_013]);
    expect(await codeOf('POST', '/storage/kv/namespaces', {})).toEqual([400, false, 10_001]);
    expect(await codeOf('GET', '/workers/scripts/none/settings')).toEqual([404, false, 10_007]);
  });

  it('tells the token that it is valid, any other that it is not', async () => {
    const verify = async (token: string) => {
      const headers = { authorization: `Bearer ${token}` };
      return (await fetch(`${account.apiUrl}/user/tokens/verify`, { headers })).status;
    };
    expect(await verify(account.token)).toBe(200);
    expect(await verify('another')).toBe(403);
  });

  it('writes down every call, and which of them it does not know', async () => {
    const before = account.journal.length;
    await client.call('GET', '/queues');
    await client.call('GET', '/teapots');
    const known = account.journal.slice(before).map(({ status, route }) => [status, route]);
    expect(known).toEqual([
      [200, '/accounts/:account/queues'],
      [404, undefined],
    ]);
  });

  it('fails as it is told to, and as often', async () => {
    const fault = { status: 429, code: 971, message: 'Rate limited.' };
    account.faults.add({ path: /\/queues$/, ...fault, skip: 1, times: 1, delayMs: 50 });
    const statuses = [];
    for (let n = 0; n < 3; n++) statuses.push((await client.call('GET', '/queues')).status);
    expect(statuses).toEqual([200, 429, 200]);
  });
});

describe('a Worker', () => {
  it('answers at workers.dev once that is turned on, and nowhere before', async () => {
    await client.upload('shy', saying('hello'));
    expect((await account.fetch(client.hostOf('shy'), '/')).status).toBe(404);
    await client.serve('shy', saying('hello'));
    expect(await answerOf('shy')).toBe('hello');
  });

  it('answers at its custom domain and its routes; the longer pattern wins', async () => {
    const zones = await fetch(`${account.apiUrl}/zones?name=example.com`, {
      headers: { authorization: `Bearer ${account.token}` },
    });
    const { result } = (await zones.json()) as { result: { id: string }[] };
    const zone_id = result[0]?.id ?? '';
    await client.upload('domain', saying('by domain'));
    await client.upload('wide', saying('by route'));
    await client.call('PUT', '/workers/domains', {
      hostname: 'www.example.com',
      service: 'domain',
      zone_id,
    });
    await fetch(`${account.apiUrl}/zones/${zone_id}/workers/routes`, {
      method: 'POST',
      headers: { authorization: `Bearer ${account.token}` },
      body: JSON.stringify({ pattern: 'www.example.com/api/*', script: 'wide' }),
    });
    expect(await textAt('www.example.com')).toBe('by domain');
    expect(await textAt('www.example.com', '/api/users')).toBe('by route');
  });

  it('that does not start is refused, and the version before it goes on', async () => {
    await client.serve('steady', saying('one'));
    const refused = await client.upload('steady', "throw new Error('boom at start');");
    expect(refused).toMatchObject({ status: 400, errors: [{ code: 10_021 }] });
    expect(refused.errors[0]?.message).toContain('boom at start');
    expect(await answerOf('steady')).toBe('one');
  });

  it('is refused when it binds what is not there, or what cannot be bound here', async () => {
    const binding = async (bound: object) =>
      (await client.upload('bound', saying(''), { bindings: [bound] })).errors[0]?.code;
    expect(await binding({ type: 'kv_namespace', name: 'KV', namespace_id: 'gone' })).toBe(10_041);
    expect(await binding({ type: 'browser', name: 'BROWSER' })).toBe(10_021);
  });

  it('sees https, its limits and its own version', async () => {
    const source = `export default { async fetch(request, env) {
      const passes = [];
      for (let n = 0; n < 3; n++) passes.push((await env.LIMIT.limit({ key: 'a' })).success);
      env.EVENTS.writeDataPoint({ blobs: ['seen'] });
      return Response.json({ url: request.url, passes, version: env.VERSION.id.length });
    } };`;
    await client.serve('sees', source, {
      bindings: [
        { type: 'ratelimit', name: 'LIMIT', namespace_id: '7', simple: { limit: 2, period: 60 } },
        { type: 'analytics_engine', name: 'EVENTS', dataset: 'events' },
        { type: 'version_metadata', name: 'VERSION' },
      ],
    });
    expect(JSON.parse(await answerOf('sees'))).toMatchObject({
      url: `https://${client.hostOf('sees')}/`,
      passes: [true, true, false],
      version: 36,
    });
  });
});

describe('a Durable Object class', () => {
  const counting = (name: string): string => `import { DurableObject } from 'cloudflare:workers';
    export class ${name} extends DurableObject {
      async next() {
        const n = ((await this.ctx.storage.get('n')) ?? 0) + 1;
        await this.ctx.storage.put('n', n);
        return n;
      }
    }
    export default { async fetch(request, env) {
      return new Response(await env.IT.get(env.IT.idFromName('one')).next());
    } };`;
  const withClass = (class_name: string, migrations: object) => ({
    bindings: [{ type: 'durable_object_namespace', name: 'IT', class_name }],
    migrations,
  });

  it('keeps its objects when it is renamed, and loses them when it is deleted', async () => {
    const serve = (name: string, migrations: object) =>
      client.serve('counter', counting(name), withClass(name, migrations));
    await serve('First', { new_sqlite_classes: ['First'] });
    expect(await answerOf('counter')).toBe('1');
    await serve('Second', { renamed_classes: [{ from: 'First', to: 'Second' }] });
    expect(await answerOf('counter')).toBe('2');
    await serve('Third', { deleted_classes: ['Second'], new_sqlite_classes: ['Third'] });
    expect(await answerOf('counter')).toBe('1');
  });
});

describe('what is deleted in the dashboard', () => {
  it('is gone with its data, and a new one of its name is empty', async () => {
    const source = `export default { async fetch(request, env) {
      const { objects } = await env.FILES.list();
      await env.FILES.put('a', 'b');
      return new Response(objects.length);
    } };`;
    const metadata = { bindings: [{ type: 'r2_bucket', name: 'FILES', bucket_name: 'files' }] };
    await created('/r2/buckets', { name: 'files' });
    await client.serve('keeper', source, metadata);
    expect([await answerOf('keeper'), await answerOf('keeper')]).toEqual(['0', '1']);
    expect((await client.call('DELETE', '/r2/buckets/files')).errors[0]?.code).toBe(10_008);

    await account.deleteOutOfBand('bucket', 'files');
    expect(account.names('bucket')).toEqual([]);
    await created('/r2/buckets', { name: 'files' });
    await client.serve('keeper', source, metadata);
    expect(await answerOf('keeper')).toBe('0');
  });
});

describe('an account that is closed', () => {
  it('leaves no process behind', async () => {
    const before = children();
    const other = await startAccount();
    await clientOf(other).serve('brief', saying('hello'));
    await other.fetch(clientOf(other).hostOf('brief'), '/');
    expect(children().length).toBe(before.length + 1);
    await other[Symbol.asyncDispose]();
    expect(children()).toEqual(before);
  });
});

/** The processes that this one has started. */
const children = (): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/status`, 'utf8').includes(`PPid:\t${process.pid}\n`);
      } catch {
        return false;
      }
    });
