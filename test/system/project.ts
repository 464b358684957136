// A copy of this project in a folder of its own, started as a user starts it. Dependencies are linked, not installed
// again; what the start writes (.env, .alchemy) stays in the copy and goes with it.
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';

import { listen } from '../../ci/listen.ts';

const ROOT = resolve(import.meta.dir, '../..');
const COPIED = [
  'alchemy.run.ts',
  'bun.lock',
  'ci',
  'demo',
  'package.json',
  'src',
  'tsconfig.json',
  'tsconfig.base.json',
  'tsconfig.bun.json',
  'tsconfig.worker.json',
];
const READY_MS = 60_000;

/** Of one test: it starts a cloud or two, on a machine that may be busy. */
export const SYSTEM_TEST_MS = 120_000;

export interface Running {
  readonly url: string;
  readonly pid: number;
  /** All it has printed so far. */
  output(): string;
  /** Resolves with the exit code. */
  readonly exited: Promise<number>;
  kill(signal: NodeJS.Signals): void;
  /** Milliseconds from the command to the banner. */
  readonly readyMs: number;
}

export class Project implements AsyncDisposable {
  readonly root: string;
  readonly #started: Running[] = [];

  /** `root`: a project that is there already, and goes with this. */
  constructor(root = copyOfThis()) {
    this.root = root;
  }

  /** `bun start`; resolves when it is ready, or when it has ended without being so. */
  async start(
    env: Readonly<Record<string, string>> = {},
    words: readonly string[] = [],
    command: readonly string[] = ['start'],
  ): Promise<Running> {
    const port = env['PORT'] ?? String(await freePort());
    const startedAt = performance.now();
    const child = Bun.spawn([process.execPath, ...command, ...words], {
      cwd: this.root,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], PORT: port, ...env },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    });
    const { output, ended } = listen(child);
    const ready = async () => {
      while (!output().includes('MCP server ready')) await Bun.sleep(20);
    };
    const isReady = await Promise.race([
      ready().then(() => true),
      child.exited.then(() => false),
      Bun.sleep(READY_MS).then(() => false),
    ]);
    if (!isReady) await Promise.race([ended, Bun.sleep(1_000)]);
    const running = {
      url: `http://localhost:${port}`,
      pid: child.pid,
      output,
      exited: child.exited,
      kill: (signal: NodeJS.Signals) => child.kill(signal),
      readyMs: performance.now() - startedAt,
    };
    this.#started.push(running);
    return running;
  }

  /** A tool of the server that was started last; its structured content. */
  call = (tool: string, args: object): Promise<Record<string, unknown>> => {
    const running = this.#started.at(-1);
    if (running === undefined) throw new Error('Nothing has been started here.');
    return callTool(running, this.setting('MCP_SHARED_SECRET'), tool, args);
  };

  /** Changes a file; hands back how to change it back. */
  edit(file: string, change: (text: string) => string): () => void {
    const path = join(this.root, file);
    const before = readFileSync(path, 'utf8');
    const after = change(before);
    if (after === before) throw new Error(`Nothing changed in ${file}.`);
    writeFileSync(path, after);
    return () => writeFileSync(path, before);
  }

  /** A setting as `.env` has it. */
  setting(name: string): string {
    const line = readFileSync(join(this.root, '.env'), 'utf8')
      .split('\n')
      .find((text) => text.startsWith(`${name}=`));
    if (line === undefined) throw new Error(`${name} is not in .env`);
    return line.slice(name.length + 1);
  }

  /** What the servers logged of the error ids in a text: the cause, which no caller is told. */
  logged(text: string): string[] {
    const ids = text.match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? [];
    const folder = join(this.root, '.alchemy', 'log');
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .flatMap(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8').split('\n'))
      .filter((line) => ids.some((id) => line.includes(id)));
  }

  /** The processes that work in this folder. */
  processes(): { pid: string; command: string }[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => cwdOf(pid)?.startsWith(this.root) === true)
      .map((pid) => ({ pid, command: commandOf(pid) }));
  }

  /** Waits until no process works in this folder any more; resolves with those that still do. */
  async drained(limitMs = 5_000): Promise<{ pid: string; command: string }[]> {
    const deadline = performance.now() + limitMs;
    while (this.processes().length > 0 && performance.now() < deadline) await Bun.sleep(50);
    return this.processes();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const running of this.#started) {
      running.kill('SIGTERM');
      await Promise.race([running.exited, Bun.sleep(10_000)]);
    }
    await this.drained();
    rmSync(this.root, { recursive: true, force: true });
  }
}

const copyOfThis = (): string => {
  const parent = join(ROOT, '.cache');
  mkdirSync(parent, { recursive: true });
  const root = mkdtempSync(join(parent, 'system-'));
  for (const name of COPIED) cpSync(join(ROOT, name), join(root, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  return root;
};

const commandOf = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
  } catch {
    return '';
  }
};

const cwdOf = (pid: string): string | undefined => {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
};

export const freePort = (): Promise<number> =>
  new Promise((resolvePort, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        resolvePort(typeof address === 'object' && address !== null ? address.port : 0),
      );
    });
  });

/** One tool call over plain HTTP; the structured content of its result. */
export const callTool = async (running: Running, secret: string, name: string, args: object) => {
  const response = await fetch(`${running.url}/mcp`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-mcp-secret': secret },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name, arguments: args },
    }),
  });
  const { result } = (await response.json()) as {
    result: { structuredContent: Record<string, unknown> };
  };
  return result.structuredContent;
};
