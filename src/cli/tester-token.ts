// A token for a program of ours that looks at a running server: short-lived, and let in at any percentage of the dark
// launch.
import { type TokenKey, signingKey } from '../contract/key-ring.ts';
import type { Scope } from '../contract/scopes.ts';
import { tokenIdFor } from '../contract/token-id.ts';
import { type TokenPolicy, ownOrigin } from '../contract/token.ts';
import { signToken } from '../lib/signed-token.ts';
import type { World } from './command.ts';
import { tokenSettings } from './token-settings.ts';

export interface Tester {
  /** Limits are counted by it. */
  readonly client: string;
  readonly scopes: readonly Scope[];
  readonly lifetimeS: number;
}

interface Signer {
  readonly key: TokenKey;
  readonly policy: TokenPolicy;
}

/** Signed as this machine's settings say: throws a CliProblem where they make no token. */
export const testerToken = (
  tester: Tester,
  world: Pick<World, 'env' | 'now' | 'drawId'>,
): Promise<string> => {
  const policy = tokenSettings(world);
  return testerTokenBy({ key: signingKey(policy), policy }, tester, world);
};

/** Signed by a certain key: does a server know it? */
export const testerTokenBy = (
  { key, policy }: Signer,
  { client, scopes, lifetimeS }: Tester,
  { now, drawId }: Pick<World, 'now' | 'drawId'>,
): Promise<string> => {
  const iat = Math.floor(now() / 1_000);
  const claims = {
    ...ownOrigin(policy),
    sub: client,
    client_id: client,
    scope: [...scopes, 'rollout:bypass'].join(' '),
    jti: tokenIdFor(client, drawId()),
    iat,
    exp: iat + lifetimeS,
  };
  return signToken(claims, key);
};
