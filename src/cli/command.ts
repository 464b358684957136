// What every command of `bun mcp` is made of: data for the help text, and one function of its words and the world.
import { type ParseArgsConfig, parseArgs } from 'node:util';

/** Everything outside the program, so that a command can be run by a test as it is by a person. */
export interface World {
  /** Bun has read `.env` into it. Empty variables are not there. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly drawId: () => string;
  readonly readInput: () => Promise<string>;
  /** One line of the input: what a person answers. Empty when the input has ended. */
  readonly readLine: () => Promise<string>;
  /** The answer, for a person or the next program: stdout. */
  readonly say: (text: string) => void;
  /** What there is to know about the answer: stderr. */
  readonly note: (text: string) => void;
}

export interface Command {
  /** `token inspect` */
  readonly name: string;
  /** What may follow the name. */
  readonly usage: string;
  readonly about: string;
  /** The options and what they mean, a line each; `--help` shows them. */
  readonly details: readonly string[];
  /** Returns the exit code, or throws a CliProblem. */
  run(argv: readonly string[], world: World): Promise<number>;
}

/** A failure a person can act on: its message is all they see of it. */
export class CliProblem extends Error {
  override readonly name = 'CliProblem';
}

/** Options by the rules of node:util, a misuse of them in one sentence. */
export const readOptions = <const O extends NonNullable<ParseArgsConfig['options']>>(
  argv: readonly string[],
  options: O,
  maxPositionals: number,
) => {
  const parsed = parse(argv, options);
  const extra = parsed.positionals[maxPositionals];
  if (extra !== undefined) throw new CliProblem(`There is one word too many: "${extra}".`);
  return parsed;
};

const parse = <const O extends NonNullable<ParseArgsConfig['options']>>(
  argv: readonly string[],
  options: O,
) => {
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: true });
  } catch (error) {
    const [reason = ''] = error instanceof Error ? error.message.split(/\. |\n/) : [];
    throw new CliProblem(`${reason.replace(/\.$/, '')}.`, { cause: error });
  }
};
