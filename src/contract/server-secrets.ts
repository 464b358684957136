// The secrets of a server, judged alike before a deploy and by the Worker itself: with one that is missing or weak it
// serves nothing.
import { KEY_LIST, type TokenKey, parseKeys } from './key-ring.ts';
import { secretProblem } from './secret.ts';

export const REQUIRED_SECRETS = ['MCP_SHARED_SECRET', 'MCP_JWT_SECRET'] as const;
export const OPTIONAL_SECRETS = [
  'MCP_SHARED_SECRET_PREVIOUS',
  'MCP_RUNNER_TOKEN',
  'MCP_ADMIN_TOKEN',
] as const;
/** Drawn by others, so its strength is not ours to judge. */
const FOREIGN_SECRETS = ['MCP_GITHUB_TOKEN'] as const;

/** Every secret of a server, by the name of its variable. */
export const SERVER_SECRETS = [
  ...REQUIRED_SECRETS,
  ...OPTIONAL_SECRETS,
  KEY_LIST,
  ...FOREIGN_SECRETS,
] as const;

type Env = Readonly<Record<string, unknown>>;

/** Sentences that name what is wrong and quote nothing of it, and the keys of MCP_JWT_SECRETS. */
export const serverSecrets = (
  env: Env,
): { readonly problems: readonly string[]; readonly jwtSecrets: readonly TokenKey[] } => {
  const keys = env[KEY_LIST] === undefined ? undefined : parseKeys(env[KEY_LIST]);
  const jwtSecrets = keys?.ok === true ? keys.value : [];
  const given = [
    ...REQUIRED_SECRETS,
    ...OPTIONAL_SECRETS.filter((name) => env[name] !== undefined),
  ];
  const problems = [
    ...given.flatMap((name) => secretProblem(name, env[name]) ?? []),
    ...(keys?.ok === false ? keys.error : []),
    ...sharedValueProblem(env, jwtSecrets),
  ];
  return { problems, jwtSecrets };
};

const sharedValueProblem = (env: Env, jwtSecrets: readonly TokenKey[]): string[] => {
  const values = [
    ...[...REQUIRED_SECRETS, ...OPTIONAL_SECRETS, ...FOREIGN_SECRETS].map((name) => env[name]),
    ...jwtSecrets.map(({ secret }) => secret),
  ].filter((value) => typeof value === 'string' && value !== '');
  return new Set(values).size === values.length ? [] : ['Two secrets have the same value.'];
};
