// A new key for tokens, in three steps between which the servers are deployed: it is known everywhere before it signs, and
// the old key goes when the last token of it has ended. Where a rotation is, the list of keys says itself.
import { DEFAULT_KID, type Keys, type TokenKey, signingKey } from '../../contract/key-ring.ts';
import { CLOCK_TOLERANCE_S } from '../../contract/token.ts';
import { CliProblem } from '../command.ts';

export type Step =
  | { readonly at: 'settled' }
  | { readonly at: 'known'; readonly next: TokenKey }
  | { readonly at: 'signing'; readonly next: TokenKey; readonly old: string };

export type Ring = Required<Pick<Keys, 'jwtSecret' | 'jwtSecrets'>>;

const MAX_KEYS = 10;

export const stepOf = ({ jwtSecrets }: Ring): Step => {
  const waiting = jwtSecrets.find(({ standby }) => standby === true);
  if (waiting !== undefined) return { at: 'known', next: waiting };
  const next = jwtSecrets.find(({ replaces }) => replaces !== undefined);
  return next?.replaces === undefined
    ? { at: 'settled' }
    : { at: 'signing', next, old: next.replaces };
};

/** The first step: a key that stands by. */
export const introduced = (ring: Ring, secret: string, now: number): Ring => {
  const { jwtSecrets } = ring;
  if (jwtSecrets.length >= MAX_KEYS)
    throw new CliProblem(`MCP_JWT_SECRETS has ${MAX_KEYS} keys, the most there may be. Drop some.`);
  const replaces = signingKey(ring).kid;
  const kid = freeKid(new Date(now).toISOString().slice(0, 10), jwtSecrets);
  return { ...ring, jwtSecrets: [...jwtSecrets, { kid, secret, standby: true, replaces }] };
};

const freeKid = (day: string, keys: readonly TokenKey[]): string => {
  const taken = new Set(keys.map(({ kid }) => kid));
  let kid = day;
  for (let at = 2; taken.has(kid); at++) kid = `${day}.${at}`;
  return kid;
};

/** The second: it signs. */
export const signing = (ring: Ring, { kid }: TokenKey, now: number): Ring => {
  const since = `${new Date(now).toISOString().slice(0, 19)}Z`;
  const [next, others] = [
    ring.jwtSecrets.filter((key) => key.kid === kid),
    ring.jwtSecrets.filter((key) => key.kid !== kid),
  ];
  return {
    ...ring,
    jwtSecrets: [...next.map(({ standby: _, ...key }) => ({ ...key, since })), ...others],
  };
};

/** When the last token of the old key has ended, in milliseconds; undefined where nobody knows since when the new one signs. */
export const overlapEnd = ({ since }: TokenKey, maxLifetimeS: number): number | undefined =>
  since === undefined ? undefined : Date.parse(since) + (maxLifetimeS + CLOCK_TOLERANCE_S) * 1_000;

/** The third: the old key is gone. `fresh` takes the place of MCP_JWT_SECRET where that was the old one. */
export const finished = (ring: Ring, old: string, fresh: string): Ring => {
  const isListed = ring.jwtSecrets.some(({ kid }) => kid === old);
  const jwtSecrets = ring.jwtSecrets
    .filter(({ kid }) => kid !== old)
    .map(({ replaces: _, ...key }) => key);
  return {
    jwtSecret: !isListed && old === DEFAULT_KID ? fresh : ring.jwtSecret,
    jwtSecrets,
  };
};
