// The only place where a stack's process environment is read. Secrets that are not set are not bound: the Worker then
// refuses to serve, instead of serving with an empty secret.
import * as Redacted from 'effect/Redacted';

import { DEFAULT_PORT } from '../contract/port.ts';
import { HUB_STAGE } from '../contract/stage.ts';

const SECRETS = [
  'MCP_SHARED_SECRET',
  'MCP_JWT_SECRET',
  'MCP_JWT_SECRETS',
  'MCP_RUNNER_TOKEN',
  'MCP_ADMIN_TOKEN',
] as const;

const VARIABLES = [
  'ENVIRONMENT',
  'MCP_ALLOWED_ORIGINS',
  'MCP_PROTECTED_STAGES',
  'MCP_JWT_ISSUER',
  'MCP_JWT_AUDIENCE',
  'MCP_JWT_STRICT',
  'DARK_LAUNCH_DEFAULT',
] as const;

const set = (names: readonly string[]): [string, string][] =>
  names.flatMap((name) => {
    const value = process.env[name];
    return value === undefined || value === '' ? [] : [[name, value]];
  });

export const secretsFromEnv = () =>
  Object.fromEntries(set(SECRETS).map(([name, value]) => [name, Redacted.make(value)]));

export const variablesFromEnv = () => Object.fromEntries(set(VARIABLES));

/** The hub listens where its operator says; other stages take what is free. */
export const localPort = (stage: string): number | undefined =>
  stage === HUB_STAGE ? Number(process.env['PORT'] ?? DEFAULT_PORT) : undefined;
