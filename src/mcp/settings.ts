// The Worker's settings, parsed once. It fails closed: with a missing, short or placeholder secret every route but
// /health is refused, and /health names the setting, never its value.
import { z } from 'zod';

import { type Catalog, catalogSchema } from '../contract/catalog.ts';
import { bytesOf } from '../lib/hash.ts';

const MIN_SECRET_BYTES = 32;
/** A random 32-byte secret in hex has about 16 distinct characters; fewer than this is a pattern, not a secret. */
const MIN_DISTINCT_CHARACTERS = 8;
const PLACEHOLDER = /your-|change-?me|placeholder|example|undefined/i;

const list = z
  .string()
  .default('')
  .transform((text) => text.split(/[\s,]+/).filter((item) => item !== ''));

const variables = z.object({
  ENVIRONMENT: z.enum(['development', 'staging', 'production']).default('production'),
  MCP_ALLOWED_ORIGINS: list,
  MCP_JWT_ISSUER: z.string().optional(),
  MCP_JWT_AUDIENCE: z.string().optional(),
});

export interface Settings {
  readonly environment: 'development' | 'staging' | 'production';
  readonly allowedOrigins: readonly string[];
  readonly sharedSecret: string;
  readonly jwtSecret: string;
  /** Absent where no runner may connect. */
  readonly runnerToken?: string;
  readonly jwtIssuer?: string;
  readonly jwtAudience?: string;
  readonly catalog: Catalog;
}

export type Parsed =
  | { readonly settings: Settings }
  /** Sentences an operator can act on; `environment` and `stage` are what could be read. */
  | { readonly problems: readonly string[]; readonly environment: string };

type Env = Readonly<Record<string, unknown>>;

export const parseSettings = (env: Env): Parsed => {
  const problems = [
    ...['MCP_SHARED_SECRET', 'MCP_JWT_SECRET'].flatMap((name) => secretProblem(name, env[name])),
    ...(env['MCP_RUNNER_TOKEN'] === undefined
      ? []
      : secretProblem('MCP_RUNNER_TOKEN', env['MCP_RUNNER_TOKEN'])),
    ...sharedValueProblem(env),
  ];
  const parsed = variables.safeParse(env);
  for (const issue of parsed.error?.issues ?? [])
    problems.push(`${String(issue.path[0])} is not valid.`);
  const catalog = catalogOf(env['MCP_CATALOG']);
  if (catalog === undefined) problems.push('MCP_CATALOG is not valid: deploy with McpServer(…).');
  if (problems.length > 0 || !parsed.success || catalog === undefined)
    return { problems, environment: parsed.data?.ENVIRONMENT ?? 'unknown' };
  return { settings: settingsOf(env, parsed.data, catalog) };
};

const settingsOf = (env: Env, values: z.output<typeof variables>, catalog: Catalog): Settings => {
  const secret = (name: string) => z.string().optional().parse(env[name]);
  const runnerToken = secret('MCP_RUNNER_TOKEN');
  return {
    environment: values.ENVIRONMENT,
    allowedOrigins: values.MCP_ALLOWED_ORIGINS,
    sharedSecret: secret('MCP_SHARED_SECRET') ?? '',
    jwtSecret: secret('MCP_JWT_SECRET') ?? '',
    ...(runnerToken !== undefined && { runnerToken }),
    ...(values.MCP_JWT_ISSUER !== undefined && { jwtIssuer: values.MCP_JWT_ISSUER }),
    ...(values.MCP_JWT_AUDIENCE !== undefined && { jwtAudience: values.MCP_JWT_AUDIENCE }),
    catalog,
  };
};

const secretProblem = (name: string, value: unknown): string[] => {
  if (typeof value !== 'string' || value === '') return [`${name} is not set.`];
  if (bytesOf(value).length < MIN_SECRET_BYTES)
    return [`${name} is shorter than ${MIN_SECRET_BYTES} bytes.`];
  if (PLACEHOLDER.test(value) || new Set(value).size < MIN_DISTINCT_CHARACTERS)
    return [`${name} is a placeholder, not a random secret.`];
  return [];
};

const sharedValueProblem = (env: Env): string[] => {
  const values = ['MCP_SHARED_SECRET', 'MCP_JWT_SECRET', 'MCP_RUNNER_TOKEN']
    .map((name) => env[name])
    .filter((value) => typeof value === 'string' && value !== '');
  return new Set(values).size === values.length ? [] : ['Two secrets have the same value.'];
};

const catalogOf = (value: unknown): Catalog | undefined => {
  try {
    return catalogSchema.parse(typeof value === 'string' ? JSON.parse(value) : value);
  } catch {
    return undefined;
  }
};
