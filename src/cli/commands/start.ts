// The local cloud, for a project that has this package among its dependencies. In this repository `bun start` does the
// same, and installs what is missing first.
import { CliProblem, type Command } from '../command.ts';

export const start: Command = {
  name: 'start',
  usage: '[--delete]',
  about: 'Runs the stack of this folder on this machine, with its MCP server, until Ctrl-C.',
  details: [
    '--delete  lets what alchemy.run.ts no longer has be deleted, with its data',
    '',
    'Missing secrets are drawn into .env. PORT chooses the port (8787).',
  ],
  run: async (argv) => {
    const local = await import('../../local/start.ts');
    const problem = await local.start(argv);
    if (problem !== undefined) throw new CliProblem(problem);
    return 0;
  },
};
