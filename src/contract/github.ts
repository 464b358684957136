// Where operations are run by GitHub: which repository and workflow, and what opens GitHub's API. Read alike by the edge,
// which checks what a run says of itself, and by the engine, which asks for runs.
import { z } from 'zod';

import { type Result, err, ok } from '../lib/result.ts';

export interface GithubSettings {
  /** `owner/name`, as GitHub writes it. */
  readonly repository: string;
  /** The file in `.github/workflows`. */
  readonly workflow: string;
  /** The branch whose workflow file it is. */
  readonly ref: string;
  /** May start workflows there, and nothing else. Absent where no run is asked for. */
  readonly token?: string;
  readonly repositoryId?: string;
  readonly ownerId?: string;
  /** The audience that a run's identity must name; absent: the address that is called. */
  readonly audience?: string;
}

const REPOSITORY = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})\/(?!\.{1,2}$)[\w.-]{1,100}$/;
const WORKFLOW = /^\w[\w.-]{0,100}\.ya?ml$/;
/** A branch's name, not a full ref. */
const BRANCH = /^(?!refs\/)\w(?:[\w./-]{0,198}\w)?$/;
const NUMBER = /^\d{1,20}$/;
const TOKEN = /^[\x21-\x7e]{20,500}$/;
const AUDIENCE = /^[\x21-\x7e]{1,300}$/;

const variables = z.object({
  MCP_GITHUB_REPOSITORY: z.string().regex(REPOSITORY).optional(),
  MCP_GITHUB_WORKFLOW: z.string().regex(WORKFLOW).default('operate.yml'),
  MCP_GITHUB_REF: z
    .string()
    .regex(BRANCH)
    .refine((ref) => !ref.includes('..'))
    .default('main'),
  MCP_GITHUB_TOKEN: z.string().regex(TOKEN).optional(),
  MCP_GITHUB_REPOSITORY_ID: z.string().regex(NUMBER).optional(),
  MCP_GITHUB_OWNER_ID: z.string().regex(NUMBER).optional(),
  MCP_RUNNER_OIDC_AUDIENCE: z.string().regex(AUDIENCE).optional(),
});

/** What each must be, for a sentence that quotes no value. */
const FORMS: Readonly<Record<string, string>> = {
  MCP_GITHUB_REPOSITORY: 'owner/name',
  MCP_GITHUB_WORKFLOW: 'the name of a file in .github/workflows, such as operate.yml',
  MCP_GITHUB_REF: 'the name of a branch, such as main',
  MCP_GITHUB_TOKEN: 'a GitHub token that may start workflows',
  MCP_GITHUB_REPOSITORY_ID: 'a number',
  MCP_GITHUB_OWNER_ID: 'a number',
  MCP_RUNNER_OIDC_AUDIENCE: 'visible ASCII without spaces',
};

/** Undefined where nothing is set; on a laptop too, whose hub takes no runners from elsewhere. */
export const parseGithub = (
  env: Readonly<Record<string, unknown>>,
): Result<GithubSettings | undefined, readonly string[]> => {
  const parsed = variables.safeParse(env);
  if (!parsed.success) {
    const names = new Set(parsed.error.issues.map(({ path }) => String(path[0])));
    return err([...names].map((name) => `${name} is not valid: it must be ${FORMS[name]}.`));
  }
  const { data } = parsed;
  const { MCP_GITHUB_REPOSITORY: repository, MCP_GITHUB_TOKEN: token } = data;
  if (env['MCP_LOCAL'] === '1') return ok(undefined);
  if (repository === undefined)
    return token === undefined
      ? ok(undefined)
      : err(['MCP_GITHUB_TOKEN needs MCP_GITHUB_REPOSITORY: owner/name.']);
  const { MCP_GITHUB_REPOSITORY_ID: repositoryId, MCP_GITHUB_OWNER_ID: ownerId } = data;
  const { MCP_RUNNER_OIDC_AUDIENCE: audience } = data;
  return ok({
    repository,
    workflow: data.MCP_GITHUB_WORKFLOW,
    ref: data.MCP_GITHUB_REF,
    ...(token !== undefined && { token }),
    ...(repositoryId !== undefined && { repositoryId }),
    ...(ownerId !== undefined && { ownerId }),
    ...(audience !== undefined && { audience }),
  });
};

/** For people: where the runs are seen; one of them, where its number is known. */
export const runsUrl = (
  { repository, workflow }: Pick<GithubSettings, 'repository' | 'workflow'>,
  runId?: string,
): string =>
  runId === undefined
    ? `https://github.com/${repository}/actions/workflows/${workflow}`
    : `https://github.com/${repository}/actions/runs/${runId}`;

/** What a run's name begins with, wherever a runner is named. No other runner may use such a name. */
export const RUN_PREFIX = 'github:';

export const runName = (repository: string, runId: string): string =>
  `${RUN_PREFIX}${repository}#${runId}`;

/** The number in a run's name. */
export const runIdOf = (name: string): string => name.slice(name.lastIndexOf('#') + 1);
