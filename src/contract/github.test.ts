import { describe, expect, it } from 'bun:test';

import { parseGithub, runIdOf, runName, runsUrl } from './github.ts';

const REPOSITORY = 'octo-org/infra';
const TOKEN = 'github_pat_11AAAAAAA0_3f9c1b7e5d2a8c4f';

describe('the settings of GitHub', () => {
  it('have a usual workflow and branch', () => {
    expect(parseGithub({ MCP_GITHUB_REPOSITORY: REPOSITORY, MCP_GITHUB_TOKEN: TOKEN })).toEqual({
      ok: true,
      value: { repository: REPOSITORY, workflow: 'operate.yml', ref: 'main', token: TOKEN },
    });
  });

  it('are nothing where nothing is set, and on a laptop whatever is set', () => {
    const nothing = { ok: true, value: undefined } as const;
    expect(parseGithub({})).toEqual(nothing);
    expect(parseGithub({ MCP_LOCAL: '1', MCP_GITHUB_TOKEN: TOKEN })).toEqual(nothing);
    const all = { MCP_GITHUB_REPOSITORY: REPOSITORY, MCP_GITHUB_TOKEN: TOKEN, MCP_LOCAL: '1' };
    expect(parseGithub(all)).toEqual(nothing);
  });

  it('that are wrong are named, each once, and not quoted', () => {
    const parsed = parseGithub({ MCP_GITHUB_REPOSITORY: 'canary', MCP_GITHUB_REF: 'can..ary' });
    expect(parsed).toEqual({
      ok: false,
      error: [
        'MCP_GITHUB_REPOSITORY is not valid: it must be owner/name.',
        'MCP_GITHUB_REF is not valid: it must be the name of a branch, such as main.',
      ],
    });
  });
});

describe('a run', () => {
  it('has a name that holds its number, and an address', () => {
    const name = runName(REPOSITORY, '1001');
    expect(name).toBe('github:octo-org/infra#1001');
    expect(runIdOf(name)).toBe('1001');
    const place = { repository: REPOSITORY, workflow: 'operate.yml' };
    expect(runsUrl(place, '1001')).toBe('https://github.com/octo-org/infra/actions/runs/1001');
    expect(runsUrl(place)).toBe('https://github.com/octo-org/infra/actions/workflows/operate.yml');
  });
});
