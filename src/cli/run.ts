// Finds the command, runs it, and turns what it throws into one sentence and an exit code.
import { type Command, CliProblem, type World } from './command.ts';
import { approve } from './commands/approve.ts';
import { cancel } from './commands/cancel.ts';
import { doctor } from './commands/doctor.ts';
import { journal } from './commands/journal.ts';
import { limit } from './commands/limit.ts';
import { operations } from './commands/operations.ts';
import { rollback } from './commands/rollback.ts';
import { rollout } from './commands/rollout.ts';
import { runner } from './commands/runner.ts';
import { secretsPrint } from './commands/secrets-print.ts';
import { secretsRotate } from './commands/secrets-rotate.ts';
import { secretsStatus } from './commands/secrets-status.ts';
import { start } from './commands/start.ts';
import { tokenInspect } from './commands/token-inspect.ts';
import { tokenRevoke } from './commands/token-revoke.ts';
import { token } from './commands/token.ts';

const COMMANDS: readonly Command[] = [
  start,
  token,
  tokenInspect,
  tokenRevoke,
  operations,
  approve,
  cancel,
  journal,
  runner,
  rollout,
  rollback,
  limit,
  secretsStatus,
  secretsRotate,
  secretsPrint,
  doctor,
];

/** Returns the exit code. */
export const run = async (argv: readonly string[], world: World): Promise<number> => {
  const [first] = argv;
  if (first === undefined || isHelp(first) || first === 'help') {
    world.say(overview());
    return 0;
  }
  const found = find(argv);
  if (found === undefined) {
    const group = COMMANDS.flatMap(({ name }) => (name.startsWith(`${first} `) ? [name] : []));
    world.note(
      group.length > 0
        ? `Which one? ${group.map((name) => `bun mcp ${name}`).join(', ')}`
        : `There is no command "${first}". \`bun mcp\` lists those there are.`,
    );
    return 1;
  }
  const { command, rest } = found;
  if (rest.some(isHelp)) {
    world.say(helpOf(command));
    return 0;
  }
  try {
    return await command.run(rest, world);
  } catch (error) {
    if (!(error instanceof CliProblem)) throw error;
    world.note(error.message);
    return 1;
  }
};

/** The longest name wins: `token inspect` before `token`. */
const find = (argv: readonly string[]) => {
  for (const length of [2, 1]) {
    const name = argv.slice(0, length).join(' ');
    const command = COMMANDS.find((known) => known.name === name);
    if (command !== undefined) return { command, rest: argv.slice(length) };
  }
  return undefined;
};

const isHelp = (word: string): boolean => word === '--help' || word === '-h';

const overview = (): string => `bun mcp <command>

${COMMANDS.map((command) => `  ${command.name} ${command.usage}\n      ${command.about}`).join('\n')}

\`bun mcp <command> --help\` says more. Settings come from the environment and .env. Commands that talk to a server use
--url, else MCP_URL, else http://localhost:$PORT, and MCP_ADMIN_TOKEN.`;

const helpOf = ({ name, usage, about, details }: Command): string =>
  [`bun mcp ${name} ${usage}`, '', about, '', ...details.map((line) => `  ${line}`)].join('\n');
