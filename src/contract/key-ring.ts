// The keys tokens are signed and checked with.
//
// MCP_JWT_SECRET is always there. Its key has the kid `default`, and it alone checks tokens without a kid, such as those
// of the deployment guide's snippet. MCP_JWT_SECRETS adds keys for rotation, a JSON list on one line:
//
//   MCP_JWT_SECRETS=[{"kid":"2026-11","secret":"…"},{"kid":"2026-08","secret":"…"}]
//
// The first that does not stand by signs, all of them check. A rotation refuses nobody when it goes: add the new key, standing
// by, and deploy, so that every server knows it; let it sign and deploy; wait the longest life of a token; drop the old one.
// `bun mcp secrets rotate jwt` takes these steps, and keeps its place in the list itself: which key a new one replaces, and
// since when it signs. A key named `default` in the list takes that kid over from MCP_JWT_SECRET.
//
// With the list set there are several keys, and in strict mode a token must then say which: MCP_JWT_SECRET no longer
// vouches for tokens without a kid. Outside strict mode it does, until it is changed.
import { z } from 'zod';

import { parseJson } from '../lib/json.ts';
import { type Result, err, ok } from '../lib/result.ts';
import { secretProblem } from './secret.ts';

/** Of MCP_JWT_SECRET. */
export const DEFAULT_KID = 'default';
export const KEY_LIST = 'MCP_JWT_SECRETS';

const kid = z.string().regex(/^[\w.-]{1,64}$/);

const listSchema = z
  .array(
    z.strictObject({
      kid,
      secret: z.string(),
      standby: z.literal(true).optional(),
      replaces: kid.optional(),
      since: z.iso.datetime().optional(),
    }),
  )
  .min(1)
  .max(10);

export interface TokenKey {
  readonly kid: string;
  readonly secret: string;
  /** It checks, and does not sign yet. */
  readonly standby?: true | undefined;
  /** The key that it takes the place of, while a rotation is under way. */
  readonly replaces?: string | undefined;
  /** When it began to sign, where that is known. */
  readonly since?: string | undefined;
}

export interface Keys {
  /** MCP_JWT_SECRET */
  readonly jwtSecret: string;
  /** MCP_JWT_SECRETS, where it is set. */
  readonly jwtSecrets?: readonly TokenKey[];
  readonly isJwtStrict?: boolean;
}

/** MCP_JWT_SECRETS → its keys, or sentences that name what is wrong and quote nothing of it. */
export const parseKeys = (value: unknown): Result<readonly TokenKey[], readonly string[]> => {
  const parsed = listSchema.safeParse(typeof value === 'string' ? parseJson(value) : undefined);
  if (!parsed.success)
    return err([
      `${KEY_LIST} is not valid: it must be a JSON list such as [{"kid":"a","secret":"…"}].`,
    ]);
  const keys = parsed.data;
  const problems = keys.flatMap(
    ({ secret }, at) => secretProblem(`${KEY_LIST}[${at}]`, secret) ?? [],
  );
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length)
    problems.push(`${KEY_LIST} has two keys of the same kid.`);
  return problems.length > 0 ? err(problems) : ok(keys);
};

/** The key new tokens are signed with. */
export const signingKey = (keys: Keys): TokenKey =>
  keys.jwtSecrets?.find(({ standby }) => standby !== true) ?? {
    kid: DEFAULT_KID,
    secret: keys.jwtSecret,
  };

export type KeyFailure = 'missing_kid' | 'unknown_kid';

/** Which secret checks a token of this `kid`. A Map, because a kid is a stranger's word: `__proto__` is just unknown. */
export const createKeyLookup = (keys: Keys): ((kid: unknown) => Result<string, KeyFailure>) => {
  const { jwtSecret, jwtSecrets = [], isJwtStrict = false } = keys;
  const byKid = new Map<unknown, string>([
    [DEFAULT_KID, jwtSecret],
    ...jwtSecrets.map(({ kid, secret }): [string, string] => [kid, secret]),
  ]);
  const withoutKid = isJwtStrict && jwtSecrets.length > 0 ? undefined : jwtSecret;
  return (kid) => {
    const secret = kid === undefined ? withoutKid : byKid.get(kid);
    if (secret !== undefined) return ok(secret);
    return err(kid === undefined ? 'missing_kid' : 'unknown_kid');
  };
};
