// Previews of pull requests, against GitHub's API as far as they use it; deploys and destroys are scripted.
import { afterAll, beforeEach, describe, expect, it } from 'bun:test';

import { CliProblem } from '../src/cli/command.ts';
import { GITHUB_TOKEN, startPullRequests } from '../test/kit/github/pull-requests.ts';
import { PIPELINE_ENV, type ScriptedWorld, scriptedWorld } from '../test/kit/pipeline-world.ts';
import { preview } from './preview.ts';

const github = startPullRequests();
afterAll(() => github[Symbol.asyncDispose]());

const URL_OF_PREVIEW = 'https://mcp-server-preview-7.example.workers.dev';
const snapshot = JSON.stringify({
  stack: 'any',
  stage: 'preview-7',
  publishedAt: '2026-11-22T10:00:00.000Z',
  resources: [
    {
      id: 'files',
      type: 'Cloudflare.R2.Bucket',
      status: 'created',
      changedAt: null,
      mode: 'live',
      physicalName: 'any-files-preview-7',
      url: null,
      className: null,
      host: null,
      objects: [],
    },
  ],
});

let emptied: string[] = [];
let duringDeploy: () => void = () => {};
let destroyCode = 0;
beforeEach(() => {
  github.comments.length = 0;
  github.refusals.length = 0;
  github.state = 'open';
  emptied = [];
  duringDeploy = () => {};
  destroyCode = 0;
});

const runs = (line: string) => {
  if (line.startsWith('src/runner/show-stage.ts')) return { stdout: `Reading …\n${snapshot}\n` };
  return line.startsWith('alchemy destroy') ? { code: destroyCode } : undefined;
};

const run = async (action: string, env: Record<string, string | undefined> = {}) => {
  const world = scriptedWorld({ ...PIPELINE_ENV, ...github.env, ...env }, runs);
  const tools = {
    cloudflare: { emptyBucket: async (name: string) => void emptied.push(name) },
    serve: async () => {
      world.ran.push('(deploy)');
      duringDeploy();
      return URL_OF_PREVIEW;
    },
  };
  try {
    return { world, code: await preview([action], world, tools), problem: '' };
  } catch (error) {
    if (!(error instanceof CliProblem)) throw error;
    return { world, code: 1, problem: error.message };
  }
};

const destroyed = ({ ran }: ScriptedWorld) =>
  ran.some((line) => line.startsWith('alchemy destroy'));
const bodies = () => github.comments.map(({ body }) => body);

describe('a pull request', () => {
  it('that is opened gets a stage, and a comment that says where', async () => {
    const { code, world } = await run('deploy');
    expect(code).toBe(0);
    expect(world.outputs).toEqual({ url: URL_OF_PREVIEW });
    expect(bodies()).toEqual([expect.stringContaining(URL_OF_PREVIEW)]);
    expect(destroyed(world)).toBe(false);
  });

  it('has one comment, however often it is pushed to and however much others say', async () => {
    github.say('mallory', '<!-- mcp-preview -->\nClick here');
    for (let at = 0; at < 150; at++) github.say('ada', `Remark ${at}`);
    await run('deploy');
    await run('deploy');
    const ours = github.comments.filter(({ user }) => user.login === 'github-actions[bot]');
    expect(ours).toHaveLength(1);
    expect(github.comments[0]?.body).toBe('<!-- mcp-preview -->\nClick here');
  });

  it('that is closed loses its stage, buckets with objects and all, and the comment says so', async () => {
    await run('deploy');
    github.state = 'closed';
    const { code, world } = await run('destroy');
    expect(code).toBe(0);
    expect(emptied).toEqual(['any-files-preview-7']);
    expect(world.ran).toContain('alchemy destroy --stage preview-7 --yes');
    expect(bodies()).toEqual([expect.stringContaining('was destroyed')]);
  });

  it('that is closed twice, or never had a comment, hears nothing of it', async () => {
    for (let at = 0; at < 2; at++) expect((await run('destroy')).code).toBe(0);
    expect(bodies()).toEqual([]);
  });

  it('that is closed while its stage is deployed leaves nothing behind', async () => {
    duringDeploy = () => {
      github.state = 'closed';
    };
    const { code, world } = await run('deploy');
    expect(code).toBe(0);
    expect(destroyed(world)).toBe(true);
    expect(bodies()).toEqual([expect.stringContaining('was destroyed')]);
  });

  it('that was closed before its turn came is not deployed', async () => {
    github.state = 'closed';
    const { code, world } = await run('deploy');
    expect(code).toBe(0);
    expect(world.ran).toEqual([]);
  });

  it('whose deploy fails says so', async () => {
    duringDeploy = () => {
      throw new CliProblem('The deploy of stage preview-7 has failed.');
    };
    const { code, problem } = await run('deploy');
    expect({ code, problem }).toEqual({
      code: 1,
      problem: 'The deploy of stage preview-7 has failed.',
    });
    expect(bodies()).toEqual([expect.stringContaining('could not be deployed')]);
  });

  it('whose stage cannot be destroyed says so, and the job fails', async () => {
    await run('deploy');
    destroyCode = 1;
    const { code, problem } = await run('destroy');
    expect(code).toBe(1);
    expect(problem).toContain('could not be destroyed');
    expect(bodies()).toEqual([expect.stringContaining('could not be destroyed')]);
  });
});

describe('without what a preview takes', () => {
  it.each([
    ['a fork', { HEAD_REPOSITORY: 'mallory/octo-repo' }, 'comes from a fork'],
    [
      'no secrets at all',
      { CLOUDFLARE_API_TOKEN: undefined, CLOUDFLARE_ACCOUNT_ID: undefined },
      'has no Cloudflare secrets',
    ],
  ])('%s: the job says so and passes', async (_, env, expected) => {
    for (const action of ['deploy', 'destroy']) {
      const { code, world } = await run(action, env);
      expect(code).toBe(0);
      expect(world.ran).toEqual([]);
      expect(world.summaries.join()).toContain(expected);
    }
    expect(bodies()).toEqual([]);
  });

  it.each([
    ['a secret', { MCP_JWT_SECRET: undefined }, 'MCP_JWT_SECRET is not set.'],
    ['a number', { PR_NUMBER: '7; rm -rf /' }, 'PR_NUMBER must be the number'],
    ['GitHub’s token', { GITHUB_TOKEN: undefined }, 'GITHUB_TOKEN and GITHUB_REPOSITORY'],
  ])('%s: one sentence, before anything is touched', async (_, env, expected) => {
    const { code, problem, world } = await run('deploy', env);
    expect(code).toBe(1);
    expect(problem).toContain(expected);
    expect(world.ran).toEqual([]);
  });

  it('GitHub: the failure is told without the token', async () => {
    github.refusals.push(500);
    const { problem, world } = await run('deploy');
    expect(problem).toBe('GitHub did not answer to GET /pulls/7 as it should (HTTP 500).');
    expect(problem).not.toContain(GITHUB_TOKEN);
    expect(world.ran).toEqual([]);
  });
});
