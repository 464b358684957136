// Would the server take this token, and if not, why? Judged by the server's own rules; what a token says is shown even
// when nobody vouches for it, and then said to be so.
import { type KeyFailure, createKeyLookup } from '../../contract/key-ring.ts';
import type { Principal } from '../../contract/principal.ts';
import {
  type ClaimFailure,
  type Claims,
  type TokenPolicy,
  expectedOrigin,
  maxLifetimeS,
  principalOf,
} from '../../contract/token.ts';
import {
  type SignatureFailure,
  claimsOf,
  createReadSigned,
  headerOf,
} from '../../lib/signed-token.ts';
import { echo } from '../../lib/visible-text.ts';
import { type Command, type World, readOptions } from '../command.ts';
import { moment, spell } from '../time.ts';
import { readToken } from '../token-input.ts';
import { tokenSettings } from '../token-settings.ts';

export const tokenInspect: Command = {
  name: 'token inspect',
  usage: '[TOKEN]',
  about: 'Says whether the server would take a token, why not, what it may do and when it ends.',
  details: [
    'Without a token it is read from stdin. Exit code 1 when it would be refused.',
    'Whether it was revoked, only the server knows.',
  ],
  run: async (argv, world) => {
    const { positionals } = readOptions(argv, {}, 1);
    const settings = tokenSettings(world);
    const token = await readToken(positionals[0], world);
    const signed = await createReadSigned(createKeyLookup(settings))(token);
    const claims = signed.ok ? signed.value : claimsOf(token);
    const principal = signed.ok ? principalOf(signed.value, settings, world.now()) : signed;
    if (principal.ok) world.say('Accepted, unless it was revoked.');
    else world.say(`Refused: ${reasonOf(principal.error, claims ?? {}, settings, world.now())}`);
    if (claims !== undefined) {
      if (!signed.ok) world.say('It says of itself, and nobody vouches for it:');
      for (const line of tableOf(token, claims, world)) world.say(`  ${line}`);
    }
    if (principal.ok) for (const line of powersOf(principal.value)) world.say(`  ${line}`);
    return principal.ok ? 0 : 1;
  },
};

const reasonOf = (
  failure: SignatureFailure | KeyFailure | ClaimFailure,
  { exp, iat, nbf }: Claims,
  policy: TokenPolicy,
  now: number,
): string => {
  const { issuer, audience } = expectedOrigin(policy);
  switch (failure) {
    case 'malformed':
      return 'this is no signed token, or not all of one.';
    case 'wrong_algorithm':
      return 'it is not signed with HS256, the only algorithm there is here.';
    case 'bad_signature':
      return 'it was signed with another key, or changed since.';
    case 'unknown_kid':
      return 'it names a key (kid) that is not in MCP_JWT_SECRETS, nor `default`.';
    case 'missing_kid':
      return 'it does not say which key signed it (kid), which strict mode asks for with several keys.';
    case 'expired':
      return `it ended ${timeOf(exp, now)}.`;
    case 'not_yet_valid':
      return `it is good from ${timeOf(laterOf(nbf, iat), now)}, by this machine's clock.`;
    case 'lives_too_long':
      return `it lives longer than ${spell(maxLifetimeS(policy.environment))}, the most there is in ${policy.environment}.`;
    case 'reserved_name':
      return 'it calls itself shared-secret, which no token may.';
    case 'wrong_issuer':
      return `its issuer (iss) is not ${issuer}.`;
    case 'wrong_audience':
      return `it is not for ${audience} (aud).`;
    case 'missing_claim':
      return 'strict mode asks for iss, aud, jti and iat, and not all are there.';
    case 'bad_claims':
      return 'a claim is missing or not of its form: exp and sub are needed, scope is text, stages a list.';
  }
};

const laterOf = (a: unknown, b: unknown): unknown =>
  Math.max(...[a, b].filter((value) => typeof value === 'number'));

const timeOf = (value: unknown, now: number): string =>
  typeof value === 'number' ? moment(value, now) : shown(value);

/** Anything may stand in a stranger's token, such as what moves a terminal's cursor. */
const shown = (value: unknown): string =>
  typeof value === 'string' ? echo(value, 300) : echo(JSON.stringify(value) ?? '', 300);

const tableOf = (token: string, claims: Claims, { now }: World): string[] => {
  const rows: [string, string | undefined][] = [
    ['client', stated(claims['client_id'] ?? claims['sub'])],
    ['subject', stated(claims['sub'])],
    ['scope', stated(claims['scope'])],
    ['id', stated(claims['jti'])],
    ['key', stated(headerOf(token)?.['kid'])],
    ['issuer', stated(claims['iss'])],
    ['audience', stated(claims['aud'])],
    ['issued', claims['iat'] === undefined ? undefined : timeOf(claims['iat'], now())],
    ['ends', claims['exp'] === undefined ? undefined : timeOf(claims['exp'], now())],
  ];
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [row(name, value)]));
};

const stated = (value: unknown): string | undefined =>
  value === undefined ? undefined : shown(value);

const powersOf = ({ scopes, stages }: Principal): string[] => [
  row('may', scopes.length === 0 ? 'nothing' : scopes.join(', ')),
  row('on', stages.includes('*') ? 'every stage' : `the stages ${shown(stages.join(', '))}`),
];

const row = (name: string, value: string): string => `${name.padEnd(9)} ${value}`;
