// The emulated account itself: what a test may rely on when it takes it for Cloudflare.
import { afterAll, beforeAll, describe, expect, it, setDefaultTimeout } from 'bun:test';

import { eventually } from '../eventually.ts';
import { type Account, startAccount } from './account.ts';
import { type Client, clientOf } from './api-client.ts';

const saying = (text: string): string =>
  `export default { fetch: () => new Response(${JSON.stringify(text)}) };`;

// Each starts a workerd or a few, on a machine that may be busy.
setDefaultTimeout(30_000);

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

describe('a resource', () => {
  /** path, body, its id in the answer, a change of it, and the codes of "twice" and "not there". */
  const resources = {
    namespace: ['/storage/kv/namespaces', { title: 'a' }, 'id', { title: 'b' }, 10_014, 10_013],
    database: ['/d1/database', { name: 'a' }, 'uuid', undefined, 7_502, 7_404],
    bucket: ['/r2/buckets', { name: 'a' }, 'name', undefined, 10_004, 10_006],
    queue: ['/queues', { queue_name: 'a' }, 'queue_id', undefined, 11_009, 11_000],
  } as const;

  it.each(Object.keys(resources) as (keyof typeof resources)[])(
    'of the kind "%s" is made, read, changed and deleted once',
    async (kind) => {
      const [path, body, idField, change, twice, missing] = resources[kind];
      const { [idField]: id = '' } = await created(path, body);
      const codeOf = async (method: string, at: string, given?: object) =>
        (await client.call(method, at, given)).errors[0]?.code;
      expect(await codeOf('POST', path, body)).toBe(twice);
      expect((await client.call('GET', `${path}/${id}`)).result).toMatchObject(body);
      if (change !== undefined)
        expect((await client.call('PUT', `${path}/${id}`, change)).result).toMatchObject(change);
      expect(await codeOf('DELETE', `${path}/${id}`)).toBeUndefined();
      expect(await codeOf('DELETE', `${path}/${id}`)).toBe(missing);
    },
  );

  it('of D1 runs what it is sent, and says what SQLite says', async () => {
    const { uuid = '' } = await created('/d1/database', { name: 'sql' });
    const query = (sql: string) => client.call('POST', `/d1/database/${uuid}/query`, { sql });
    await query('CREATE TABLE t (a); INSERT INTO t VALUES (1), (2);');
    const rows = await query('SELECT a FROM t');
    expect(rows.result).toMatchObject([{ success: true, results: [{ a: 1 }, { a: 2 }] }]);
    const refused = await query('SELECT b FROM t');
    expect(refused).toMatchObject({ status: 400, errors: [{ code: 7500 }] });
    expect(refused.errors[0]?.message).toContain('no such column');
  });

  it('of the Secrets Store never shows its value but to the Worker that binds it', async () => {
    const { id: store_id = '' } = await created('/secrets_store/stores', { name: 'store' });
    const path = `/secrets_store/stores/${store_id}/secrets`;
    await client.call('POST', path, [{ name: 'KEY', value: 'canary-8841' }]);
    expect(JSON.stringify(await client.call('GET', path))).not.toContain('canary-8841');
    const bound = { type: 'secrets_store_secret', name: 'KEY', store_id, secret_name: 'KEY' };
    const source = 'export default { fetch: async (_, env) => new Response(await env.KEY.get()) };';
    await client.serve('knows', source, { bindings: [bound] });
    expect(await answerOf('knows')).toBe('canary-8841');
  });

  it('of a queue is consumed by the Worker that the consumer names', async () => {
    const source = `let seen = 'nothing';
      export default {
        async fetch(request, env) { await env.JOBS.send('a job'); return new Response(seen); },
        queue(batch) { seen = batch.messages[0].body; },
      };`;
    const { queue_id = '' } = await created('/queues', { queue_name: 'jobs' });
    const bindings = [{ type: 'queue', name: 'JOBS', queue_name: 'jobs' }];
    await client.serve('works', source, { bindings });
    const settings = { batch_size: 1, max_wait_time_ms: 50 };
    const consumer = { type: 'worker', script_name: 'works', settings };
    await created(`/queues/${queue_id}/consumers`, consumer);
    const again = await client.call('POST', `/queues/${queue_id}/consumers`, consumer);
    expect(again.errors[0]?.code).toBe(11_004);
    const job = await eventually(async () => {
      const seen = await answerOf('works');
      return seen === 'nothing' ? undefined : seen;
    });
    expect(job).toBe('a job');
  });

  it('of the schedules of a Worker is kept', async () => {
    await client.upload('cron', saying(''));
    await client.call('PUT', '/workers/scripts/cron/schedules', [{ cron: '*/5 * * * *' }]);
    const { result } = await client.call('GET', '/workers/scripts/cron/schedules');
    expect(result).toEqual({ schedules: [{ cron: '*/5 * * * *' }] });
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
