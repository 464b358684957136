// The real `bun start`, from the command to the last process, as a newcomer meets it.
import { afterAll, beforeAll, describe, expect, it, setDefaultTimeout } from 'bun:test';
import {
  existsSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

import { Project, SYSTEM_TEST_MS, type Running, callTool as call, freePort } from './project.ts';

setDefaultTimeout(SYSTEM_TEST_MS);

describe('bun start', () => {
  const project = new Project();
  let first: Running;
  let second: Running;

  beforeAll(async () => {
    first = await project.start();
  });
  afterAll(() => project[Symbol.asyncDispose]());

  it('prints the MCP URL and lines to copy for Claude Code, Cursor and curl', () => {
    const endpoint = `${first.url}/mcp`;
    const secret = project.setting('MCP_SHARED_SECRET');
    expect(first.output()).toContain(
      `claude mcp add --transport http alchemy ${endpoint} --header "X-MCP-Secret: ${secret}"`,
    );
    expect(first.output()).toContain(`{"mcpServers":{"alchemy":{"url":"${endpoint}"`);
    expect(first.output()).toContain(`curl ${endpoint} -H "X-MCP-Secret: ${secret}"`);
  });

  it('shows each resource as it is deployed', () => {
    for (const id of ['demo-db', 'demo-storage', 'demo-cache', 'demo-jobs', 'mcp-server'])
      expect(first.output()).toContain(`+ ${id}`);
  });

  it('writes secrets only their owner can read', () => {
    expect(statSync(join(project.root, '.env')).mode & 0o777).toBe(0o600);
    expect(project.setting('MCP_JWT_SECRET')).toMatch(/^[0-9a-f]{64}$/);
  });

  it('lets nobody else into the folder of state and data, which holds secrets too', () => {
    expect(statSync(join(project.root, '.alchemy')).mode & 0o777).toBe(0o700);
  });

  it('keeps secrets out of the environment of every Worker process', () => {
    const secret = project.setting('MCP_SHARED_SECRET');
    const pids = processIdsOf(project, 'workerd');
    expect(pids.length).toBeGreaterThan(0);
    for (const pid of pids)
      expect(readFileSync(`/proc/${pid}/environ`, 'latin1')).not.toContain(secret);
  });

  it('listens on loopback only, in every process', () => {
    const addresses = processIdsOf(project, '').flatMap(listeningAddresses);
    expect(addresses.length).toBeGreaterThan(4);
    expect(addresses.filter((address) => !LOOPBACK.has(address))).toEqual([]);
  });

  it('runs no stranger’s code: whatever listens asks who is there', async () => {
    const proof = join(project.root, 'proof');
    const file = join(project.root, 'stranger.ts');
    writeFileSync(file, `await Bun.write(${JSON.stringify(proof)}, 'ran');`);
    const servers = [
      ...processIdsOf(project, 'host-process.ts'),
      ...processIdsOf(project, 'Sidecar.ts'),
    ];
    const ports = new Set(servers.flatMap(listeningPorts));
    const body = JSON.stringify({ serverEntryUrl: `file://${file}` });
    const answers = await Promise.all(
      [...ports].map(async (port) => {
        // As a web page would send it, without asking first.
        const headers = { Origin: 'https://evil.example', 'Content-Type': 'text/plain' };
        const init = { method: 'POST', headers, body, signal: AbortSignal.timeout(3_000) };
        return fetch(`http://127.0.0.1:${port}/`, init).then(
          ({ status }) => status,
          () => 0,
        );
      }),
    );
    await Bun.sleep(500);
    expect(existsSync(proof)).toBe(false);
    // The spawner and the sidecar's own protocol.
    expect(answers.filter((status) => status === 403).length).toBeGreaterThanOrEqual(2);
    expect(first.output()).not.toContain('starting it again');
  });

  it('probes every resource it deployed, and finds what can be probed healthy', async () => {
    const status = await call(
      first,
      project.setting('MCP_SHARED_SECRET'),
      'get_resource_status',
      {},
    );
    expect(status).toMatchObject({
      stage: 'prod',
      summary: { total: 15, healthy: 14, unknown: 1 },
    });
  });

  it('refuses a second start in the same folder with one sentence', async () => {
    const second = await project.start();
    expect(await second.exited).toBe(1);
    expect(second.output()).toContain(
      'already runs the local cloud of this folder. Stop it first.',
    );
  });

  it('is ready again in seconds after SIGTERM, with the data it had and no process left between', async () => {
    const secret = project.setting('MCP_SHARED_SECRET');
    const message = { objectName: 'ChatDO', message: 'before the restart', instance: 'restart' };
    await call(first, secret, 'send_durable_object_message', message);

    first.kill('SIGTERM');
    expect(await first.exited).toBe(0);
    expect(await project.drained()).toEqual([]);

    second = await project.start();
    // A quiet machine needs three to four seconds. The limit only tells a start from a reinstall, on any machine.
    expect(second.readyMs).toBeLessThan(30_000);
    expect(project.setting('MCP_SHARED_SECRET')).toBe(secret);
    const reply = await call(second, secret, 'send_durable_object_message', message);
    expect(reply['reply']).toMatchObject({ messages: 2 });
  });

  it('leaves no process behind when it is killed, starts again, and ends with Ctrl-C', async () => {
    const [pid] = processIdsOf(project, 'src/local/main.ts');
    process.kill(Number(pid), 'SIGKILL');
    await second.exited;
    expect(await project.drained()).toEqual([]);

    const again = await project.start();
    expect(again.output()).toContain('MCP server ready');
    // As a terminal does it: to every process of the group, some of which pass it on.
    for (const program of ['bun start', 'src/local/main.ts'])
      for (const id of processIdsOf(project, program)) process.kill(Number(id), 'SIGINT');
    expect(await again.exited).toBe(0);
    expect(again.output()).toEndWith('Stopped.\n');
    expect(await project.drained()).toEqual([]);
  });
});

describe('bun start, when it cannot', () => {
  const project = new Project();
  afterAll(() => project[Symbol.asyncDispose]());

  const failsWith = async (sentence: string, env: Record<string, string> = {}) => {
    const running = await project.start(env);
    expect(await running.exited).toBe(1);
    expect(running.output()).toContain(sentence);
    expect(await project.drained()).toEqual([]);
  };

  it('names a taken port and the way out', async () => {
    const port = await freePort();
    const server = createServer().listen(port, '127.0.0.1');
    await failsWith(`Port ${port} is taken.`, { PORT: String(port) });
    server.close();
  });

  it('says so when alchemy.run.ts declares no MCP server', async () => {
    const file = join(project.root, 'alchemy.run.ts');
    const stack = readFileSync(file, 'utf8');
    const [resources = ''] = stack.split('    // What AI assistants');
    writeFileSync(file, `${resources}    return {};\n  }),\n);\n`);
    await failsWith('No MCP server answers at ');
    writeFileSync(file, stack);
  });

  it('names a PORT that is none', () =>
    failsWith('PORT must be a whole number from 1 to 65535, not "eighty".', { PORT: 'eighty' }));

  it('says which secret is too weak to serve with', () =>
    failsWith(
      'MCP_SHARED_SECRET is shorter than 32 bytes. Delete that line of .env to have one drawn, or set a random one: openssl rand -hex 32',
      { MCP_SHARED_SECRET: 'short' },
    ));

  it('says why a stack could not be deployed', async () => {
    const file = join(project.root, 'alchemy.run.ts');
    const stack = readFileSync(file, 'utf8');
    writeFileSync(file, stack.replace("'./demo/worker.ts'", "'./demo/nowhere.ts'"));
    await failsWith(
      'The stack could not be deployed: the Worker demo-app has no file ./demo/nowhere.ts.',
    );
    writeFileSync(file, stack);
  });

  it('says which Worker does not start, and why', async () => {
    const file = join(project.root, 'demo/worker.ts');
    const worker = readFileSync(file, 'utf8');
    writeFileSync(file, `${worker}\nthrow new Error('a broken start');`);
    await failsWith('demo-app does not run: Uncaught Error: a broken start');
    writeFileSync(file, worker);
  });
});

/** As /proc/net writes 127.0.0.1, ::1 and ::ffff:127.0.0.1. */
const LOOPBACK = new Set([
  '0100007F',
  '00000000000000000000000001000000',
  '0000000000000000FFFF00000100007F',
]);

const listeningAddresses = (pid: string): string[] =>
  listening(pid).map((local) => local.split(':')[0] ?? '');

const listeningPorts = (pid: string): number[] =>
  listening(pid).map((local) => Number.parseInt(local.split(':')[1] ?? '', 16));

/** The sockets a process listens on, as /proc/net writes them. */
const listening = (pid: string): string[] => {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    }),
  );
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'latin1')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode]) => state === '0A' && inodes.has(inode ?? ''))
      .map(([, local = '']) => local),
  );
};

const processIdsOf = (project: Project, program: string): string[] =>
  project.processes().flatMap(({ pid, command }) => (command.includes(program) ? [pid] : []));
