// What a stack is evaluated for. Alchemy evaluates `alchemy.run.ts` alike for a deploy, a destroy or a look at its logs; what
// is checked before a deploy must not keep anybody from destroying.
import * as Context from 'effect/Context';

export interface Occasion {
  /** `deploy` also where it is only planned. */
  readonly verb: 'deploy' | 'destroy' | 'look';
  /** Our runner gave the order: it publishes what came of it. */
  readonly isRunner: boolean;
}

/** Alchemy's own commands. */
const COMMANDS: Readonly<Record<string, Occasion['verb']>> = {
  deploy: 'deploy',
  plan: 'deploy',
  dev: 'deploy',
  destroy: 'destroy',
  drift: 'look',
  logs: 'look',
  state: 'look',
  profile: 'look',
  provider: 'look',
  unsafe: 'look',
};

/** For any other program it is unknown, and is taken for a deploy, which needs the most care. */
export const occasionOf = (words: readonly string[]): Occasion => {
  const command = words.find((word) => Object.hasOwn(COMMANDS, word));
  return { verb: COMMANDS[command ?? 'deploy'] ?? 'deploy', isRunner: false };
};

export const Occasion = Context.Reference<Occasion>('alchemy-mcp-worker/Occasion', {
  defaultValue: () => occasionOf(process.argv.slice(2)),
});
