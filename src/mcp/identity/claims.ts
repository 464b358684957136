// What a workflow run of GitHub must say of itself to be taken for ours: by its OIDC token's claims, each of which closes
// a way in. https://docs.github.com/actions/reference/security/oidc. Pure, and it trusts nothing: it is asked before the
// signature is checked, and again after.
import { z } from 'zod';

import { type GithubSettings, runName } from '../../contract/github.ts';
import { type Result, err, ok } from '../../lib/result.ts';

export const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com';

const SKEW_SECONDS = 10;
/** GitHub's live five minutes. */
const MAX_LIFE_SECONDS = 3_600;

const claimsSchema = z.object({
  iss: z.string(),
  aud: z.string(),
  exp: z.int(),
  nbf: z.int(),
  iat: z.int(),
  repository: z.string(),
  repository_id: z.string(),
  repository_owner_id: z.string(),
  workflow_ref: z.string(),
  job_workflow_ref: z.string(),
  event_name: z.string(),
  ref: z.string(),
  ref_type: z.string(),
  ref_protected: z.string(),
  run_id: z.string().regex(/^\d{1,20}$/),
});

export type RunClaimFailure =
  | 'claims_malformed'
  | 'wrong_issuer'
  | 'wrong_audience'
  | 'expired'
  | 'not_yet_valid'
  | 'lives_too_long'
  | 'wrong_repository'
  | 'wrong_owner'
  | 'wrong_workflow'
  | 'wrong_event'
  | 'wrong_branch'
  | 'branch_not_protected';

/** The run's name, or why it is not one of ours. `now` in milliseconds since the epoch. */
export const judgeClaims = (
  claims: unknown,
  github: GithubSettings,
  audience: string,
  now: number,
): Result<string, RunClaimFailure> => {
  const parsed = claimsSchema.safeParse(claims);
  if (!parsed.success) return err('claims_malformed');
  const said = parsed.data;
  const failure =
    wrongToken(said, audience, now / 1_000) ??
    wrongRepository(said, github) ??
    wrongRun(said, github);
  return failure === undefined ? ok(runName(said.repository, said.run_id)) : err(failure);
};

type Said = z.output<typeof claimsSchema>;

const wrongToken = (said: Said, audience: string, now: number): RunClaimFailure | undefined => {
  if (said.iss !== GITHUB_ISSUER) return 'wrong_issuer';
  if (said.aud !== audience) return 'wrong_audience';
  if (said.exp <= now - SKEW_SECONDS) return 'expired';
  if (said.nbf > now + SKEW_SECONDS || said.iat > now + SKEW_SECONDS) return 'not_yet_valid';
  return said.exp - said.iat > MAX_LIFE_SECONDS ? 'lives_too_long' : undefined;
};

/** A name can be given up and taken by somebody else; its number cannot. */
const wrongRepository = (
  said: Said,
  { repository, repositoryId, ownerId }: GithubSettings,
): RunClaimFailure | undefined => {
  if (said.repository !== repository) return 'wrong_repository';
  if (repositoryId !== undefined && said.repository_id !== repositoryId) return 'wrong_repository';
  return ownerId !== undefined && said.repository_owner_id !== ownerId ? 'wrong_owner' : undefined;
};

/**
 * Of the one workflow file, as it stands on the one branch that not everybody may change, started by hand or by us. The
 * job's own file too: a workflow that calls another one gives that one its identity.
 */
const wrongRun = (
  said: Said,
  { repository, workflow, ref }: GithubSettings,
): RunClaimFailure | undefined => {
  const branch = `refs/heads/${ref}`;
  const file = `${repository}/.github/workflows/${workflow}@${branch}`;
  if (said.workflow_ref !== file || said.job_workflow_ref !== file) return 'wrong_workflow';
  if (said.event_name !== 'workflow_dispatch') return 'wrong_event';
  if (said.ref !== branch || said.ref_type !== 'branch') return 'wrong_branch';
  return said.ref_protected === 'true' ? undefined : 'branch_not_protected';
};
