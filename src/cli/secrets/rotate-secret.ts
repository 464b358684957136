// The secrets that are no signing keys. The shared one has an overlap, because clients hold it; the others have not: what
// holds them is the operator's own.
import { secretProblem } from '../../contract/secret.ts';
import { randomSecret } from '../../lib/ids.ts';
import { CliProblem } from '../command.ts';
import { type Keeping, keep } from './next-steps.ts';
import type { RotationOptions } from './rotate-key.ts';

const SHARED = 'MCP_SHARED_SECRET';
const PREVIOUS = 'MCP_SHARED_SECRET_PREVIOUS';

export const rotateShared = async (
  keeping: Keeping,
  { isFinishing, isNow }: RotationOptions,
): Promise<void> => {
  const { file, world } = keeping;
  const old = file.get(SHARED);
  const previous = file.get(PREVIOUS);
  if (isFinishing) {
    if (previous === undefined) throw new CliProblem('No rotation is under way.');
    await keep(keeping, new Map([[PREVIOUS, undefined]]));
    world.say('The shared secret before is refused once it is deployed.');
    return;
  }
  if (isNow) {
    const gone = previous === undefined ? [] : [[PREVIOUS, undefined] as const];
    await keep(keeping, new Map([[SHARED, randomSecret()], ...gone]));
    world.say('There is a new shared secret. The old one is refused from the deploy on.');
    return;
  }
  if (previous !== undefined)
    throw new CliProblem(
      'The shared secret is being rotated. When all clients have the new one: bun mcp secrets rotate shared --finish',
    );
  const problem = secretProblem(SHARED, old);
  if (problem !== undefined || old === undefined)
    throw new CliProblem(`${problem} Rotate it with --now.`);
  await keep(
    keeping,
    new Map([
      [SHARED, randomSecret()],
      [PREVIOUS, old],
    ]),
  );
  world.say(
    'There is a new shared secret. Once it is deployed both are good: give clients the new one.',
  );
  world.note('When all have it: bun mcp secrets rotate shared --finish');
};

/** `consequence`: what it takes besides a deploy. */
export const rotateAtOnce =
  (variable: string, consequence: string) =>
  async (keeping: Keeping, { isFinishing }: RotationOptions): Promise<void> => {
    if (isFinishing)
      throw new CliProblem(`${variable} has no overlap: it was rotated when it was changed.`);
    await keep(keeping, new Map([[variable, randomSecret()]]));
    keeping.world.say(
      `There is a new ${variable}. From the deploy on the old one is refused. ${consequence}`,
    );
  };
