// One secret on stdout and nothing else, for a pipe: no other command shows one.
import { CliProblem, type Command, readOptions } from '../command.ts';
import { SECRET_NAMES } from '../secrets/names.ts';
import { DEFAULT_FILE, openEnvFile } from '../secrets/open-env-file.ts';

const OPTIONS = { env: { type: 'string', default: DEFAULT_FILE } } as const;

export const secretsPrint: Command = {
  name: 'secrets print',
  usage: 'NAME [--env FILE]',
  about: 'Prints a secret, for a pipe.',
  details: [
    `NAME   ${SECRET_NAMES.join(', ')}`,
    `--env  the file that holds it (${DEFAULT_FILE})`,
    '',
    'bun mcp secrets print MCP_JWT_SECRETS | gh secret set MCP_JWT_SECRETS',
  ],
  run: async (argv, world) => {
    const { values, positionals } = readOptions(argv, OPTIONS, 1);
    const name = SECRET_NAMES.find((known) => known === positionals[0]);
    if (name === undefined)
      throw new CliProblem(`Which secret? There are: ${SECRET_NAMES.join(', ')}.`);
    const value = openEnvFile(values.env, SECRET_NAMES, world).get(name);
    if (value === undefined) throw new CliProblem(`${values.env} has no ${name}.`);
    world.say(value);
    return 0;
  },
};
