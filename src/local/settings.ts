// The settings a start needs. What the environment says wins; a missing secret is drawn once and kept in `.env`, which git
// ignores and only its owner can read. Bun has loaded an existing `.env` before this runs, but for what the environment has
// empty.
import { parseKeys } from '../contract/key-ring.ts';
import { DEFAULT_PORT } from '../contract/port.ts';
import { secretProblem } from '../contract/secret.ts';
import { hubStageOf, hubStageProblem } from '../contract/stage.ts';
import { type EnvFile, readEnvFile } from '../env-file/env-file.ts';
import { randomSecret } from '../lib/ids.ts';
import { type Result, err, ok } from '../lib/result.ts';

const SECRETS = [
  'MCP_SHARED_SECRET',
  'MCP_JWT_SECRET',
  'MCP_RUNNER_TOKEN',
  'MCP_ADMIN_TOKEN',
] as const;

export interface Settings {
  readonly port: number;
  readonly sharedSecret: string;
  readonly runnerToken: string;
  /** The stage it brings up first. */
  readonly hub: string;
  /** The process environment with what was missing filled in. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly wroteEnvFile: boolean;
}

type Env = Readonly<Record<string, string | undefined>>;

const LEAD = '# Drawn by `start`. Keep it private; delete it to draw new secrets.\n';
const NEEDED = [...SECRETS, 'ENVIRONMENT'] as const;

const isMissing = (env: Env, name: string): boolean => (env[name] ?? '') === '';

/** Draws what is missing and writes it to `file`, unless what is given is unfit to serve with. Safe to repeat: the second time nothing is missing. */
export const completeSettings = (
  given: Env,
  file: string,
): Settings | { readonly problem: string } => {
  const envFile = readEnvFile(file, LEAD);
  const kept = keptIn(envFile, given);
  if (!kept.ok) return { problem: kept.error };
  const env = { ...given, ...kept.value };
  const port = Number(isMissing(env, 'PORT') ? DEFAULT_PORT : env['PORT']);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    return { problem: `PORT must be a whole number from 1 to 65535, not "${env['PORT']}".` };
  const problem =
    weakSecret(env) ?? badKeys(env) ?? sameSecrets(env) ?? hubStageProblem(env['MCP_HUB_STAGE']);
  if (problem !== undefined) return { problem };
  const drawn = new Map(NEEDED.filter((name) => isMissing(env, name)).map(draw));
  const written = drawn.size > 0 ? envFile.change(drawn) : ok(null);
  if (!written.ok) return { problem: written.error };
  const complete: Env = { ...env, ...Object.fromEntries(drawn), PORT: String(port) };
  return {
    port,
    sharedSecret: complete['MCP_SHARED_SECRET'] ?? '',
    runnerToken: complete['MCP_RUNNER_TOKEN'] ?? '',
    hub: hubStageOf(env['MCP_HUB_STAGE']),
    env: complete,
    wroteEnvFile: drawn.size > 0,
  };
};

/** What the file says of what the environment lacks. */
const keptIn = (file: EnvFile, env: Env): Result<Env, string> => {
  const kept: Record<string, string> = {};
  for (const name of NEEDED.filter((it) => isMissing(env, it))) {
    const value = file.get(name);
    if (!value.ok) return err(value.error);
    if (value.value !== undefined) kept[name] = value.value;
  }
  return ok(kept);
};

const draw = (name: (typeof NEEDED)[number]): [string, string] => [
  name,
  name === 'ENVIRONMENT' ? 'development' : randomSecret(),
];

const REMEDY =
  'Delete that line of .env to have one drawn, or set a random one: openssl rand -hex 32';

/** Told before anything is deployed: the server would only refuse to serve with it. */
const weakSecret = (env: Env): string | undefined => {
  const given = SECRETS.filter((name) => !isMissing(env, name));
  const [problem] = given.flatMap((name) => secretProblem(name, env[name]) ?? []);
  return problem === undefined ? undefined : `${problem} ${REMEDY}`;
};

const badKeys = (env: Env): string | undefined => {
  const keys = isMissing(env, 'MCP_JWT_SECRETS') ? undefined : parseKeys(env['MCP_JWT_SECRETS']);
  return keys?.ok === false ? keys.error[0] : undefined;
};

const sameSecrets = (env: Env): string | undefined => {
  const given = SECRETS.filter((name) => !isMissing(env, name));
  const later = given.find((name, at) => given.slice(0, at).some((it) => env[it] === env[name]));
  return later === undefined
    ? undefined
    : `${later} has the same value as another secret. ${REMEDY}`;
};
