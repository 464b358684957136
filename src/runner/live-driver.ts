// Operations on Cloudflare: no local cloud, the user's own environment, and a process group that can be ended whole.
import { accountIn } from '../cloudflare/account.ts';
import { randomId } from '../lib/ids.ts';
import { type Result, err, ok } from '../lib/result.ts';
import { prepareChild } from './child.ts';
import type { Driver } from './driver.ts';
import { MARK } from './local-cloud/mark.ts';
import { endMarked } from './processes.ts';
import { awaitWorkers } from './readiness.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface LivePlace {
  readonly root: string;
  readonly env: Env;
  readonly runnerToken: string;
}

/** Says what is missing before anything runs: Alchemy would say it half-way, and at length. */
export const createLiveDriver = ({ root, env, runnerToken }: LivePlace): Result<Driver, string> => {
  const account = accountIn(env);
  if (!account.ok)
    return err(
      `A live runner works on your Cloudflare account: set ${account.error.join(' and ')} in the environment or .env.`,
    );
  return ok({
    mode: 'live',
    run: (order, watcher) => {
      const mark = randomId();
      const child = prepareChild({
        root,
        env: liveEnvironment(env, mark),
        onKilled: () => endMarked(mark),
      });
      const running = child.run({ ...order, driver: { mode: 'live' }, runnerToken }, watcher);
      return {
        ...running,
        outcome: running.outcome.then(async (outcome) => {
          if (order.kind !== 'deploy' || outcome.status !== 'succeeded') return outcome;
          // A new domain or certificate may take minutes: that the upload succeeded stands, whatever this finds.
          const silent = outcome.snapshot && (await awaitWorkers(outcome.snapshot));
          if (silent !== undefined) watcher.onStep({ type: 'note', status: silent.slice(0, 500) });
          return outcome;
        }),
      };
    },
  });
};

/** `CI` makes Alchemy take credentials from the environment, where it would otherwise ask a person or a profile. */
const liveEnvironment = (env: Env, mark: string): Record<string, string> => ({
  ...Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  ),
  CI: '1',
  ALCHEMY_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
  [MARK]: mark,
});
