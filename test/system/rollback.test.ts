// A bad change goes out, and everything the guide offers to undo it: no traffic, the version before, earlier code, a revert.
// The project is a git repository, deployed to an emulated account, with a live runner.
import { afterAll, beforeAll, describe, expect, it, setDefaultTimeout } from 'bun:test';

import { listen } from '../../ci/listen.ts';
import { keeps } from '../kit/keeps.ts';
import { LiveCloud } from './live.ts';
import { SYSTEM_TEST_MS } from './project.ts';

setDefaultTimeout(SYSTEM_TEST_MS);

const live = await LiveCloud.start([]);
afterAll(() => live[Symbol.asyncDispose]());

const git = async (...words: string[]): Promise<void> => {
  const identity = ['-c', 'user.name=grace', '-c', 'user.email=grace@example.com'];
  const run = Bun.spawn(['git', ...identity, ...words], {
    cwd: live.project.root,
    env: { PATH: process.env['PATH'], HOME: live.project.root, GIT_CONFIG_NOSYSTEM: '1' },
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const { code, stderr } = await listen(run).ended;
  expect(code, stderr).toBe(0);
};

const commit = async (message: string): Promise<void> => {
  await git('add', 'alchemy.run.ts', 'demo', 'package.json', 'src');
  await git('commit', '--quiet', '--message', message);
};

const deploy = async (words = '') => {
  const run = await live.alchemy(`deploy --yes --stage prod${words}`);
  expect(run.code, run.output).toBe(0);
  return run;
};

const health = async (): Promise<Record<string, unknown>> => {
  const answer = await live.account.fetch(live.api.hostOf('mcp-server'), '/health');
  return (await answer.json()) as Record<string, unknown>;
};

/** What the server says of itself: its good version, or the bad one. */
const service = async (): Promise<unknown> => (await health())['service'];

const share = async (): Promise<unknown> => (await live.mcp(['rollout'])).output.split('\n')[0];

beforeAll(async () => {
  await git('init', '--quiet');
  await commit('good');
  await deploy();
  live.project.edit('src/mcp/health.ts', (text) => text.replaceAll("'mcp-worker'", "'mcp-wroker'"));
  await commit('bad');
  await deploy();
  await live.startRunner();
});

describe('bun mcp rollback', () => {
  keeps(
    'rollback.previous',
    'takes all traffic away, then serves what ran before; limits and flags stay',
    async () => {
      expect(await service()).toBe('mcp-wroker');
      const { code, output } = await live.mcp(['rollback', '--yes', '--message', 'a typo']);
      expect(code, output).toBe(0);
      expect(output).toContain('Dark launch: 0% (it was 100%).');
      expect(output).toContain('mcp-server serves version 3 again.');
      expect(await service()).toBe('mcp-worker');
      expect(await share()).toBe('0%');
      expect((await live.mcp(['rollout', 'set', '100'])).code).toBe(0);
    },
  );

  it('is seen by whoever looks for drift: which version, since when, by whom and why', async () => {
    const { drift } = await live.operate('detect_drift', { stage: 'prod' });
    expect(drift?.resources).toMatchObject([
      {
        id: 'mcp-server',
        status: 'drifted',
        properties: [{ path: 'version', expected: '4', actual: '3' }],
        detail: expect.stringContaining('bun mcp rollback by grace, 4 to 3: a typo'),
      },
    ]);
  });

  it('is undone only by a deploy that was reviewed and says so', async () => {
    const refusal = await live.refuse('deploy_infrastructure', { stage: 'prod' });
    expect(refusal.code).toBe('PLAN_REQUIRED');
    const planned = await live.plan('prod');
    expect(planned.changes).toMatchObject([{ id: 'mcp-server', action: 'update' }]);
    expect(planned.warnings).toMatchObject([
      { code: 'DRIFTED', message: expect.stringContaining('taken back to version 3, from 4') },
    ]);
    const { planId } = planned;
    const deployed = await live.operate('deploy_infrastructure', { stage: 'prod', planId });
    expect(deployed.error).toBeUndefined();
    expect(await service()).toBe('mcp-wroker');
  });

  it('is undone by Alchemy’s own deploy with --force', async () => {
    expect((await live.mcp(['rollback', '--yes', '--keep-traffic', '--version', '3'])).code).toBe(
      0,
    );
    expect(await service()).toBe('mcp-worker');
    await deploy(' --force');
    expect(await service()).toBe('mcp-wroker');
  });
});

describe('earlier code', () => {
  keeps('rollback.revert', 'is served when the change is reverted and deployed', async () => {
    expect((await live.mcp(['rollback', '--yes'])).code).toBe(0);
    await git('revert', '--no-edit', 'HEAD');
    await deploy();
    expect(await service()).toBe('mcp-worker');
    expect((await live.mcp(['rollout', 'set', '100'])).code).toBe(0);
    const after = await live.plan('prod');
    expect([after.changes, after.warnings]).toEqual([[], []]);
  });

  // HEAD is the good version again, and what came before it the bad one.
  keeps('rollback.previous', 'is served when it is checked out and deployed', async () => {
    await git('checkout', '--quiet', 'HEAD~1');
    await deploy();
    expect(await service()).toBe('mcp-wroker');
  });
});

it('no secret was told', () => {
  expect(live.leaked()).toEqual([]);
});
