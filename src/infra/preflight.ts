// What is looked at before a live deploy touches anything. Alchemy would find these out half-way: after the new code is up, and
// the old domain gone.
import * as Cloudflare from 'alchemy/Cloudflare';
import * as Effect from 'effect/Effect';
import * as Exit from 'effect/Exit';

import { parseGithub } from '../contract/github.ts';
import { serverSecrets } from '../contract/server-secrets.ts';
import { protectedStagesProblem } from '../contract/stage-pattern.ts';
import { hubStageProblem } from '../contract/stage.ts';
import { tokenVariables } from '../contract/token-settings.ts';
import { hostsOf } from '../runner/plan/zones.ts';
import type { Domain } from './domain.ts';
import { refuse } from './refusal.ts';

type Env = Readonly<Record<string, string>>;

/** Undefined when a server with these settings would serve. */
export const settingsProblem = (env: Env): string | undefined => {
  const variables = tokenVariables.safeParse(env);
  const github = parseGithub(env);
  const problems = [
    ...serverSecrets(env).problems,
    ...(github.ok ? [] : github.error),
    ...(variables.error?.issues ?? []).map(({ path }) => `${String(path[0])} is not valid.`),
    ...[
      hubStageProblem(env['MCP_HUB_STAGE']),
      protectedStagesProblem(env['MCP_PROTECTED_STAGES']),
      shareProblem(env['DARK_LAUNCH_DEFAULT']),
    ].filter((problem) => problem !== undefined),
  ];
  if (problems.length === 0) return undefined;
  return `The MCP server would not serve: ${problems.join(' ')} Settings are read from the environment and .env; \`openssl rand -hex 32\` draws a secret.`;
};

const shareProblem = (setting: string | undefined): string | undefined =>
  setting === undefined || /^(?:\d|[1-9]\d|100)$/.test(setting)
    ? undefined
    : 'DARK_LAUNCH_DEFAULT must be a whole number from 0 to 100.';

/** Refuses hosts that no zone of the account holds. */
export const requireZones = (domain: Domain) =>
  Effect.gen(function* () {
    const { accountId } = yield* yield* Cloudflare.CloudflareEnvironment;
    for (const host of hostsOf(domain)) {
      const found = yield* Effect.exit(zoneOf(accountId, host));
      if (Exit.isFailure(found)) return yield* refuse(unasked(host));
      if (!found.value) return yield* refuse(withoutZone(host));
    }
  });

/** As Alchemy will look for it: the host itself, then each parent. */
const zoneOf = (accountId: string, host: string) =>
  Effect.gen(function* () {
    for (const name of Cloudflare.Zone.zoneNameCandidates(host)) {
      const zone = yield* Cloudflare.Zone.findZoneByName({ accountId, name });
      if (zone !== undefined) return true;
    }
    return false;
  });

const withoutZone = (host: string): string =>
  `No zone of the account holds ${host}: add its domain to Cloudflare, correct the name (MCP_DOMAIN, or McpServer(…) in alchemy.run.ts), or give the API token "Zone: Read" if the zone is there.`;

const unasked = (host: string): string =>
  `Cloudflare did not say whether the account has a zone for ${host}: try again, or give the API token "Zone: Read".`;
