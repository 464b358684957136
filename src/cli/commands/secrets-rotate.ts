// New secrets for old, written where they are kept on this machine; a deploy puts them in force.
import { CliProblem, type Command, readOptions } from '../command.ts';
import { SECRET_NAMES } from '../secrets/names.ts';
import type { Keeping } from '../secrets/next-steps.ts';
import { DEFAULT_FILE, openEnvFile } from '../secrets/open-env-file.ts';
import { type RotationOptions, rotateKey } from '../secrets/rotate-key.ts';
import { rotateAtOnce, rotateShared } from '../secrets/rotate-secret.ts';

const OPTIONS = {
  finish: { type: 'boolean', default: false },
  now: { type: 'boolean', default: false },
  gh: { type: 'boolean', default: false },
  env: { type: 'string', default: DEFAULT_FILE },
  url: { type: 'string' },
} as const;

type Rotate = (keeping: Keeping, options: RotationOptions) => Promise<void>;

const ROTATIONS: ReadonlyMap<string, Rotate> = new Map([
  ['jwt', rotateKey],
  ['shared', rotateShared],
  ['admin', rotateAtOnce('MCP_ADMIN_TOKEN', 'Until then `bun mcp` cannot administer the server.')],
  ['runner', rotateAtOnce('MCP_RUNNER_TOKEN', 'Start every runner again with it then.')],
]);

export const secretsRotate: Command = {
  name: 'secrets rotate',
  usage: 'jwt | shared | admin | runner [--finish] [--now] [--gh] [--url URL]',
  about: 'Replaces a secret: the key of tokens in three steps that refuse nobody.',
  details: [
    'jwt       the key tokens are signed with. Called again, it takes the next step:',
    '          1 a new key checks; 2 it signs, once the server at --url knows it; 3 with --finish the old one goes',
    'shared    MCP_SHARED_SECRET; the old one stays good until --finish',
    'admin     MCP_ADMIN_TOKEN, at once',
    'runner    MCP_RUNNER_TOKEN, at once',
    '',
    '--finish  takes the old one away; of jwt when the last token signed with it has ended',
    '--now     waits for nothing: for a secret that has leaked',
    '--gh      also sets the repository’s secrets on GitHub, with the command gh',
    `--env     the file that holds them (${DEFAULT_FILE})`,
    '--url     the server that is asked (MCP_URL, else http://localhost:$PORT)',
    'It shows no secret, and each step takes a deploy of every stage.',
  ],
  run: async (argv, world) => {
    const { values, positionals } = readOptions(argv, OPTIONS, 1);
    const rotate = ROTATIONS.get(positionals[0] ?? '');
    if (rotate === undefined)
      throw new CliProblem(`Which secret? There are: ${[...ROTATIONS.keys()].join(', ')}.`);
    const file = openEnvFile(values.env, SECRET_NAMES, world);
    const { finish: isFinishing, now: isNow, url } = values;
    const keeping = { file, name: values.env, isOnGitHub: values.gh, world };
    await rotate(keeping, { isFinishing, isNow, url });
    return 0;
  },
};
