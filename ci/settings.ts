// What a deploy needs to be told, checked before anything is touched. In a workflow it comes from the repository's secrets
// and variables.
import { CliProblem, type World } from '../src/cli/command.ts';
import { REQUIRED_SECRETS, serverSecrets } from '../src/contract/server-secrets.ts';

export const CLOUDFLARE = ['CLOUDFLARE_API_TOKEN', 'CLOUDFLARE_ACCOUNT_ID'] as const;

type Env = World['env'];

/** Says all that is missing at once. `alsoNeeded` are optional settings that this script cannot do without. */
export const requireSettings = (env: Env, alsoNeeded: Readonly<Record<string, string>> = {}) => {
  const missing = [...CLOUDFLARE, ...REQUIRED_SECRETS].filter((name) => env[name] === undefined);
  if (missing.length > 0)
    throw new CliProblem(
      `${listed(missing)} ${missing.length === 1 ? 'is' : 'are'} not set. Set ${missing.length === 1 ? 'it' : 'them'} as secrets of the repository (gh secret set NAME), or in .env; nothing was touched.`,
    );
  for (const [name, why] of Object.entries(alsoNeeded))
    if (env[name] === undefined)
      throw new CliProblem(`${name} is not set: ${why}. Nothing was touched.`);
  const { problems } = serverSecrets(env);
  if (problems.length > 0)
    throw new CliProblem(
      `${problems.join(' ')} openssl rand -hex 32 draws a secret. Nothing was touched.`,
    );
};

const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
