// The owner's own account, for commands that need more than a running server; and which Worker of it answers at an address.
import { accountIn } from '../cloudflare/account.ts';
import { type Account, type AskCloudflare, createAskCloudflare } from '../cloudflare/api.ts';
import { workerAt } from '../cloudflare/worker-at.ts';
import { problemOf } from './cloudflare-problem.ts';
import { CliProblem, type World } from './command.ts';

export interface OwnAccount {
  readonly account: Account;
  readonly ask: AskCloudflare;
}

export const ownAccount = ({ env }: Pick<World, 'env'>): OwnAccount => {
  const account = accountIn(env);
  if (!account.ok)
    throw new CliProblem(
      `Versions are Cloudflare's own: set ${account.error.join(' and ')} in the environment or .env.`,
    );
  return { account: account.value, ask: createAskCloudflare(account.value) };
};

/** Undefined where that cannot be found out, as behind a route. */
export const workerBehind = async (
  { account, ask }: OwnAccount,
  { hostname }: URL,
): Promise<string | undefined> => {
  const worker = await workerAt(ask, account, hostname);
  if (!worker.ok) throw new CliProblem(problemOf(worker.error));
  return worker.value;
};
