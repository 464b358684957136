// Each claim alone, and the reason it is refused for: github-identity.test.ts has the whole way in.
import { describe, expect, it } from 'bun:test';

import { type Json, REPOSITORY, claimsOf } from '../../../test/kit/github/oidc.ts';
import type { GithubSettings } from '../../contract/github.ts';
import { judgeClaims } from './claims.ts';

const HUB = 'https://mcp.example.com';
const NOW_S = 1_800_000_000;
const GITHUB: GithubSettings = {
  repository: REPOSITORY,
  workflow: 'operate.yml',
  ref: 'main',
  repositoryId: '74',
  ownerId: '65',
};
const TIMES = { iat: NOW_S, nbf: NOW_S, exp: NOW_S + 300 };

const judge = (over: Json, github = GITHUB) =>
  judgeClaims(claimsOf(HUB, { ...TIMES, ...over }), github, HUB, NOW_S * 1_000);

describe('the claims of a run', () => {
  it('of the one workflow name the run', () => {
    expect(judge({})).toEqual({ ok: true, value: `github:${REPOSITORY}#1001` });
  });

  it('may be of any repository’s number where none is set', () => {
    const { repositoryId: _, ownerId: __, ...named } = GITHUB;
    expect(judge({ repository_id: '1', repository_owner_id: '2' }, named)).toMatchObject({
      ok: true,
    });
  });

  it.each([
    ['run_id', '1001x', 'claims_malformed'],
    ['iss', 'https://evil.example', 'wrong_issuer'],
    ['aud', 'https://other.example', 'wrong_audience'],
    ['repository', 'octo-org/other', 'wrong_repository'],
    ['repository_id', '75', 'wrong_repository'],
    ['repository_owner_id', '66', 'wrong_owner'],
    ['workflow_ref', `${REPOSITORY}/.github/workflows/x.yml@refs/heads/main`, 'wrong_workflow'],
    ['job_workflow_ref', `${REPOSITORY}/.github/workflows/x.yml@refs/heads/main`, 'wrong_workflow'],
    ['event_name', 'push', 'wrong_event'],
    ['ref', 'refs/heads/other', 'wrong_branch'],
    ['ref_type', 'tag', 'wrong_branch'],
    ['ref_protected', 'false', 'branch_not_protected'],
  ] as const)('are refused when %s is %s: %s', (name, value, error) => {
    expect(judge({ [name]: value })).toEqual({ ok: false, error });
  });

  it('are good for as long as they say, give or take ten seconds', () => {
    const error = (over: Json) => {
      const judged = judge(over);
      return judged.ok ? 'good' : judged.error;
    };
    expect(error({ exp: NOW_S - 9 })).toBe('good');
    expect(error({ exp: NOW_S - 10 })).toBe('expired');
    for (const name of ['nbf', 'iat']) {
      expect(error({ [name]: NOW_S + 10 })).toBe('good');
      expect(error({ [name]: NOW_S + 11 })).toBe('not_yet_valid');
    }
    expect(error({ exp: NOW_S + 3_600 })).toBe('good');
    expect(error({ exp: NOW_S + 3_601 })).toBe('lives_too_long');
  });
});
