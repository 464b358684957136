// The token the hub calls another stage's server with: for one call, a minute long, good for one stage and one scope.
// The name is the caller's, so that limits, pages and the log there are kept for whoever really asks.
import { signingKey } from '../contract/key-ring.ts';
import { type Principal, SHARED_SECRET_NAME } from '../contract/principal.ts';
import type { Scope } from '../contract/scopes.ts';
import { ownOrigin } from '../contract/token.ts';
import { now as readClock } from '../lib/clock.ts';
import { randomId } from '../lib/ids.ts';
import { signToken } from '../lib/signed-token.ts';
import type { Settings } from './settings.ts';
import { FORWARDED } from './stage/forward.ts';

const LIFE_S = 60;
/** The shared secret's own name is taken from no token. */
const OPERATOR_NAME = 'hub';

export const createForwardToken =
  (settings: Settings, now: () => number = readClock) =>
  (principal: Principal, scope: Scope, stage: string): Promise<string> => {
    const issuedAt = Math.floor(now() / 1_000);
    return signToken(
      {
        ...ownOrigin(settings),
        sub: nameFor(principal.subject),
        client_id: nameFor(principal.client),
        // The rollout has been asked here already; a stage's own percentage is for those who call it themselves.
        scope: `${scope} rollout:bypass`,
        stages: [stage],
        jti: `${FORWARDED}${randomId()}`,
        iat: issuedAt,
        exp: issuedAt + LIFE_S,
      },
      signingKey(settings),
    );
  };

const nameFor = (name: string): string => (name === SHARED_SECRET_NAME ? OPERATOR_NAME : name);
