// Frees texts that others wrote of secrets. Apart from secrets.ts, because whoever starts processes does not load Alchemy.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { createRedactor } from '../lib/redact.ts';

/** The last net under texts that others wrote. Base64 too: some errors quote a body. */
export const createScrubber = (secrets: ReadonlySet<string>) =>
  createRedactor(
    [...secrets].flatMap((secret) => [
      secret,
      Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    ]),
  );

const SECRET_VARIABLE = /secret|token|key|password|credential/i;

/** The values of variables that are named like secrets. */
export const secretsIn = (env: Readonly<Record<string, string | undefined>>): ReadonlySet<string> =>
  new Set(
    Object.entries(env).flatMap(([name, value]) =>
      value !== undefined && SECRET_VARIABLE.test(name) ? [value] : [],
    ),
  );

const ENV_FILE = '.env';
const VARIABLE = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=/gm;
/** Of our own settings, those that everybody may know. */
const PUBLIC = /^(?:ENVIRONMENT|PORT|DARK_LAUNCH_DEFAULT|MCP_(?!.*(?:SECRET|TOKEN)).*)$/;

/** The values of whatever the project's `.env` sets: it is where secrets are put, by whatever name. */
export const secretsOfProject = (
  root: string,
  env: Readonly<Record<string, string | undefined>>,
): ReadonlySet<string> => {
  const file = join(root, ENV_FILE);
  if (!existsSync(file)) return new Set();
  const names = [...readFileSync(file, 'utf8').matchAll(VARIABLE)].map(([, name = '']) => name);
  return new Set(names.flatMap((name) => (PUBLIC.test(name) ? [] : (env[name] ?? []))));
};
