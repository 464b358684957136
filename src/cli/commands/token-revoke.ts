// Ends a token before its time, or all tokens of a client. Revocations are kept per client, so every form comes down to
// a client; a word that could be a client as well as an id somebody else made is asked about and not guessed at, since
// revoking the wrong thing looks like success.
import { z } from 'zod';

import { type Revocation, revocationSchema } from '../../contract/admin.ts';
import { clientOfTokenId } from '../../contract/token-id.ts';
import { CLOCK_TOLERANCE_S, maxLifetimeS } from '../../contract/token.ts';
import { claimsOf } from '../../lib/signed-token.ts';
import { createAskAdmin } from '../admin-client.ts';
import { CliProblem, type Command, readOptions } from '../command.ts';
import { looksLikeToken } from '../token-input.ts';

const OPTIONS = { client: { type: 'string' }, url: { type: 'string' } } as const;

export const tokenRevoke: Command = {
  name: 'token revoke',
  usage: 'ID | TOKEN | CLIENT [--client NAME] [--url URL]',
  about: 'Ends one token, or every token a client was given up to now.',
  details: [
    'ID or TOKEN  one token; an id that `bun mcp token` did not make needs --client',
    'CLIENT       every token of that client issued up to now',
    '--client     whose token the id is; without an id, the client',
    '--url        the server (MCP_URL, else http://localhost:$PORT)',
  ],
  run: async (argv, world) => {
    const { values, positionals } = readOptions(argv, OPTIONS, 1);
    const revocation = revocationSchema.safeParse(
      revocationOf(positionals[0], values.client, world.now() / 1_000),
    );
    if (!revocation.success)
      throw new CliProblem(
        'A client and an id are visible ASCII characters; shared-secret is no client with tokens, and ends with another MCP_SHARED_SECRET.',
      );
    const ask = createAskAdmin(world, values.url);
    await ask({
      method: 'POST',
      path: '/admin/revocations',
      body: revocation.data,
      answer: z.unknown(),
    });
    world.say(confirmationOf(revocation.data));
    return 0;
  },
};

const revocationOf = (word: string | undefined, client: string | undefined, nowS: number) => {
  if (word === undefined) {
    if (client !== undefined) return { client };
    throw new CliProblem('What is to be revoked? Give a token, its id, or a client.');
  }
  if (looksLikeToken(word)) return ofToken(word, client);
  const owner = clientOfTokenId(word);
  if (owner !== undefined && client !== undefined && owner !== client)
    throw new CliProblem(`This is the id of a token of ${owner}, not of ${client}.`);
  const known = client ?? owner;
  // Its end is not known, but nothing lives longer than this anywhere.
  const until = Math.ceil(nowS) + maxLifetimeS('development') + CLOCK_TOLERANCE_S;
  if (known !== undefined) return { client: known, jti: word, until };
  if (looksLikeForeignId(word))
    throw new CliProblem(
      `"${word}" looks like the id of a token. Say whose with --client NAME; if it is itself a client, leave the word out and write --client ${word}.`,
    );
  return { client: word };
};

/** Nobody needs to vouch for a token that is to be refused. */
const ofToken = (token: string, given: string | undefined) => {
  const claims = claimsOf(token) ?? {};
  const client = claims['client_id'] ?? claims['sub'];
  const { jti, exp } = claims;
  if (typeof client !== 'string' || typeof exp !== 'number')
    throw new CliProblem('This token names no client or has no end; the server refuses it anyway.');
  if (given !== undefined && given !== client)
    throw new CliProblem(`This is a token of ${client}, not of ${given}.`);
  if (jti === undefined)
    throw new CliProblem(
      `This token has no id (jti), so it can only be ended with all others of its client: bun mcp token revoke --client ${client}`,
    );
  return { client, jti, until: Math.ceil(exp) + CLOCK_TOLERANCE_S };
};

/** A UUID, or 16 and more characters with a digit among them, or parts divided by dots. */
const looksLikeForeignId = (word: string): boolean =>
  /^(?=[^\d]*\d)[\w-]{16,}$|^[\w-]+\.[\w.-]{16,}$/.test(word);

const confirmationOf = (revocation: Revocation): string =>
  'jti' in revocation
    ? `Revoked: token ${revocation.jti} of ${revocation.client}. It is refused from its next request on.`
    : `Revoked: every token of ${revocation.client} issued up to now, and every one that does not say when it was issued.`;
