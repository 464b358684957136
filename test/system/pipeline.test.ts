// The steps of the workflows, line by line as they stand in the files, with emulated Cloudflare and GitHub. Each step has the
// variables that its workflow gives it, and no other.
import { afterAll, describe, expect, it, setDefaultTimeout } from 'bun:test';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { startAccount } from '../kit/account/account.ts';
import { SETTINGS } from '../kit/account/alchemy-cli.ts';
import { pipelineIn } from '../kit/account/pipeline.ts';
import { REPOSITORY, startPullRequests } from '../kit/github/pull-requests.ts';
import { keeps } from '../kit/keeps.ts';
import { SHARED_SECRET, bearer } from '../kit/tokens.ts';
import { type Step, linesOf, workflow } from '../kit/workflows.ts';
import { Project, SYSTEM_TEST_MS } from './project.ts';

setDefaultTimeout(SYSTEM_TEST_MS);

const project = new Project();
const account = await startAccount();
const github = startPullRequests();
const start = pipelineIn(project, account);

afterAll(async () => {
  await github[Symbol.asyncDispose]();
  await account[Symbol.asyncDispose]();
  await project[Symbol.asyncDispose]();
});

type Variables = Readonly<Record<string, string>>;

/** The repository's secrets, as its owner has set them. */
const SECRETS: Variables = {
  CLOUDFLARE_API_TOKEN: account.token,
  CLOUDFLARE_ACCOUNT_ID: account.accountId,
  ...Object.fromEntries(Object.entries(SETTINGS).filter(([name]) => name.startsWith('MCP_'))),
};
const REPLACED: Variables = {
  "vars.MCP_HUB_STAGE || 'prod'": 'prod',
  'github.token': github.env['GITHUB_TOKEN'] ?? '',
  'github.event.pull_request.number': '7',
  'github.event.pull_request.head.repo.full_name': REPOSITORY,
};

const valueOf = (expression: string, vars: Variables): string => {
  const [, source, name = ''] = /^(secrets|vars)\.(\w+)$/.exec(expression) ?? [];
  if (source === 'secrets') return SECRETS[name] ?? '';
  const value = source === 'vars' ? (vars[name] ?? '') : REPLACED[expression];
  if (value === undefined) throw new Error(`The test does not know ${expression}.`);
  return value;
};

const file = (name: string): string => join(project.root, name);

/** What GitHub gives every step, and then its own. */
const variablesOf = ({ env }: Step, vars: Variables): Variables => ({
  CI: 'true',
  GITHUB_ACTIONS: 'true',
  GITHUB_REPOSITORY: REPOSITORY,
  GITHUB_API_URL: github.url,
  GITHUB_OUTPUT: file('output'),
  GITHUB_STEP_SUMMARY: file('summary'),
  ...Object.fromEntries(
    Object.entries(env).map(([name, text]) => [
      name,
      String(text).replaceAll(/\$\{\{ (.+?) \}\}/g, (_, expression: string) =>
        valueOf(expression, vars),
      ),
    ]),
  ),
});

const stepOf = (name: string, job: string, script: string): Step => {
  const found = workflow(name).jobs[job]?.steps.find(({ run }) => run?.includes(script));
  if (found === undefined) throw new Error(`${name}: no step runs ${script}.`);
  return found;
};

const begin = (step: Step, vars: Variables = {}) => {
  for (const name of ['output', 'summary']) writeFileSync(file(name), '');
  // An unset variable is an empty one, and so is that for the pauses.
  const given = Object.entries(variablesOf(step, vars)).filter(
    ([name, value]) => name !== 'CANARY_HOLD_S' || value !== '',
  );
  return start(step.run ?? '', Object.fromEntries(given));
};

const host = (worker: string): string => `${worker}.${account.subdomain}.workers.dev`;
const health = async (worker: string): Promise<unknown> =>
  (await account.fetch(host(worker), '/health')).json();

const DEPLOY = stepOf('deploy', 'deploy', 'ci/deploy.ts');
const RECOVER = stepOf('deploy', 'deploy', 'ci/recover.ts');

describe('a push to main', () => {
  keeps(
    ['overview.ci', 'deploy.ci', 'settings.github-secrets'],
    'deploys production behind a canary, with the secrets of the repository, and outputs the Worker’s URL',
    async () => {
      const { code, stdout, output } = await begin(DEPLOY).ended;
      const url = `https://${host('mcp-server')}`;
      expect(code, output).toBe(0);
      expect(stdout.trim().split('\n').at(-1)).toBe(url);
      expect(readFileSync(file('output'), 'utf8')).toBe(`url=${url}\n`);
      expect(readFileSync(file('summary'), 'utf8')).toContain(url);
      for (const step of ['10%', '50%', '100%'])
        expect(output).toContain(`${step} of clients are let in.`);
      expect(await health('mcp-server')).toMatchObject({
        status: 'ok',
        stage: 'prod',
        environment: 'production',
        darkLaunch: { percentage: 100 },
      });
      for (const credential of [{ 'X-MCP-Secret': SHARED_SECRET }, bearer()]) {
        const response = await account.fetch(host('mcp-server'), '/mcp', {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', ...credential },
          body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}',
        });
        expect(response.status).toBe(200);
      }
      for (const secret of Object.values(SECRETS)) expect(output).not.toContain(secret);
    },
  );

  it('that changes nothing of the stack keeps everybody in', async () => {
    const { code, output } = await begin(DEPLOY).ended;
    expect(code, output).toBe(0);
    expect(output).toContain('Nothing has changed, so nothing was deployed.');
    expect(output).not.toContain('to 0%');
  });

  it('that is cancelled half-way lets nobody in to the new version, and leaves nothing to undo', async () => {
    const vars = { ENVIRONMENT: 'staging', CANARY_HOLD_S: '600' };
    const running = begin(DEPLOY, vars);
    const over = running.ended.then(() => true);
    const isOver = () => Promise.race([over, Bun.sleep(50).then(() => false)]);
    while (!running.output().includes('10% of clients are let in.')) if (await isOver()) break;
    running.kill('SIGINT');
    const { code, output } = await running.ended;
    expect(code, output).toBe(1);
    expect(output).toContain('::error::The canary was cancelled.');
    expect(await health('mcp-server')).toMatchObject({ darkLaunch: { percentage: 0 } });
    expect((await begin(RECOVER).ended).output).toContain('There is nothing to undo.');
  });

  it('without a secret ends with one sentence, and touches nothing', async () => {
    const calls = account.journal.length;
    const { MCP_JWT_SECRET: _, ...env } = DEPLOY.env;
    const { code, output } = await begin({ ...DEPLOY, env }).ended;
    expect(code).toBe(1);
    expect(output.trim()).toBe(
      '::error::MCP_JWT_SECRET is not set. Set it as secrets of the repository (gh secret set NAME), or in .env; nothing was touched.',
    );
    expect(account.journal.length).toBe(calls);
  });
});

describe('a pull request', () => {
  const worker = 'mcp-server-preview-7';

  it('gets a stage and a comment that says where, and loses both when it is closed', async () => {
    const shown = await begin(stepOf('preview', 'deploy', 'ci/preview.ts deploy')).ended;
    expect(shown.code, shown.output).toBe(0);
    expect(await health(worker)).toMatchObject({ status: 'ok', environment: 'staging' });
    expect(github.comments.map(({ body }) => body)).toEqual([
      expect.stringContaining(`https://${host(worker)}`),
    ]);
    // Its app leaves an object in its bucket.
    await account.fetch(host('demo-app-preview-7'), '/');

    github.state = 'closed';
    const gone = await begin(stepOf('preview', 'destroy', 'ci/preview.ts destroy')).ended;
    expect(gone.code, gone.output).toBe(0);
    expect(account.names('worker').filter((name) => name.includes('preview-7'))).toEqual([]);
    expect(account.names('bucket').filter((name) => name.includes('preview-7'))).toEqual([]);
    expect(github.comments.map(({ body }) => body)).toEqual([
      expect.stringContaining('was destroyed'),
    ]);
  });
});

it('runs every line of the deploying workflows but the installation, which asks the registry', () => {
  const lines = ['deploy', 'preview'].flatMap((name) =>
    Object.values(workflow(name).jobs).flatMap(linesOf),
  );
  expect([...new Set(lines)]).toEqual([
    'npx -y bun@1.4.5 install --frozen-lockfile',
    'npx -y bun@1.4.5 ci/deploy.ts',
    'npx -y bun@1.4.5 ci/recover.ts',
    'npx -y bun@1.4.5 ci/preview.ts deploy',
    'npx -y bun@1.4.5 ci/preview.ts destroy',
  ]);
  expect(existsSync(file('node_modules'))).toBe(true);
});

it('leaves no process behind', async () => {
  expect(await project.drained()).toEqual([]);
});
