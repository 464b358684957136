// Does Cloudflare serve what was deployed last? Asked only where the account's token is here: it goes to Cloudflare alone.
import { accountIn } from '../../cloudflare/account.ts';
import { createAskCloudflare } from '../../cloudflare/api.ts';
import { findTakenBack } from '../../cloudflare/served-version.ts';
import { workerAt } from '../../cloudflare/worker-at.ts';
import { workerVersions } from '../../cloudflare/worker-versions.ts';
import type { World } from '../command.ts';
import { isThisMachine } from '../server-url.ts';
import { plain } from '../show.ts';
import { type Finding, notable } from './finding.ts';

export const checkVersion = async (
  server: URL,
  { env }: Pick<World, 'env'>,
): Promise<Finding | undefined> => {
  const account = accountIn(env);
  if (!account.ok || isThisMachine(server)) return undefined;
  const ask = createAskCloudflare(account.value);
  const worker = await workerAt(ask, account.value, server.hostname);
  if (!worker.ok || worker.value === undefined) return undefined;
  const taken = await findTakenBack(workerVersions(ask, account.value, worker.value));
  if (taken === undefined) return undefined;
  const { served, newest, at, message } = taken;
  const why = message === undefined ? '' : ` (${plain(message, 100)})`;
  return notable(
    `${worker.value} was taken back to version ${served.number} on ${plain(at)}${why}, from version ${newest.number}. A deploy of the same code does not change that: deploy other code, or this with --force.`,
  );
};
