// The edge, and a process that takes it for the real one: WebSockets pass, deploys interrupt only what they change, and
// nothing else is reached.
import { afterAll, beforeAll, describe, expect, it, setDefaultTimeout } from 'bun:test';

import { listen } from '../../../ci/listen.ts';
import { type Account, startAccount } from './account.ts';
import { type Client, clientOf } from './api-client.ts';

const ECHO = `import { DurableObject } from 'cloudflare:workers';
export class Room extends DurableObject {
  fetch() {
    const { 0: theirs, 1: ours } = new WebSocketPair();
    this.ctx.acceptWebSocket(ours);
    return new Response(null, { status: 101, webSocket: theirs });
  }
  webSocketMessage(socket, text) { socket.send('echo ' + text); }
  webSocketClose(socket) { socket.close(1000); }
}
export default { fetch(request, env) {
  if (new URL(request.url).pathname === '/closed') return new Response('No.', { status: 401 });
  if (request.headers.get('upgrade') === null) return new Response('hello');
  return env.ROOM.get(env.ROOM.idFromName('one')).fetch(request);
} };`;
const ROOM = {
  bindings: [{ type: 'durable_object_namespace', name: 'ROOM', class_name: 'Room' }],
};
const NEW_ROOM = { ...ROOM, migrations: { new_sqlite_classes: ['Room'] } };

// Each starts a workerd or a few, on a machine that may be busy.
setDefaultTimeout(30_000);

let account: Account;
let client: Client;

beforeAll(async () => {
  account = await startAccount({ zones: ['example.com'] });
  client = clientOf(account);
  await client.serve('echo', ECHO, NEW_ROOM);
});
afterAll(() => account[Symbol.asyncDispose]());

interface Line {
  readonly socket: WebSocket;
  readonly closed: Promise<number>;
  say(text: string): Promise<string>;
}

const connect = async (path = '/'): Promise<Line> => {
  const url = account.edgeUrl.replace('http', 'ws') + path;
  const options = { headers: { Host: client.hostOf('echo') } };
  const socket = new WebSocket(url, options as unknown as string[]);
  const closed = new Promise<number>((resolve) => {
    socket.addEventListener('close', ({ code }) => resolve(code));
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', reject);
  });
  const say = (text: string) =>
    new Promise<string>((resolve) => {
      socket.addEventListener('message', ({ data }) => resolve(String(data)), { once: true });
      socket.send(text);
    });
  return { socket, closed, say };
};

describe('a WebSocket', () => {
  it('passes to the Worker and back', async () => {
    const line = await connect();
    expect(await line.say('a')).toBe('echo a');
    line.socket.close();
    await line.closed;
  });

  it('that the Worker refuses is refused', async () => {
    const refused = await connect('/closed').catch(() => 'refused');
    expect(refused).toBe('refused');
  });

  it('stays open while another Worker is deployed, and ends when its own is', async () => {
    const line = await connect();
    await client.serve('other', 'export default { fetch: () => new Response("hello") };');
    expect(await (await account.fetch(client.hostOf('other'), '/')).text()).toBe('hello');
    expect(await line.say('b')).toBe('echo b');

    await client.upload('echo', "throw new Error('boom at start');", ROOM);
    expect(await line.say('c')).toBe('echo c');

    await client.serve('echo', ECHO.replace('echo ', 'again '), ROOM);
    await line.closed;
    const next = await connect();
    expect(await next.say('d')).toBe('again d');
    next.socket.close();
  });
});

describe('a request', () => {
  it('that comes while its Worker is deployed is answered by one of the two versions', async () => {
    const saying = (n: number) => `export default { fetch: () => new Response('${n}') };`;
    await client.serve('busy', saying(0));
    const done = new AbortController();
    const seen = new Set<string>();
    const asking = (async () => {
      while (!done.signal.aborted) {
        const response = await account.fetch(client.hostOf('busy'), '/');
        seen.add(`${response.status} ${await response.text()}`);
      }
    })();
    for (const n of [1, 2]) await client.upload('busy', saying(n));
    await Bun.sleep(300);
    done.abort();
    await asking;
    expect([...seen].filter((answer) => !/^200 [012]$/.test(answer))).toEqual([]);
    expect(seen).toContain('200 2');
  });
});

describe('a process with the environment of an account', () => {
  const run = async (source: string): Promise<string> => {
    const child = Bun.spawn([process.execPath, '-e', source], {
      env: { PATH: process.env['PATH'], ...account.environment() },
      stdout: 'pipe',
      stderr: 'pipe',
    });
    const { code, stdout, stderr } = await listen(child).ended;
    expect(code, stderr).toBe(0);
    return stdout.trim();
  };

  it('asks it when it asks Cloudflare', async () => {
    const status = await run(`
      const headers = { authorization: 'Bearer ' + process.env.CLOUDFLARE_API_TOKEN };
      const api = 'https://api.cloudflare.com/client/v4';
      const both = [api + '/zones', new Request(api + '/zones', { headers })];
      const answers = await Promise.all([fetch(both[0], { headers }), fetch(both[1])]);
      console.log(answers.map(({ status }) => status).join());`);
    expect(status).toBe('200,200');
  });

  it('reaches its Workers by name, over HTTP and WebSocket', async () => {
    await client.serve('echo', ECHO, ROOM);
    const said = await run(`
      const host = '${client.hostOf('echo')}';
      console.log(await (await fetch('https://' + host + '/')).text());
      const socket = new WebSocket('wss://' + host + '/', { headers: { 'x-mine': '1' } });
      socket.onopen = () => socket.send('e');
      socket.onmessage = ({ data }) => { console.log(data); socket.close(); };`);
    expect(said).toBe('hello\necho e');
  });

  it('reaches nothing else', async () => {
    const leaving = "export default { fetch: () => Response.redirect('https://example.org/') };";
    await client.serve('leaver', leaving);
    const said = await run(`
      const { request } = await import('node:https');
      const { connect } = await import('node:net');
      const tries = {
        fetch: () => fetch('https://example.org/'),
        redirect: () => fetch('https://${client.hostOf('leaver')}/'),
        socket: () => new WebSocket('wss://example.org/'),
        node: () => new Promise((ok, no) => request('https://example.org/', ok).on('error', no).end()),
        net: () => new Promise((ok, no) => connect(443, 'example.org', ok).on('error', no)),
      };
      for (const [name, go] of Object.entries(tries))
        await Promise.resolve().then(go).then(() => console.log(name, 'reached'), (e) => console.log(name, e.message));
      process.exit(0);`);
    const refusal = 'This process may not reach example.org: it belongs to a test.';
    expect(said.split('\n')).toEqual(
      ['fetch', 'redirect', 'socket', 'node', 'net'].map((name) => `${name} ${refusal}`),
    );
  });
});

describe('a Worker', () => {
  const ASKING = `export default { fetch: async (request) => {
    const asked = await fetch(new URL(request.url).searchParams.get('url'));
    return new Response(asked.status + ' ' + await asked.text());
  } };`;
  const ask = async (worker: string, url: string): Promise<string> =>
    (await account.fetch(client.hostOf(worker), `/?url=${encodeURIComponent(url)}`)).text();

  it('reaches another by its address, if it has asked for that, and nothing outside', async () => {
    const compatibility_flags = ['global_fetch_strictly_public'];
    await client.serve('asking', ASKING, { compatibility_flags });
    await client.serve('plain', ASKING);
    const address = `https://${client.hostOf('echo')}/`;
    expect(await ask('asking', address)).toBe('200 hello');
    expect(await ask('plain', address)).toBe('404 error code: 1042');
    expect(await ask('asking', 'https://example.net/')).toBe('502 No Internet here.');
  });
});
