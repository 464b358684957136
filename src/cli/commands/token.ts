// Makes a token. It is the only thing on stdout, so that TOKEN=$(bun mcp token …) works.
import { signingKey } from '../../contract/key-ring.ts';
import { PRINCIPAL_NAME, SHARED_SECRET_NAME } from '../../contract/principal.ts';
import { DEFAULT_SCOPES, SCOPES } from '../../contract/scopes.ts';
import { STAGE_NAME } from '../../contract/stage.ts';
import { tokenIdFor } from '../../contract/token-id.ts';
import {
  MAX_STAGES,
  type TokenPolicy,
  maxLifetimeS,
  ownOrigin,
  principalOf,
} from '../../contract/token.ts';
import { signToken } from '../../lib/signed-token.ts';
import { CliProblem, type Command, type World, readOptions } from '../command.ts';
import { moment, secondsOf, spell } from '../time.ts';
import { tokenSettings } from '../token-settings.ts';

const OPTIONS = {
  client: { type: 'string' },
  sub: { type: 'string' },
  scope: { type: 'string', multiple: true },
  stage: { type: 'string', multiple: true },
  expires: { type: 'string', default: '1h' },
} as const;

export const token: Command = {
  name: 'token',
  usage: '--client NAME [--sub NAME] [--scope "…"] [--stage "…"] [--expires 1h]',
  about: 'Prints a token for a client.',
  details: [
    '--client   who calls; limits, rollout and revocation go by this name',
    '--sub      the person or program behind it (as the client)',
    '--scope    what it may do (looking and planning):',
    ...SCOPES.map((scope) => `           ${scope}${DEFAULT_SCOPES.includes(scope) ? ' *' : ''}`),
    '--stage    the stages it may use, such as prod or "preview-*"; may be given again (all)',
    '--expires  30s, 15m, 1h, 1d (1h); at most 1h in production, 24h elsewhere',
    'In brackets what goes without the option; * are the scopes of looking and planning.',
  ],
  run: async (argv, world) => {
    const { values } = readOptions(argv, OPTIONS, 0);
    const settings = tokenSettings(world);
    const client = nameIn('--client', values.client);
    const claims = {
      ...ownOrigin(settings),
      sub: values.sub === undefined ? client : nameIn('--sub', values.sub),
      client_id: client,
      ...scopeIn(values.scope),
      ...stagesIn(values.stage),
      jti: tokenIdFor(client, world.drawId()),
      ...lifeIn(values.expires, settings, world.now()),
    };
    const key = signingKey(settings);
    report(claims, key.kid, settings, world);
    world.say(await signToken(claims, key));
    return 0;
  },
};

const nameIn = (option: string, value: string | undefined): string => {
  if (value === undefined) throw new CliProblem(`${option} is missing: who is the token for?`);
  if (!PRINCIPAL_NAME.test(value))
    throw new CliProblem(`${option} must be 1 to 200 visible ASCII characters without spaces.`);
  if (value === SHARED_SECRET_NAME)
    throw new CliProblem(`${option} cannot be ${value}: that name belongs to MCP_SHARED_SECRET.`);
  return value;
};

const wordsOf = (values: readonly string[]): string[] =>
  values.flatMap((value) => value.split(/[\s,]+/)).filter((word) => word !== '');

const scopeIn = (values: readonly string[] | undefined) => {
  if (values === undefined) return {};
  const words = wordsOf(values);
  const known = new Set<string>(SCOPES);
  const unknown = words.find((word) => !known.has(word));
  if (unknown !== undefined)
    throw new CliProblem(`There is no scope "${unknown}". Known: ${SCOPES.join(', ')}.`);
  if (words.length === 0)
    throw new CliProblem('--scope names no scope. Leave it out for a token that looks and plans.');
  return { scope: [...new Set(words)].join(' ') };
};

const stagesIn = (values: readonly string[] | undefined) => {
  if (values === undefined) return {};
  const stages = wordsOf(values);
  const wrong = stages.find((stage) => !isStagePattern(stage));
  if (wrong !== undefined)
    throw new CliProblem(
      `--stage "${wrong}" matches no stage: use lower-case letters, digits, hyphens, and * for any of them.`,
    );
  if (stages.length === 0 || stages.length > MAX_STAGES)
    throw new CliProblem(`--stage must name 1 to ${MAX_STAGES} stages or patterns.`);
  return { stages };
};

const isStagePattern = (text: string): boolean =>
  text.includes('*') ? /^[a-z0-9*-]{1,40}$/.test(text) : STAGE_NAME.test(text);

const lifeIn = (expires: string, { environment }: TokenPolicy, now: number) => {
  const seconds = secondsOf(expires);
  if (seconds === undefined)
    throw new CliProblem(`--expires "${expires}" is no duration; write 30s, 15m, 1h or 1d.`);
  const most = maxLifetimeS(environment);
  if (seconds > most)
    throw new CliProblem(
      `--expires ${expires} is too long: ${spell(most)} at most in ${environment}.`,
    );
  const iat = Math.floor(now / 1_000);
  return { iat, exp: iat + seconds };
};

/** Asks the server's own rule, so that no token is printed that the server would refuse. */
const report = (
  claims: Readonly<Record<string, unknown>>,
  kid: string,
  policy: TokenPolicy,
  { note, now }: World,
): void => {
  const principal = principalOf(claims, policy, now());
  if (!principal.ok)
    throw new CliProblem(`The server would refuse this token: ${principal.error}.`);
  const { client, subject, scopes, stages, tokenId, expiresAt = 0 } = principal.value;
  note(`Token for ${client} (${subject}), signed with key ${kid}, good in ${policy.environment}.`);
  note(`May ${scopes.join(', ')} on ${stages.includes('*') ? 'every stage' : stages.join(', ')}.`);
  note(`Ends ${moment(expiresAt, now())}. To end it now: bun mcp token revoke ${tokenId}`);
};
