// The deploy of production, with Alchemy scripted and the real Worker for the server it deploys.
import { describe, expect, it } from 'bun:test';

import { CliProblem } from '../src/cli/command.ts';
import type { TakenBack } from '../src/cloudflare/served-version.ts';
import { useCloud } from '../test/kit/cloud.ts';
import { PIPELINE_ENV, scriptedWorld } from '../test/kit/pipeline-world.ts';
import { ADMIN_TOKEN, JWT_SECRET } from '../test/kit/tokens.ts';
import { deploy } from './deploy.ts';

const cloud = useCloud({ settings: { MCP_ADMIN_TOKEN: ADMIN_TOKEN } });

const snapshot = () =>
  JSON.stringify({
    stack: 'any',
    stage: 'prod',
    publishedAt: '2026-11-22T10:00:00.000Z',
    resources: [
      {
        id: 'tools',
        type: 'Cloudflare.Worker',
        status: 'created',
        changedAt: null,
        mode: 'live',
        physicalName: 'tools',
        url: cloud().url.origin,
        className: null,
        host: null,
        objects: ['StageEngine'],
      },
    ],
  });

interface Case {
  readonly env?: Record<string, string | undefined>;
  readonly planned?: string;
  readonly deployCode?: number;
  readonly takenBack?: TakenBack;
}

const run = async ({
  env = {},
  planned = 'Plan: 1 to update',
  deployCode = 0,
  takenBack,
}: Case = {}) => {
  let version = 'old';
  const runs = (line: string) => {
    if (line.startsWith('src/runner/show-stage.ts')) return { stdout: snapshot() };
    if (line.startsWith('alchemy plan')) return { output: `[12:00] INFO: ${planned}\n` };
    if (line.startsWith('alchemy deploy')) {
      if (deployCode === 0) version = 'new';
      return { code: deployCode };
    }
    if (line.startsWith('mcp rollback')) version = 'old';
    return undefined;
  };
  const world = scriptedWorld({ ...PIPELINE_ENV, STAGE: 'prod', ...env }, runs);
  const tools = {
    activeVersion: async () => version,
    takenBack: async () => takenBack,
  };
  try {
    const code = await deploy([], world, tools);
    return { world, code, problem: '', version };
  } catch (error) {
    if (!(error instanceof CliProblem)) throw error;
    return { world, code: 1, problem: error.message, version };
  }
};

const percentage = async (): Promise<unknown> => {
  const health = (await (await cloud().fetch('/health')).json()) as {
    darkLaunch: { percentage: number };
  };
  return health.darkLaunch.percentage;
};

const did = (ran: readonly string[], start: string) => ran.some((line) => line.startsWith(start));

describe('a deploy of production', () => {
  it('goes through a canary, and ends at the percentage from before', async () => {
    const { world, code, version } = await run();
    expect({ code, version, percentage: await percentage() }).toEqual({
      code: 0,
      version: 'new',
      percentage: 100,
    });
    expect(world.noted.filter((line) => line.includes('let in.'))).toHaveLength(4);
    expect(world.outputs).toEqual({ url: cloud().url.origin });
  });

  it('with CANARY=off takes no admin token and turns nothing', async () => {
    const { world, code } = await run({ env: { CANARY: 'off', MCP_ADMIN_TOKEN: undefined } });
    expect(code).toBe(0);
    expect(world.noted.filter((line) => line.includes('%'))).toEqual([]);
  });

  it('with CANARY=off is rolled back as well where the smoke test fails', async () => {
    const { world, problem, version } = await run({
      env: { CANARY: 'off', MCP_JWT_SECRET: JWT_SECRET.replaceAll('a', 'b') },
    });
    expect(version).toBe('old');
    expect(world.ran).toContain('mcp rollback --yes --version old');
    expect(problem).toContain('The server refuses a token made here');
    expect(problem).toContain('version old of tools serves again, at 0%');
  });

  it('that Alchemy refuses leaves the server as it was', async () => {
    const { world, problem, version } = await run({ deployCode: 1 });
    expect({ version, percentage: await percentage() }).toEqual({
      version: 'old',
      percentage: 100,
    });
    expect(did(world.ran, 'mcp rollback')).toBe(false);
    expect(problem).toBe(
      'The deploy of stage prod has failed; Alchemy says why above. The version before of tools still serves, at 100% as before.',
    );
  });

  it('of what has not changed deploys nothing, keeps everybody in, and still looks whether the server is fit', async () => {
    const { world, code } = await run({ planned: 'Plan: no changes' });
    expect(code).toBe(0);
    expect(await percentage()).toBe(100);
    expect(world.noted.filter((line) => line.includes('%'))).toEqual([]);
    expect(did(world.ran, 'alchemy deploy')).toBe(false);
    expect(world.said.join('\n')).toContain('get_resource_status');
  });

  it('of what was deployed before and taken back is no success: the version before serves', async () => {
    const version = (number: number) => ({ id: String(number), number, createdOn: '' });
    const takenBack = { served: version(2), newest: version(3), at: '' };
    const { world, code, problem } = await run({ planned: 'Plan: no changes', takenBack });
    expect({ code, problem }).toEqual({
      code: 1,
      problem: expect.stringContaining('version 2 serves'),
    });
    expect(did(world.ran, 'alchemy deploy')).toBe(false);
  });
});

describe('what it is told', () => {
  it.each([
    [{ STAGE: undefined }, 'Which stage?'],
    [{ STAGE: 'Prod!' }, 'Which stage?'],
    [{ CANARY: 'no' }, 'CANARY must be on or off'],
    [{ CANARY_STEPS: '50,10' }, 'CANARY_STEPS must be rising'],
    [{ CANARY_STEPS: '10,x' }, 'CANARY_STEPS must be rising'],
    [{ CANARY_STEPS: '0' }, 'CANARY_STEPS must be rising'],
    [{ CANARY_HOLD_S: 'long' }, 'CANARY_HOLD_S must be a number'],
    [
      { CLOUDFLARE_API_TOKEN: undefined, MCP_SHARED_SECRET: undefined },
      'CLOUDFLARE_API_TOKEN and MCP_SHARED_SECRET are not set.',
    ],
    [{ MCP_ADMIN_TOKEN: undefined }, 'MCP_ADMIN_TOKEN is not set: a canary turns'],
    [{ MCP_SHARED_SECRET: 'short' }, 'MCP_SHARED_SECRET is shorter'],
    [{ MCP_SHARED_SECRET: JWT_SECRET }, 'Two secrets have the same value.'],
    [{ MCP_SHARED_SECRET_PREVIOUS: 'short' }, 'MCP_SHARED_SECRET_PREVIOUS is shorter'],
    [{ MCP_JWT_SECRETS: 'no list' }, 'MCP_JWT_SECRETS is not valid'],
  ])('%j is refused in a sentence, before anything is run', async (env, expected) => {
    const { world, problem } = await run({ env });
    expect(problem).toContain(expected);
    expect(world.ran).toEqual([]);
  });
});
