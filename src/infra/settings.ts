// The only place where a stack's process environment is read. Secrets that are not set are not bound: the Worker then
// refuses to serve, instead of serving with an empty secret.
import { createHash } from 'node:crypto';

import * as Redacted from 'effect/Redacted';

import { DEFAULT_PORT } from '../contract/port.ts';
import { SERVER_SECRETS } from '../contract/server-secrets.ts';
import { hubStageOf } from '../contract/stage.ts';

export const VARIABLES = [
  'ENVIRONMENT',
  'MCP_ALLOWED_ORIGINS',
  'MCP_PROTECTED_STAGES',
  'MCP_JWT_ISSUER',
  'MCP_JWT_AUDIENCE',
  'MCP_JWT_STRICT',
  'DARK_LAUNCH_DEFAULT',
  'MCP_GITHUB_REPOSITORY',
  'MCP_GITHUB_WORKFLOW',
  'MCP_GITHUB_REF',
  'MCP_GITHUB_REPOSITORY_ID',
  'MCP_GITHUB_OWNER_ID',
  'MCP_RUNNER_OIDC_AUDIENCE',
] as const;

const set = (names: readonly string[]): [string, string][] =>
  names.flatMap((name) => {
    const value = process.env[name];
    return value === undefined || value === '' ? [] : [[name, value]];
  });

export const secretsFromEnv = () =>
  Object.fromEntries(set(SERVER_SECRETS).map(([name, value]) => [name, Redacted.make(value)]));

export const variablesFromEnv = () => Object.fromEntries(set(VARIABLES));

/** As the Worker will have them, and the hub's stage. */
export const settings = (): Record<string, string> =>
  Object.fromEntries(set([...SERVER_SECRETS, ...VARIABLES, 'MCP_HUB_STAGE']));

export const domainSetting = (): string | undefined => process.env['MCP_DOMAIN'] || undefined;

export const hubStage = (): string => hubStageOf(process.env['MCP_HUB_STAGE']);

export const runnerToken = (): string | undefined => process.env['MCP_RUNNER_TOKEN'] || undefined;

export interface LocalPort {
  readonly port: number;
  /** Fail when it is taken, instead of taking the next that is free. */
  readonly strictPort: boolean;
}

/**
 * The hub listens where its operator says. Any other stage prefers a port that follows from its name: so it has the same
 * one after a restart, and the hub finds it where it was.
 */
export const localPort = (stage: string, hub: string): LocalPort => {
  const [given] = set(['PORT']);
  const base = Number(given?.[1] ?? DEFAULT_PORT);
  if (stage === hub) return { port: base, strictPort: true };
  const above = base + 1 + (hashOf(stage) % SPREAD);
  return { port: above > MAX_PORT ? above - 2 * SPREAD : above, strictPort: false };
};

const SPREAD = 1_000;
const MAX_PORT = 65_535;

const hashOf = (text: string): number => createHash('sha256').update(text).digest().readUInt32BE(0);
