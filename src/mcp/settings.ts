// The Worker's settings, parsed once. It fails closed: with a missing, short or placeholder secret every route but
// /health is refused, and /health names the setting, never its value.
import { z } from 'zod';

import { type Catalog, catalogSchema } from '../contract/catalog.ts';
import { type GithubSettings, parseGithub } from '../contract/github.ts';
import type { Keys, TokenKey } from '../contract/key-ring.ts';
import { serverSecrets } from '../contract/server-secrets.ts';
import { protectedStagesProblem } from '../contract/stage-pattern.ts';
import { tokenPolicyOf, tokenVariables } from '../contract/token-settings.ts';
import type { TokenPolicy } from '../contract/token.ts';

const list = z
  .string()
  .default('')
  .transform((text) => text.split(/[\s,]+/).filter((item) => item !== ''));

const variables = tokenVariables.extend({
  MCP_ALLOWED_ORIGINS: list,
  /** Set by src/infra where the Worker runs on a laptop. */
  MCP_LOCAL: z.literal('1').optional(),
});

export interface Settings extends TokenPolicy, Keys {
  readonly allowedOrigins: readonly string[];
  /** On a laptop: there nothing in front of us checks the Host a page sends. */
  readonly isLocal?: true;
  readonly sharedSecret: string;
  /** The one before it, while clients move to the new one. */
  readonly previousSharedSecret?: string;
  /** Absent where no runner may connect. */
  readonly runnerToken?: string;
  /** Absent where nobody may use the admin API. */
  readonly adminToken?: string;
  /** Absent where GitHub runs no operations. */
  readonly github?: GithubSettings;
  readonly catalog: Catalog;
}

export type Parsed =
  | { readonly settings: Settings }
  /** Sentences an operator can act on; `environment` as far as it could be read. */
  | { readonly problems: readonly string[]; readonly environment: string };

type Env = Readonly<Record<string, unknown>>;

export const parseSettings = (env: Env): Parsed => {
  const { problems: weak, jwtSecrets } = serverSecrets(env);
  const problems = [...weak];
  const github = parseGithub(env);
  if (!github.ok) problems.push(...github.error);
  const unfit = protectedStagesProblem(env['MCP_PROTECTED_STAGES']);
  if (unfit !== undefined) problems.push(unfit);
  const parsed = variables.safeParse(env);
  for (const issue of parsed.error?.issues ?? [])
    problems.push(`${String(issue.path[0])} is not valid.`);
  const catalog = catalogOf(env['MCP_CATALOG']);
  if (catalog === undefined) problems.push('MCP_CATALOG is not valid: deploy with McpServer(…).');
  if (problems.length > 0 || !parsed.success || !github.ok || catalog === undefined)
    return { problems, environment: parsed.data?.ENVIRONMENT ?? 'unknown' };
  const settings = settingsOf(env, parsed.data, jwtSecrets, catalog);
  return { settings: { ...settings, ...(github.value && { github: github.value }) } };
};

/** Every secret there is, for whoever keeps them out of logs. */
export const secretsOf = (settings: Settings): readonly string[] =>
  [
    settings.sharedSecret,
    settings.previousSharedSecret,
    settings.jwtSecret,
    ...(settings.jwtSecrets ?? []).map(({ secret }) => secret),
    settings.runnerToken,
    settings.adminToken,
    settings.github?.token,
  ].filter((secret) => secret !== undefined);

const settingsOf = (
  env: Env,
  values: z.output<typeof variables>,
  jwtSecrets: readonly TokenKey[],
  catalog: Catalog,
): Settings => {
  const secret = (name: string) => z.string().optional().parse(env[name]);
  const previousSharedSecret = secret('MCP_SHARED_SECRET_PREVIOUS');
  const runnerToken = secret('MCP_RUNNER_TOKEN');
  const adminToken = secret('MCP_ADMIN_TOKEN');
  return {
    ...tokenPolicyOf(values),
    allowedOrigins: values.MCP_ALLOWED_ORIGINS,
    ...(values.MCP_LOCAL === '1' && { isLocal: true as const }),
    sharedSecret: secret('MCP_SHARED_SECRET') ?? '',
    ...(previousSharedSecret !== undefined && { previousSharedSecret }),
    jwtSecret: secret('MCP_JWT_SECRET') ?? '',
    ...(jwtSecrets.length > 0 && { jwtSecrets }),
    ...(runnerToken !== undefined && { runnerToken }),
    ...(adminToken !== undefined && { adminToken }),
    catalog,
  };
};

const catalogOf = (value: unknown): Catalog | undefined => {
  try {
    return catalogSchema.parse(typeof value === 'string' ? JSON.parse(value) : value);
  } catch {
    return undefined;
  }
};
