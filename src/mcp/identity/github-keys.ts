// GitHub's public keys, as this isolate remembers them. Strangers can make us look for a key, so looking is rare: jose
// keeps what was found, and looks again for an unknown key only now and then; and whatever came of it, no two looks are
// closer than a moment.
import { type JWTVerifyGetKey, createRemoteJWKSet, customFetch } from 'jose';

import { readBounded } from '../../lib/read-bounded.ts';
import { GITHUB_ISSUER } from './claims.ts';

export const KEYS_URL = `${GITHUB_ISSUER}/.well-known/jwks`;

const KEPT_MS = 10 * 60_000;
const UNKNOWN_KEY_PAUSE_MS = 30_000;
const PAUSE_MS = 2_000;
const TIMEOUT_MS = 3_000;
const MAX_BYTES = 128 * 1_024;

/** GitHub did not say which keys are its own: nobody can say who calls. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}

interface Network {
  readonly fetch: (address: string, init: RequestInit) => Promise<Response>;
  readonly now: () => number;
}

export const createGithubKeys = ({ fetch, now }: Network): JWTVerifyGetKey => {
  let askedAt = -Infinity;
  return createRemoteJWKSet(new URL(KEYS_URL), {
    cacheMaxAge: KEPT_MS,
    cooldownDuration: UNKNOWN_KEY_PAUSE_MS,
    timeoutDuration: TIMEOUT_MS,
    [customFetch]: async (address, { method, headers, redirect, signal }) => {
      const pausedMs = now() - askedAt;
      if (pausedMs >= 0 && pausedMs < PAUSE_MS) throw new KeysUnavailable('Asked a moment ago.');
      askedAt = now();
      try {
        const response = await fetch(address, { method, headers, redirect, signal });
        const text = await readBounded(response, MAX_BYTES);
        if (response.status !== 200 || text === undefined) throw new Error('No keys.');
        return Response.json(JSON.parse(text));
      } catch (cause) {
        throw new KeysUnavailable('GitHub’s keys could not be read.', { cause });
      }
    },
  });
};
