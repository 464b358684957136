// Whoever is not a run of the one workflow on the one protected branch of the one repository hears the same refusal, and
// nonsense makes nobody ask GitHub for keys.
import { describe, expect, it } from 'bun:test';
import { createHmac } from 'node:crypto';

import { doorOf, HUB, key, other, REFUSAL, said } from '../../../test/kit/github/door.ts';
import { claimsOf, ISSUER, type Json, REPOSITORY, signed } from '../../../test/kit/github/oidc.ts';
import { RUNNER_TOKEN, token } from '../../../test/kit/tokens.ts';
import { KEYS_URL } from './github-keys.ts';

const OPERATE = `${REPOSITORY}/.github/workflows/operate.yml`;
const without = (name: string) => ({ [name]: undefined });
const second = () => Math.floor(Date.now() / 1_000);

/** Signed by GitHub, and still not ours. */
const MISUSES: Record<string, Json> = {
  'another issuer': { iss: 'https://token.actions.githubusercontent.com.evil.example' },
  'an issuer with a slash': { iss: `${ISSUER}/` },
  'the issuer of an enterprise': { iss: `${ISSUER}/octo-enterprise` },
  'another audience': { aud: 'https://mcp.example.org' },
  'GitHub’s usual audience': { aud: 'https://github.com/octo-org' },
  'two audiences, one of them ours': { aud: [HUB, 'https://evil.example'] },
  'our audience as a list': { aud: [HUB] },
  'the audience with a path': { aud: `${HUB}/runner` },
  'a fork': { repository: 'mallory/infra' },
  'another case of the name': { repository: 'Octo-org/infra' },
  'a name that was given up and taken again': { repository_id: '75' },
  'another owner': { repository_owner_id: '66' },
  'another workflow': {
    workflow_ref: `${REPOSITORY}/.github/workflows/test.yml@refs/heads/main`,
    job_workflow_ref: `${REPOSITORY}/.github/workflows/test.yml@refs/heads/main`,
  },
  'the workflow of another repository': {
    workflow_ref: `mallory/infra/.github/workflows/operate.yml@refs/heads/main`,
  },
  'a job of another workflow that ours calls': {
    job_workflow_ref: 'mallory/actions/.github/workflows/operate.yml@refs/heads/main',
  },
  'our job called by another workflow': {
    workflow_ref: `${REPOSITORY}/.github/workflows/other.yml@refs/heads/main`,
  },
  'the workflow as another branch has it': { workflow_ref: `${OPERATE}@refs/heads/evil` },
  'the job as another branch has it': { job_workflow_ref: `${OPERATE}@refs/heads/evil` },
  'a pull request': { event_name: 'pull_request' },
  'a pull request of a fork, with rights': { event_name: 'pull_request_target' },
  'a push': { event_name: 'push' },
  'a schedule': { event_name: 'schedule' },
  'another branch': { ref: 'refs/heads/feature' },
  'a pull request’s ref': { ref: 'refs/pull/7/merge' },
  'a tag called main': { ref: 'refs/tags/main' },
  'a tag, by its type': { ref_type: 'tag' },
  'a branch nobody protects': { ref_protected: 'false' },
  'protection as a boolean': { ref_protected: true },
  expired: { exp: second() - 30 },
  'not valid yet': { nbf: second() + 60 },
  'issued in the future': { iat: second() + 60 },
  'a life of a day': { exp: second() + 86_400 },
  'an end as text': { exp: `${second() + 300}` },
  'an end that never comes': { exp: 1e300 },
  'a run that is no number': { run_id: '1001/../1' },
  'a run as a number': { run_id: 1001 },
  ...Object.fromEntries(
    [
      'iss',
      'aud',
      'exp',
      'nbf',
      'iat',
      'repository',
      'repository_id',
      'repository_owner_id',
      'workflow_ref',
      'job_workflow_ref',
      'event_name',
      'ref',
      'ref_type',
      'ref_protected',
      'run_id',
    ].map((name) => [`no ${name}`, without(name)]),
  ),
};

const text = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const hmac = (input: string, secret: string | Buffer) =>
  `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
const inputOf = (header: Json, claims: unknown = said()) =>
  `${text({ typ: 'JWT', kid: key.kid, ...header })}.${text(claims)}`;
const [head = '', body = '', signature = ''] = signed(key, said()).split('.');
const pem = key.publicKey.export({ type: 'spki', format: 'pem' });

/** What somebody without GitHub’s key can make, well formed as it is. */
const FORGERIES: Record<string, string> = {
  'a key in the header': signed({ ...other, kid: key.kid }, said(), { jwk: other.jwk }),
  'a key behind an address': signed({ ...other, kid: key.kid }, said(), {
    jku: 'https://evil.example',
  }),
  'another key under the name of GitHub’s': signed({ ...other, kid: key.kid }, said()),
  'a key that GitHub does not have': signed(other, said()),
  'other claims under the signature': `${head}.${text(said({ run_id: '7' }))}.${signature}`,
  'half a signature': `${head}.${body}.${signature.slice(0, 100)}`,
};

/** What need not be looked at closely. */
const NONSENSE: Record<string, string> = {
  'alg none': `${inputOf({ alg: 'none' })}.`,
  'alg None': `${inputOf({ alg: 'None' })}.${signature}`,
  'HS256 with the public key': hmac(inputOf({ alg: 'HS256' }), pem),
  'HS256 with the key as JSON': hmac(inputOf({ alg: 'HS256' }), JSON.stringify(key.jwk)),
  'HS256 with the runner token': hmac(inputOf({ alg: 'HS256' }), RUNNER_TOKEN),
  'RS512 said, RS256 done': signed(key, said(), { alg: 'RS512' }),
  'PS256 said, RS256 done': signed(key, said(), { alg: 'PS256' }),
  'no kid': signed(key, said(), { kid: undefined }),
  'kid as a list': signed(key, said(), { kid: [key.kid] }),
  'kid with a newline': signed(key, said(), { kid: `${key.kid}\n` }),
  'crit of a thing unknown': signed(key, said(), { crit: ['x'], x: 1 }),
  'an unencoded payload': signed(key, said(), { crit: ['b64'], b64: false }),
  'no signature': `${head}.${body}.`,
  'two parts': `${head}.${body}`,
  'four parts': `${head}.${body}.${signature}.${signature}`,
  'claims that are a list': signed(key, [said()]),
  'claims that are null': signed(key, null),
  'claims that are text': signed(key, 'run'),
  'a client’s token': token({ scope: 'infra:deploy' }),
  'dots alone': '..',
};

describe('a run of GitHub', () => {
  it('is who it says, by GitHub’s key, and GitHub is asked for its keys once', async () => {
    const { show, asked } = doorOf();
    for (const run_id of ['1001', '1002'])
      expect(await show(signed(key, said({ run_id })))).toEqual({
        run: `github:${REPOSITORY}#${run_id}`,
      });
    expect(asked).toEqual([KEYS_URL]);
  });

  it('is for the address that is called, or for the audience that is set', async () => {
    const { show } = doorOf();
    const staging = 'https://mcp-staging.example.com';
    const forStaging = signed(key, claimsOf(staging));
    expect(await show(forStaging)).toEqual(REFUSAL);
    expect(await show(forStaging, `${staging}/runner`)).toMatchObject({ run: expect.any(String) });
    const named = doorOf({ MCP_RUNNER_OIDC_AUDIENCE: 'operations' });
    expect(await named.show(signed(key, said()))).toEqual(REFUSAL);
    expect(await named.show(signed(key, claimsOf('operations')))).toMatchObject({
      run: expect.any(String),
    });
  });

  it('may be of any owner and number where none is set', async () => {
    const unset = { MCP_GITHUB_REPOSITORY_ID: undefined, MCP_GITHUB_OWNER_ID: undefined };
    const { show } = doorOf(unset);
    const moved = said({ repository_id: '75', repository_owner_id: '66' });
    expect(await show(signed(key, moved))).toMatchObject({ run: expect.any(String) });
  });

  it('may be of another workflow and branch where those are set', async () => {
    const set = { MCP_GITHUB_WORKFLOW: 'run.yaml', MCP_GITHUB_REF: 'release/1' };
    const file = `${REPOSITORY}/.github/workflows/run.yaml@refs/heads/release/1`;
    const claims = { ref: 'refs/heads/release/1', workflow_ref: file, job_workflow_ref: file };
    const { show } = doorOf(set);
    expect(await show(signed(key, said(claims)))).toMatchObject({ run: expect.any(String) });
    expect(await show(signed(key, said()))).toEqual(REFUSAL);
  });

  it('stands beside the runner token, which stays as good as it was', async () => {
    const { show, asked } = doorOf();
    expect(await show(RUNNER_TOKEN)).toEqual({});
    expect(await show(`${RUNNER_TOKEN}x`)).toEqual(REFUSAL);
    expect(asked).toEqual([]);
  });
});

describe('refused with one and the same answer', () => {
  it.each(Object.entries(MISUSES))('is a run that GitHub vouches for: %s', async (_, over) => {
    const { show, asked } = doorOf();
    expect(await show(signed(key, said(over)))).toEqual(REFUSAL);
    // Its claims are looked at first.
    expect(asked).toEqual([]);
  });

  it.each(Object.entries(FORGERIES))('is what nobody vouches for: %s', async (_, forged) => {
    const { show } = doorOf();
    expect(await show(forged)).toEqual(REFUSAL);
  });

  it.each(Object.entries(NONSENSE))(
    'is nonsense, without a word to GitHub: %s',
    async (_, text) => {
      const { show, asked } = doorOf();
      expect(await show(text)).toEqual(REFUSAL);
      expect(asked).toEqual([]);
    },
  );
});
