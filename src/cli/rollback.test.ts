// `bun mcp rollback` against an emulated account, with a small server that has a health and a dark launch and nothing more.
import { afterAll, beforeAll, describe, expect, it, setDefaultTimeout } from 'bun:test';

import { type Account, startAccount } from '../../test/kit/account/account.ts';
import { type Client, clientOf } from '../../test/kit/account/api-client.ts';
import { CLI_ENV, mcpProcess } from '../../test/kit/cli.ts';
import { ADMIN_TOKEN } from '../../test/kit/tokens.ts';

setDefaultTimeout(60_000);

let account: Account;
let client: Client;
let flags: object;

beforeAll(async () => {
  account = await startAccount({ zones: ['example.com'] });
  client = clientOf(account);
  const { result } = await client.call('POST', '/storage/kv/namespaces', { title: 'flags' });
  flags = { type: 'kv_namespace', name: 'FLAGS', namespace_id: (result as { id: string }).id };
});
afterAll(() => account[Symbol.asyncDispose]());

/** Its percentage is in KV, so that every version sees the same. */
const serving = (says: string, status = 200): string => `
  export class Kept {}
  export default {
    async fetch(request, env) {
      if (new URL(request.url).pathname === '/health')
        return Response.json({ status: 'ok', service: 'mcp-worker', says: '${says}' }, { status: ${status} });
      if (${status} !== 200) return new Response('broken', { status: ${status} });
      if (request.method === 'PUT') await env.FLAGS.put('percentage', String((await request.json()).percentage));
      return Response.json({ percentage: Number(await env.FLAGS.get('percentage') ?? 25) });
    },
  };`;

const upload = (worker: string, source: string, bindings: object[] = [], metadata: object = {}) =>
  client.serve(worker, source, { ...metadata, bindings: [flags, ...bindings] });

const run = (words: readonly string[], over: Record<string, string> = {}, input = '') =>
  mcpProcess(['rollback', '--wait', '5s', ...words], {
    env: { ...CLI_ENV, USER: 'grace', ...account.environment(), MCP_URL: urlOf('server'), ...over },
    input,
  });

const urlOf = (worker: string): string => `https://${client.hostOf(worker)}`;

const answerOf = async (worker: string): Promise<string> =>
  jsonOf(await account.fetch(client.hostOf(worker), '/health'), 'says');

const percentage = async (): Promise<number> =>
  jsonOf(await account.fetch(client.hostOf('server'), '/admin/dark-launch'), 'percentage');

const jsonOf = async <T>(response: Response, name: string): Promise<T> => {
  const body = (await response.json()) as Record<string, T>;
  return body[name] as T;
};

const letIn = (share: number) =>
  account.fetch(client.hostOf('server'), '/', {
    method: 'PUT',
    body: JSON.stringify({ percentage: share }),
  });

const messageOf = async (worker: string): Promise<string | undefined> => {
  const { result } = await client.call('GET', `/workers/scripts/${worker}/deployments`);
  const { deployments } = result as { deployments: { annotations: Record<string, string> }[] };
  return deployments[0]?.annotations['workers/message'];
};

/** One sentence or a few, of ours, and no secret. */
const expectRefusal = (
  { code, out, err }: { code: number; out: string; err: string },
  told: string,
) => {
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(told) });
  expect(out + err).not.toContain(account.token);
  expect(out + err).not.toContain(ADMIN_TOKEN);
};

describe('bun mcp rollback', () => {
  it('has a first deploy of Alchemy before it: a placeholder, and the same code twice', async () => {
    const object = { type: 'durable_object_namespace', name: 'KEPT', class_name: 'Kept' };
    const migrations = { new_sqlite_classes: ['Kept'] };
    const placeholder = `export class Kept {} export default { fetch: () => new Response('…') };`;
    await client.serve('server', placeholder, { bindings: [object], migrations });
    for (const says of ['one', 'one', 'two']) await upload('server', serving(says), [object]);
    expect(await answerOf('server')).toBe('two');
  });

  it('stops the traffic before it asks anything, and leaves both as they are after a no', async () => {
    expect(await percentage()).toBe(25);
    const { code, out, err } = await run([], {}, 'no\n');
    expect(code).toBe(1);
    expect(out.split('\n')[0]).toBe('Dark launch: 0% (it was 25%).');
    expect(out).toContain('serves version 4 (');
    expect(out).toContain('would serve version 3 (');
    expect(err).toContain('Version 4 goes on. The dark launch is at 0%.');
    expect(err).toContain('bun mcp rollout set 25');
    expect([await answerOf('server'), await percentage()]).toEqual(['two', 0]);
  });

  it('lets what served before serve again, says what comes next, and who it was', async () => {
    await letIn(50);
    const { code, out, err } = await run(['--message', 'boom'], {}, 'yes\n');
    expect(code, err).toBe(0);
    expect(out).toContain('Dark launch: 0% (it was 50%).');
    expect(out).toContain('server serves version 3 again.');
    expect(err).toContain('Alchemy does not know');
    expect(err).toContain('/health answers. The dark launch is at 0%.');
    expect(err).toContain('bun mcp rollout set 50');
    expect([await answerOf('server'), await percentage()]).toEqual(['one', 0]);
    expect(await messageOf('server')).toBe('bun mcp rollback by grace, 4 to 3: boom');
  });

  it('is seen by the doctor, with who did it and why', async () => {
    const env = { ...CLI_ENV, ...account.environment(), MCP_URL: urlOf('server') };
    const { out } = await mcpProcess(['doctor'], { env });
    expect(out).toContain('! server was taken back to version 3 on ');
    expect(out).toContain('(bun mcp rollback by grace, 4 to 3: boom), from version 4.');
  });

  it('once more finds nothing: neither the placeholder, nor the same code, nor what it came from', async () => {
    expectRefusal(await run(['--yes']), 'Nothing else has served before version 3');
    expect(await answerOf('server')).toBe('one');
  });

  it('takes a version by its number or its id, as --list shows them', async () => {
    const { code, out } = await run(['--list']);
    expect(code).toBe(0);
    const rows = out.split('\n').map((row) => row.split(/ +/));
    expect(rows.map(([number]) => number)).toEqual(['4', '3', '2', '1']);
    expect(rows[1]?.[3]).toBe('serves');
    const words = ['--yes', '--keep-traffic', '--version'];
    await letIn(50);
    expect(await run([...words, rows[0]?.[1] ?? ''])).toMatchObject({ code: 0 });
    expect([await answerOf('server'), await percentage()]).toEqual(['two', 50]);
    expect(await run([...words, '3'])).toMatchObject({ code: 0 });
    expect(await answerOf('server')).toBe('one');
    expectRefusal(await run([...words, '3']), 'Version 3 serves already.');
    expectRefusal(await run([...words, '1']), 'is the empty one');
    for (const nonsense of ['99', '../../x', '-1'])
      expectRefusal(await run([...words.slice(0, 2), `--version=${nonsense}`]), 'no such version');
  });

  it('stops the traffic also without the means to change a version', async () => {
    await letIn(50);
    expectRefusal(await run(['--yes'], { CLOUDFLARE_API_TOKEN: '' }), 'set CLOUDFLARE_API_TOKEN');
    expect(await percentage()).toBe(0);
    await letIn(50);
    const elsewhere = { CLOUDFLARE_API_TOKEN: 'canary-token-0123456789' };
    const wrong = await run(['--yes'], elsewhere);
    expectRefusal(wrong, 'does not take this CLOUDFLARE_API_TOKEN');
    expect(wrong.out + wrong.err).not.toContain(elsewhere.CLOUDFLARE_API_TOKEN);
    expect(await percentage()).toBe(0);
  });

  it('goes back also from a server too broken to stop its traffic, and stops it then', async () => {
    await letIn(50);
    await upload('server', serving('broken', 500), [
      { type: 'durable_object_namespace', name: 'KEPT', class_name: 'Kept' },
    ]);
    const { code, out, err } = await run(['--yes']);
    expect(code, err).toBe(0);
    expect(err.split('\n')[0]).toStartWith('The dark launch was not set to 0%: ');
    expect(out).toContain('server serves version 3 again.');
    expect([await answerOf('server'), await percentage()]).toEqual(['one', 0]);
  });

  it('finds the Worker behind a custom domain', async () => {
    const { result } = await client.call('GET', '/workers/domains');
    expect(result).toEqual([]);
    const zones = await fetch(`${account.apiUrl}/zones`, {
      headers: { authorization: `Bearer ${account.token}` },
    });
    const [zone] = ((await zones.json()) as { result: { id: string }[] }).result;
    const domain = { hostname: 'mcp.example.com', service: 'server', zone_id: zone?.id };
    expect((await client.call('PUT', '/workers/domains', domain)).success).toBe(true);
    const listed = await run(['--list'], { MCP_URL: 'https://mcp.example.com' });
    expect(listed.err).toContain('The versions of server');
    const routed = await run(['--yes'], { MCP_URL: 'https://other.example.com' });
    expectRefusal(routed, 'Which Worker answers at other.example.com?');
  });

  it.each([
    [['--wait', 'soon'], {}, 'is no duration'],
    [['now'], {}, 'one word too many'],
    [[], { MCP_URL: '' }, 'is on this machine and has no versions'],
    [['--worker', 'nobody', '--yes'], {}, 'no Worker of that name'],
  ])('refuses %j %j', async (words, over, told) => {
    expectRefusal(await run(words, over), told);
  });
});

describe('a rollback of another Worker of the stack', () => {
  const other = (...words: string[]) => run(['--worker', 'app', '--yes', ...words]);
  const secret = (text: string) => ({ type: 'secret_text', name: 'TOKEN', text });

  it('leaves the traffic of the MCP server as it is', async () => {
    await letIn(50);
    await upload('app', serving('one'), [secret('a')]);
    await upload('app', serving('two'), [secret('a')]);
    expect(await other()).toMatchObject({ code: 0 });
    expect([await answerOf('app'), await percentage()]).toEqual(['one', 50]);
  });

  it('past a changed secret takes --force', async () => {
    await upload('app', serving('three'), [secret('b')]);
    expectRefusal(await other('--version', '2'), 'With --force it serves again');
    expect(await answerOf('app')).toBe('three');
    expect(await other('--version', '2', '--force')).toMatchObject({ code: 0 });
    expect(await answerOf('app')).toBe('two');
  });

  it('past a migration of Durable Objects is none, and says what to do instead', async () => {
    const migrations = { new_sqlite_classes: ['Kept'] };
    await upload('app', serving('four'), [secret('b')], { migrations });
    const refused = await other('--version', '3', '--force');
    expectRefusal(refused, 'Cloudflare goes back over no such migration. Deploy earlier code');
    expect(await answerOf('app')).toBe('four');
  });

  it('past a resource that is gone is none', async () => {
    const { result } = await client.call('POST', '/storage/kv/namespaces', { title: 'old' });
    const namespace_id = (result as { id: string }).id;
    await upload('app', serving('five'), [{ type: 'kv_namespace', name: 'OLD', namespace_id }]);
    await upload('app', serving('six'));
    await account.deleteOutOfBand('namespace', 'old');
    expectRefusal(await other('--force'), 'is gone or has changed');
    expect(await answerOf('app')).toBe('six');
  });
});

describe('a server that was taken back', () => {
  it('to a version that does not answer is told so, with what to do', async () => {
    await upload('deaf', serving('old', 500));
    await upload('deaf', serving('new'));
    const { code, out, err } = await run(['--yes', '--wait', '1s'], { MCP_URL: urlOf('deaf') });
    expect(code).toBe(1);
    expect(out).toContain('deaf serves version 1 again.');
    expect(err).toContain('/health does not answer as it should. Look at its log');
  });
});
