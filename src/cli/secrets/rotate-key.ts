// `bun mcp secrets rotate jwt`: the next step of a rotation, each time it is called.
import { KEY_LIST, type TokenKey } from '../../contract/key-ring.ts';
import { tokenVariables } from '../../contract/token-settings.ts';
import { maxLifetimeS } from '../../contract/token.ts';
import { randomSecret } from '../../lib/ids.ts';
import { CliProblem, type World } from '../command.ts';
import { serverUrl } from '../server-url.ts';
import { moment } from '../time.ts';
import { tokenSettings } from '../token-settings.ts';
import { finished, introduced, overlapEnd, type Ring, signing, stepOf } from './key-rotation.ts';
import { type Keeping, keep } from './next-steps.ts';
import type { EnvFile } from './open-env-file.ts';
import { serverKnows } from './server-knows.ts';

const SECRET = 'MCP_JWT_SECRET';

export interface RotationOptions {
  readonly isFinishing: boolean;
  /** Without waiting for anything. */
  readonly isNow: boolean;
  readonly url: string | undefined;
}

export const rotateKey = async (keeping: Keeping, options: RotationOptions): Promise<void> => {
  const ring = ringIn(keeping);
  const step = stepOf(ring);
  if (options.isNow && !options.isFinishing) return replaceAtOnce(ring, keeping);
  if (options.isFinishing) return finish(ring, keeping, options);
  switch (step.at) {
    case 'settled':
      return introduce(ring, keeping);
    case 'known':
      return letSign(ring, step.next, keeping, options);
    case 'signing':
      throw new CliProblem(
        `Key ${step.next.kid} signs already. ${whenToFinish(step.next, keeping)}`,
      );
  }
};

export const ringIn = ({ file, world }: Pick<Keeping, 'file' | 'world'>): Ring => {
  const { jwtSecret, jwtSecrets = [] } = tokenSettings({ env: envOf(file, world.env) });
  return { jwtSecret, jwtSecrets };
};

/** The environment as it is once the file is loaded. */
export const envOf = (file: EnvFile, env: World['env']): World['env'] => ({
  ...Object.fromEntries(
    [...Object.keys(tokenVariables.shape), SECRET, KEY_LIST].map((name) => [name, file.get(name)]),
  ),
  ...env,
});

const introduce = async (ring: Ring, keeping: Keeping): Promise<void> => {
  const { world } = keeping;
  const after = introduced(ring, randomSecret(), world.now());
  await write(ring, after, keeping);
  const step = stepOf(after);
  const kid = step.at === 'known' ? step.next.kid : '';
  world.say(`Step 1 of 3: key ${kid} is there. It checks tokens, and signs none yet.`);
  world.note('Once it is deployed: bun mcp secrets rotate jwt, with --url or MCP_URL');
};

const letSign = async (
  ring: Ring,
  next: TokenKey,
  keeping: Keeping,
  { url }: RotationOptions,
): Promise<void> => {
  const { world, file } = keeping;
  const server = serverUrl(world, url);
  const settings = tokenSettings({ env: envOf(file, world.env) });
  if (!(await serverKnows(server, next, settings, world)))
    throw new CliProblem(
      `${server.origin} does not know key ${next.kid} yet, and would refuse its tokens. Deploy it first, then call this again.`,
    );
  const after = signing(ring, next, world.now());
  await write(ring, after, keeping);
  world.say(`Step 2 of 3: ${server.origin} knows key ${next.kid}, and it signs from now on.`);
  const step = stepOf(after);
  if (step.at === 'signing') world.note(whenToFinish(step.next, keeping));
};

const finish = async (ring: Ring, keeping: Keeping, { isNow }: RotationOptions): Promise<void> => {
  const { world } = keeping;
  const step = stepOf(ring);
  if (step.at === 'settled') throw new CliProblem('No rotation is under way.');
  if (step.at === 'known')
    throw new CliProblem(
      `Key ${step.next.kid} does not sign yet. First: bun mcp secrets rotate jwt`,
    );
  const end = overlapEnd(step.next, maxLifetimeOf(keeping));
  if (!isNow && (end === undefined || world.now() < end))
    throw new CliProblem(
      `${whenToFinish(step.next, keeping)} With --now those tokens are refused.`,
    );
  await write(ring, finished(ring, step.old, randomSecret()), keeping);
  world.say(
    `Step 3 of 3: key ${step.old} is gone, and its tokens are refused once it is deployed.`,
  );
};

/** For a key that has leaked: whoever has a token of it needs another. */
const replaceAtOnce = async (ring: Ring, keeping: Keeping): Promise<void> => {
  const { world } = keeping;
  const started =
    stepOf(ring).at === 'settled' ? introduced(ring, randomSecret(), world.now()) : ring;
  const step = stepOf(started);
  const signs = step.at === 'known' ? signing(started, step.next, world.now()) : started;
  const last = stepOf(signs);
  if (last.at !== 'signing') throw new CliProblem('The list of keys tells of no rotation.');
  await write(ring, finished(signs, last.old, randomSecret()), keeping);
  world.say(
    `Key ${last.next.kid} signs now, and key ${last.old} is gone. Every token of it ends with the deploy.`,
  );
};

const write = (before: Ring, after: Ring, keeping: Keeping): Promise<void> =>
  keep(
    keeping,
    new Map([
      [KEY_LIST, JSON.stringify(after.jwtSecrets)],
      ...(after.jwtSecret === before.jwtSecret ? [] : [[SECRET, after.jwtSecret] as const]),
    ]),
  );

const maxLifetimeOf = ({ file, world }: Pick<Keeping, 'file' | 'world'>): number =>
  maxLifetimeS(tokenSettings({ env: envOf(file, world.env) }).environment);

export const whenToFinish = (next: TokenKey, keeping: Pick<Keeping, 'file' | 'world'>): string => {
  const end = overlapEnd(next, maxLifetimeOf(keeping));
  return end === undefined
    ? `Since when ${next.kid} signs is not known: wait the longest life of a token, then --finish --now.`
    : `Tokens of key ${next.replaces} are good until ${moment(Math.ceil(end / 1_000), keeping.world.now())}; then: bun mcp secrets rotate jwt --finish`;
};
