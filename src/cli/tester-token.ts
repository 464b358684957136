// A token for a program of ours that looks at a running server: short-lived, and let in at any percentage of the dark
// launch.
import { signingKey } from '../contract/key-ring.ts';
import type { Scope } from '../contract/scopes.ts';
import { tokenIdFor } from '../contract/token-id.ts';
import { DEFAULT_AUDIENCE, DEFAULT_ISSUER } from '../contract/token.ts';
import { signToken } from '../lib/signed-token.ts';
import type { World } from './command.ts';
import { tokenSettings } from './token-settings.ts';

export interface Tester {
  /** Limits are counted by it. */
  readonly client: string;
  readonly scopes: readonly Scope[];
  readonly lifetimeS: number;
}

/** Throws a CliProblem where this machine's settings make none. */
export const testerToken = (
  { client, scopes, lifetimeS }: Tester,
  world: Pick<World, 'env' | 'now' | 'drawId'>,
): Promise<string> => {
  const settings = tokenSettings(world);
  const iat = Math.floor(world.now() / 1_000);
  const claims = {
    iss: settings.jwtIssuer ?? DEFAULT_ISSUER,
    aud: settings.jwtAudience ?? DEFAULT_AUDIENCE,
    sub: client,
    client_id: client,
    scope: [...scopes, 'rollout:bypass'].join(' '),
    jti: tokenIdFor(client, world.drawId()),
    iat,
    exp: iat + lifetimeS,
  };
  return signToken(claims, signingKey(settings));
};
