// The project deployed live to an emulated Cloudflare account, with a live runner: operated through its own hub, which runs
// as the uploaded bundle at the account's edge.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

import { listen } from '../../ci/listen.ts';
import { type Account, type AccountOptions, startAccount } from '../kit/account/account.ts';
import { alchemyIn, SETTINGS, TRANSPILED } from '../kit/account/alchemy-cli.ts';
import { type Client as ApiClient, clientOf } from '../kit/account/api-client.ts';
import { ADMIN_TOKEN, JWT_SECRET, RUNNER_TOKEN, SHARED_SECRET } from '../kit/tokens.ts';
import { ended, type Operation, type Refusal, refusalOf, type ToolResult } from './operations.ts';
import { Project } from './project.ts';

const SECRETS = { SHARED_SECRET, JWT_SECRET, RUNNER_TOKEN, ADMIN_TOKEN };

type Variables = Readonly<Record<string, string>>;
type Arguments = Record<string, unknown>;

export interface Ended {
  readonly code: number;
  readonly output: string;
}

export interface RunnerProcess {
  output(): string;
  /** As Ctrl-C does. */
  stop(): Promise<void>;
}

export class LiveCloud implements AsyncDisposable {
  readonly project = new Project();
  readonly account: Account;
  readonly api: ApiClient;
  /** Whatever left the server or a runner so far: answers, progress, what was printed. */
  readonly told: string[] = [];
  /** Of it, the progress. */
  readonly heard: string[] = [];
  readonly #variables: Variables;
  readonly #runners = new Set<RunnerProcess>();
  #client: Client | undefined;

  private constructor(account: Account, variables: Variables) {
    this.account = account;
    this.api = clientOf(account);
    this.#variables = variables;
  }

  /** `variables` are in the environment of every command. */
  static async start(
    zones: readonly string[],
    variables: Variables = {},
    outside?: AccountOptions['outside'],
  ): Promise<LiveCloud> {
    return new LiveCloud(await startAccount({ zones, outside }), variables);
  }

  get hubUrl(): string {
    return `https://${this.api.hostOf('mcp-server')}`;
  }

  /** `bun alchemy …` */
  alchemy = (command: string, variables: Variables = {}) =>
    alchemyIn(this.project, this.account)(command, {
      ENVIRONMENT: 'development',
      ...this.#variables,
      ...variables,
    });

  /** Alchemy's state stays in the project's folder, which is faster. */
  keepStateHere(): void {
    const inFolder = 'mcpState(Alchemy.localState())';
    this.project.edit('alchemy.run.ts', (text) => text.replace('mcpState()', inFolder));
  }

  /** `bun mcp runner`, connected. */
  async startRunner(): Promise<RunnerProcess> {
    const child = this.#mcp(['runner', '--url', this.hubUrl]);
    const { output, ended: printed } = listen(child);
    const runner = {
      output,
      stop: async () => {
        child.kill('SIGINT');
        await printed;
        if (this.#runners.delete(runner)) this.told.push(output());
      },
    };
    this.#runners.add(runner);
    while (!output().includes('Connected.')) {
      if (child.exitCode !== null) throw new Error(output());
      await Bun.sleep(20);
    }
    return runner;
  }

  /** `bun mcp …`, to its end. */
  async mcp(words: readonly string[], variables: Variables = {}): Promise<Ended> {
    const { code, stdout, stderr } = await listen(this.#mcp(words, variables)).ended;
    const output = stdout + stderr;
    this.told.push(output);
    return { code, output };
  }

  /** A tool of the hub. */
  async ask(name: string, args: Arguments = {}): Promise<ToolResult> {
    this.#client ??= await this.#connect();
    const onprogress = ({ message = '' }) => void this.heard.push(message);
    const result = (await this.#client.callTool(
      { name, arguments: args },
      { onprogress },
    )) as ToolResult;
    this.told.push(JSON.stringify(result));
    return result;
  }

  call = async (name: string, args: Arguments = {}): Promise<Record<string, unknown>> => {
    const result = await this.ask(name, args);
    if (result.isError === true) throw new Error(`${name}: ${result.content[0]?.text}`);
    return result.structuredContent ?? {};
  };

  /** An operation's last word. */
  operate = (name: string, args: Arguments): Promise<Operation> => ended(this.call, name, args);

  refuse = async (name: string, args: Arguments): Promise<Refusal> =>
    refusalOf(await this.ask(name, args));

  plan = (stage: string): Promise<Operation> =>
    this.operate('deploy_infrastructure', { stage, dryRun: true });

  async rowsOf(stage: string, query: string): Promise<unknown> {
    return (await this.call('query_database', { stage, query }))['rows'];
  }

  /** Which of the secrets, known by name, somebody could read in what was told or logged. */
  leaked(more: Readonly<Record<string, string>> = {}): string[] {
    const told = [...this.told, ...this.heard, ...this.account.logs].join('\n');
    const secrets = { ...SECRETS, 'API token': this.account.token, ...more };
    return Object.entries(secrets).flatMap(([name, text]) => (told.includes(text) ? name : []));
  }

  /** A person empties a bucket. */
  async emptyBucket(stage: string): Promise<void> {
    const bucket = this.account.names('bucket').find((name) => name.includes(stage)) ?? '';
    const objects = `/r2/buckets/${bucket}/objects`;
    const { result } = await this.api.call('GET', objects);
    const keys = (result as { key: string }[]).map(({ key }) => key);
    await this.api.call('DELETE', objects, keys);
  }

  /** The calls that changed something at Cloudflare since `from`. */
  changesSince(from: number): string[] {
    return this.account.journal
      .slice(from)
      .filter(({ method }) => method !== 'GET')
      .map(({ method, path }) => `${method} ${path}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client?.close();
    for (const runner of this.#runners) await runner.stop();
    await this.account[Symbol.asyncDispose]();
    await this.project[Symbol.asyncDispose]();
  }

  async #connect(): Promise<Client> {
    const client = new Client(
      { name: 'live', version: '1' },
      { versionNegotiation: { mode: 'auto' } },
    );
    const host = this.api.hostOf('mcp-server');
    await client.connect(
      new StreamableHTTPClientTransport(new URL(`${this.hubUrl}/mcp`), {
        fetch: (address, init) => this.account.fetch(host, new URL(address).pathname, init),
        requestInit: { headers: { 'X-MCP-Secret': SHARED_SECRET } },
      }),
    );
    return client;
  }

  #mcp(words: readonly string[], variables: Variables = {}) {
    return Bun.spawn([process.execPath, 'src/cli/main.ts', ...words], {
      cwd: this.project.root,
      env: {
        PATH: process.env['PATH'],
        HOME: this.project.root,
        USER: 'grace',
        NO_COLOR: '1',
        ...TRANSPILED,
        MCP_URL: this.hubUrl,
        ...this.account.environment(),
        ...SETTINGS,
        ENVIRONMENT: 'development',
        ...this.#variables,
        ...variables,
      },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    });
  }
}
