// A token good for a minute and for looking only: to see whether a server knows the key that signed it.
import type { TokenKey } from '../contract/key-ring.ts';
import { tokenIdFor } from '../contract/token-id.ts';
import { DEFAULT_AUDIENCE, DEFAULT_ISSUER, type TokenPolicy } from '../contract/token.ts';
import { signToken } from '../lib/signed-token.ts';
import type { World } from './command.ts';

const LIFETIME_S = 60;

export const probeToken = (
  client: string,
  key: TokenKey,
  policy: TokenPolicy,
  { now, drawId }: Pick<World, 'now' | 'drawId'>,
): Promise<string> => {
  const iat = Math.floor(now() / 1_000);
  const claims = {
    iss: policy.jwtIssuer ?? DEFAULT_ISSUER,
    aud: policy.jwtAudience ?? DEFAULT_AUDIENCE,
    sub: client,
    client_id: client,
    scope: 'infra:read rollout:bypass',
    jti: tokenIdFor(client, drawId()),
    iat,
    exp: iat + LIFETIME_S,
  };
  return signToken(claims, key);
};
