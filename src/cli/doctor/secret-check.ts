// The secrets as they are on this machine, before any of them is sent anywhere. Values are compared, never shown.
import { KEY_LIST, parseKeys, signingKey } from '../../contract/key-ring.ts';
import { secretProblem } from '../../contract/secret.ts';
import { REQUIRED_SECRETS, SERVER_SECRETS } from '../../contract/server-secrets.ts';
import type { World } from '../command.ts';
import { type Finding, bad, good, notable } from './finding.ts';

/** Name → what cannot be done without it. */
const OPTIONAL = {
  MCP_ADMIN_TOKEN: 'rollout, limits and revocations cannot be changed from here',
  MCP_RUNNER_TOKEN: 'the state of a stage cannot be published from here',
} as const;
/** Only there while it is rotated. */
const PREVIOUS = 'MCP_SHARED_SECRET_PREVIOUS';

type Env = World['env'];

export const checkSecrets = ({ env }: Pick<World, 'env'>): Finding[] => {
  const required = REQUIRED_SECRETS.map((name) => secret(name, env[name]));
  const optional = Object.entries(OPTIONAL).map(([name, without]) =>
    env[name] === undefined
      ? notable(`${name} is not set here: ${without}.`)
      : secret(name, env[name]),
  );
  const previous = env[PREVIOUS] === undefined ? [] : [stillGood(env[PREVIOUS])];
  return [...required, ...previous, ...optional, ...keys(env[KEY_LIST]), ...distinct(env)];
};

const secret = (name: string, value: string | undefined): Finding => {
  const problem = secretProblem(name, value);
  if (problem === undefined) return good(`${name} is set here and strong enough.`);
  return bad(
    value === undefined
      ? `${problem} Put the server's own into the environment or .env.`
      : `${problem} Draw another: openssl rand -hex 32.`,
  );
};

const stillGood = (value: string): Finding =>
  secretProblem(PREVIOUS, value) === undefined
    ? notable(
        'The shared secret before is good as well. When all clients have the new one: bun mcp secrets rotate shared --finish.',
      )
    : secret(PREVIOUS, value);

const keys = (list: string | undefined): Finding[] => {
  if (list === undefined) return [];
  const parsed = parseKeys(list);
  if (!parsed.ok) return parsed.error.map((problem) => bad(`${problem} Correct it.`));
  const { kid } = signingKey({ jwtSecret: '', jwtSecrets: parsed.value });
  return [good(`${KEY_LIST} has ${parsed.value.length} good key(s); ${kid} signs here.`)];
};

/** Whoever learns one secret must not have learnt another. */
const distinct = (env: Env): Finding[] => {
  const given = namedSecrets(env);
  const names = given.map(([name]) => name);
  const same = given.flatMap(([name, value], at) =>
    given.slice(at + 1).flatMap(([other, its]) => (its === value ? [`${name} and ${other}`] : [])),
  );
  if (names.length < 2) return [];
  return same.length === 0
    ? [good('No two secrets here are the same.')]
    : same.map((pair) => bad(`${pair} are the same. Draw another: openssl rand -hex 32.`));
};

/** Every secret here, by name: for comparing, and for keeping them out of what is printed. */
export const namedSecrets = (env: Env): [string, string][] => {
  const parsed = env[KEY_LIST] === undefined ? undefined : parseKeys(env[KEY_LIST]);
  const listed = parsed?.ok === true ? parsed.value : [];
  return [
    ...SERVER_SECRETS.flatMap((name): [string, string][] => {
      const value = env[name];
      // Of the list each key is one secret.
      return value === undefined || name === KEY_LIST ? [] : [[name, value]];
    }),
    ...listed.map(({ kid, secret: value }): [string, string] => [`${KEY_LIST} (${kid})`, value]),
  ];
};
