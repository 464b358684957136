import { describe, expect, it } from 'bun:test';

import { JWT_SECRET, RUNNER_TOKEN, SHARED_SECRET } from '../../test/kit/tokens.ts';
import { settingsProblem } from './preflight.ts';

const GOOD = { MCP_SHARED_SECRET: SHARED_SECRET, MCP_JWT_SECRET: JWT_SECRET };
const WEAK = 'hunter2';

describe('settings with which the Worker would serve', () => {
  it('are deployed, also without what is optional', () => {
    expect(settingsProblem(GOOD)).toBeUndefined();
    const more = { MCP_RUNNER_TOKEN: RUNNER_TOKEN, ENVIRONMENT: 'staging', MCP_HUB_STAGE: 'live' };
    expect(settingsProblem({ ...GOOD, ...more })).toBeUndefined();
  });
});

describe('settings with which it would not', () => {
  const BAD: [string, Record<string, string>, string][] = [
    ['no secret at all', {}, 'MCP_SHARED_SECRET is not set. MCP_JWT_SECRET is not set.'],
    ['a weak secret', { ...GOOD, MCP_JWT_SECRET: WEAK }, 'MCP_JWT_SECRET is shorter'],
    ['a weak token', { ...GOOD, MCP_ADMIN_TOKEN: WEAK }, 'MCP_ADMIN_TOKEN is shorter'],
    ['one secret for two', { ...GOOD, MCP_RUNNER_TOKEN: JWT_SECRET }, 'the same value'],
    ['keys that are no list', { ...GOOD, MCP_JWT_SECRETS: WEAK }, 'MCP_JWT_SECRETS is not valid'],
    ['another environment', { ...GOOD, ENVIRONMENT: 'prod' }, 'ENVIRONMENT is not valid.'],
    [
      'a token without a repository',
      { ...GOOD, MCP_GITHUB_TOKEN: `github_pat_${'a'.repeat(30)}` },
      'MCP_GITHUB_REPOSITORY',
    ],
    [
      'a share that is none',
      { ...GOOD, DARK_LAUNCH_DEFAULT: 'abc' },
      'DARK_LAUNCH_DEFAULT must be',
    ],
    [
      'patterns that fit no stage',
      { ...GOOD, MCP_PROTECTED_STAGES: 'live;prod' },
      'MCP_PROTECTED_STAGES must be',
    ],
    ['no name of a stage', { ...GOOD, MCP_HUB_STAGE: 'My Stage' }, 'MCP_HUB_STAGE must be'],
  ];

  it.each(BAD)('are refused by name and never quoted: %s', (_, settings, sentence) => {
    const problem = settingsProblem(settings);
    expect(problem).toContain(sentence);
    for (const secret of [SHARED_SECRET, JWT_SECRET, WEAK]) expect(problem).not.toContain(secret);
  });
});
