// What a deploy needs to be told, checked before anything is touched. In a workflow it comes from the repository's secrets
// and variables.
import { CliProblem, type World } from '../src/cli/command.ts';
import { secretProblem } from '../src/contract/secret.ts';

export const CLOUDFLARE = ['CLOUDFLARE_API_TOKEN', 'CLOUDFLARE_ACCOUNT_ID'] as const;
const SECRETS = ['MCP_SHARED_SECRET', 'MCP_JWT_SECRET'] as const;
const OPTIONAL = ['MCP_ADMIN_TOKEN', 'MCP_RUNNER_TOKEN'] as const;

type Env = World['env'];

/** Says all that is missing at once. `alsoNeeded` are optional settings that this script cannot do without. */
export const requireSettings = (env: Env, alsoNeeded: Readonly<Record<string, string>> = {}) => {
  const missing = [...CLOUDFLARE, ...SECRETS].filter((name) => env[name] === undefined);
  if (missing.length > 0)
    throw new CliProblem(
      `${listed(missing)} ${missing.length === 1 ? 'is' : 'are'} not set. Set ${missing.length === 1 ? 'it' : 'them'} as secrets of the repository (gh secret set NAME), or in .env; nothing was touched.`,
    );
  for (const [name, why] of Object.entries(alsoNeeded))
    if (env[name] === undefined)
      throw new CliProblem(`${name} is not set: ${why}. Nothing was touched.`);
  const given = [...SECRETS, ...OPTIONAL].filter((name) => env[name] !== undefined);
  const [problem] = given.flatMap((name) => secretProblem(name, env[name]) ?? []);
  if (problem !== undefined)
    throw new CliProblem(`${problem} Draw another: openssl rand -hex 32. Nothing was touched.`);
  const same = given.find((name, at) => given.slice(0, at).some((it) => env[it] === env[name]));
  if (same !== undefined)
    throw new CliProblem(`${same} has the same value as another secret. Nothing was touched.`);
};

const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
