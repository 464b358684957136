// Which secrets there are on this machine, what each is for, and where a rotation is. No value is shown.
import { DEFAULT_KID, signingKey, type TokenKey } from '../../contract/key-ring.ts';
import { secretProblem } from '../../contract/secret.ts';
import { type Command, type World, readOptions } from '../command.ts';
import { type Ring, stepOf } from '../secrets/key-rotation.ts';
import { SECRET_NAMES } from '../secrets/names.ts';
import { DEFAULT_FILE, type EnvFile, openEnvFile } from '../secrets/open-env-file.ts';
import { envOf, ringIn, whenToFinish } from '../secrets/rotate-key.ts';
import { serverKnows } from '../secrets/server-knows.ts';
import { serverUrl } from '../server-url.ts';
import { columns } from '../show.ts';
import { moment } from '../time.ts';
import { tokenSettings } from '../token-settings.ts';

const OPTIONS = {
  env: { type: 'string', default: DEFAULT_FILE },
  url: { type: 'string' },
} as const;

const KEYS: ReadonlySet<string> = new Set(['MCP_JWT_SECRET', 'MCP_JWT_SECRETS']);

export const secretsStatus: Command = {
  name: 'secrets status',
  usage: '[--env FILE] [--url URL]',
  about:
    'Says which secrets and keys are in force here, since when, and what a rotation waits for.',
  details: [
    `--env  the file that holds them (${DEFAULT_FILE})`,
    '--url  also asks this server which of the keys it knows; one it does not know costs a failed login',
  ],
  run: async (argv, world) => {
    const { values } = readOptions(argv, OPTIONS, 0);
    const file = openEnvFile(values.env, SECRET_NAMES, world);
    const ring = ringIn({ file, world });
    const known = values.url === undefined ? undefined : await asked(ring, file, values.url, world);
    world.say(columns([...secretRows(file), ...keyRows(ring, known, world)]));
    world.note(adviceOf(ring, file, world));
    return 0;
  },
};

const secretRows = (file: EnvFile): string[][] =>
  SECRET_NAMES.filter(
    (name) => !KEYS.has(name) && (name !== PREVIOUS || file.get(name) !== undefined),
  ).map((name) => [name, '', fitness(name, file.get(name))]);

const PREVIOUS = 'MCP_SHARED_SECRET_PREVIOUS';

const fitness = (name: string, value: string | undefined): string => {
  if (value === undefined) return 'not set';
  if (secretProblem(name, value) !== undefined) return 'unfit: rotate it';
  return name === PREVIOUS ? 'good until --finish' : 'good';
};

const keyRows = (ring: Ring, known: ReadonlyMap<string, boolean> | undefined, world: World) => {
  const signs = signingKey(ring).kid;
  return keysOf(ring).map((key): string[] => [
    key.name,
    key.kid,
    `${key.kid === signs ? signsSince(key, world) : checks(key, ring)}${toldOf(known?.get(key.kid))}`,
  ]);
};

const toldOf = (isKnown: boolean | undefined): string =>
  isKnown === undefined ? '' : isKnown ? '; the server knows it' : '; the server does not know it';

const signsSince = ({ since }: TokenKey, world: World): string =>
  since === undefined
    ? 'signs and checks'
    : `signs and checks, since ${moment(Date.parse(since) / 1_000, world.now())}`;

const checks = ({ kid, standby }: TokenKey, ring: Ring): string => {
  if (standby === true) return 'checks, and stands by to sign';
  const step = stepOf(ring);
  return step.at === 'signing' && step.old === kid ? 'checks until --finish' : 'checks';
};

interface NamedKey extends TokenKey {
  readonly name: string;
}

const keysOf = ({ jwtSecret, jwtSecrets }: Ring): NamedKey[] => {
  const listed = jwtSecrets.map((key) => ({ ...key, name: 'MCP_JWT_SECRETS' }));
  const isTaken = jwtSecrets.some(({ kid }) => kid === DEFAULT_KID);
  const own = { name: 'MCP_JWT_SECRET', kid: DEFAULT_KID, secret: jwtSecret };
  return isTaken ? listed : [own, ...listed];
};

/** One after another: an address that fails too often at once is shut out. */
const asked = async (
  ring: Ring,
  file: EnvFile,
  url: string,
  world: World,
): Promise<ReadonlyMap<string, boolean>> => {
  const server = serverUrl(world, url);
  const settings = tokenSettings({ env: envOf(file, world.env) });
  const known = new Map<string, boolean>();
  for (const key of keysOf(ring))
    known.set(key.kid, await serverKnows(server, key, settings, world));
  return known;
};

const adviceOf = (ring: Ring, file: EnvFile, world: World): string => {
  const step = stepOf(ring);
  const shared =
    file.get(PREVIOUS) === undefined
      ? []
      : ['When all clients have the new shared secret: bun mcp secrets rotate shared --finish'];
  switch (step.at) {
    case 'settled':
      return [...shared, 'No key is being rotated. To begin: bun mcp secrets rotate jwt'].join(
        '\n',
      );
    case 'known':
      return [...shared, `When ${step.next.kid} is deployed: bun mcp secrets rotate jwt`].join(
        '\n',
      );
    case 'signing':
      return [...shared, whenToFinish(step.next, { file, world })].join('\n');
  }
};
