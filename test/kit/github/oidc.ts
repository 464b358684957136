// GitHub's identity provider: keys, their address, and tokens for workflow runs with the claims that GitHub documents
// (docs.github.com/actions/reference/security/oidc). Every key is drawn for the test.
import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';

export const REPOSITORY = 'octo-org/infra';
export const ISSUER = 'https://token.actions.githubusercontent.com';
export const KEYS_PATH = '/.well-known/jwks';

export type Json = Readonly<Record<string, unknown>>;

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwk: Json;
}

export const drawKey = (kid: string): SigningKey => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' };
  return { kid, privateKey, publicKey, jwk };
};

const seconds = (): number => Math.floor(Date.now() / 1_000);

/** What a run of `operate.yml` on the protected main branch says, for `audience`. */
export const claimsOf = (audience: string, over: Json = {}): Json => ({
  jti: crypto.randomUUID(),
  sub: `repo:${REPOSITORY}:environment:production`,
  environment: 'production',
  aud: audience,
  ref: 'refs/heads/main',
  sha: 'a'.repeat(40),
  repository: REPOSITORY,
  repository_owner: 'octo-org',
  actor_id: '12',
  repository_visibility: 'private',
  repository_id: '74',
  repository_owner_id: '65',
  run_id: '1001',
  run_number: '10',
  run_attempt: '1',
  runner_environment: 'github-hosted',
  actor: 'octocat',
  workflow: 'operate',
  head_ref: '',
  base_ref: '',
  event_name: 'workflow_dispatch',
  ref_type: 'branch',
  ref_protected: 'true',
  workflow_ref: `${REPOSITORY}/.github/workflows/operate.yml@refs/heads/main`,
  workflow_sha: 'a'.repeat(40),
  job_workflow_ref: `${REPOSITORY}/.github/workflows/operate.yml@refs/heads/main`,
  job_workflow_sha: 'a'.repeat(40),
  iss: ISSUER,
  nbf: seconds() - 600,
  exp: seconds() + 300,
  iat: seconds(),
  ...over,
});

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export const signed = (key: SigningKey, claims: unknown, header: Json = {}): string => {
  const input = `${part({ typ: 'JWT', alg: 'RS256', kid: key.kid, ...header })}.${part(claims)}`;
  return `${input}.${createSign('RSA-SHA256').update(input).sign(key.privateKey, 'base64url')}`;
};

export const keySet = (...keys: readonly SigningKey[]): Json => ({
  keys: keys.map(({ jwk }) => jwk),
});
