// The Worker. Everything it is made of is put together here, once per isolate.
import { waitUntil } from 'cloudflare:workers';

import { now } from '../lib/clock.ts';
import { HUB_NAME } from '../operations/hub-line.ts';
import type { RunnerHub as RunnerHubClass } from '../operations/hub/runner-hub.ts';
import type { StageEngine as StageEngineClass } from '../operations/stage-engine.ts';
import { type Services, createApp } from './app.ts';
import { createAuthenticate, isAdmin } from './auth.ts';
import { createHubOperations } from './hub-operations.ts';
import { createIdentify } from './identity/github-identity.ts';
import { createGithubKeys } from './identity/github-keys.ts';
import type { AddressGuard as AddressGuardClass } from './limits/address-guard.ts';
import { createBruteForceGuard } from './limits/brute-force.ts';
import type { ClientLimiter as ClientLimiterClass } from './limits/client-limiter.ts';
import { createCoarseLimit } from './limits/coarse.ts';
import { createLimits, limitFrom } from './limits/limits.ts';
import { createRateLimit } from './limits/rate-limit.ts';
import { ownStage } from './own-stage.ts';
import { rolloutRegistry } from './rollout/registry-client.ts';
import type { RolloutRegistry as RolloutRegistryClass } from './rollout/rollout-registry.ts';
import { createRollout } from './rollout/rollout.ts';
import { createRecogniseRunner } from './runner-caller.ts';
import { createMcpServer } from './server.ts';
import { type Settings, parseSettings } from './settings.ts';
import { stageRecord } from './stage-record.ts';
import { createTelemetry } from './telemetry.ts';
import { tools } from './tools/index.ts';

export { RunnerHub } from '../operations/hub/runner-hub.ts';
export { StageEngine } from '../operations/stage-engine.ts';
export { AddressGuard } from './limits/address-guard.ts';
export { ClientLimiter } from './limits/client-limiter.ts';
export { RolloutRegistry } from './rollout/rollout-registry.ts';

export interface Env extends Readonly<Record<string, unknown>> {
  readonly MCP_KV: KVNamespace;
  readonly MCP_EVENTS?: AnalyticsEngineDataset;
  readonly STAGE_ENGINE: DurableObjectNamespace<StageEngineClass>;
  readonly RUNNER_HUB: DurableObjectNamespace<RunnerHubClass>;
  readonly CLIENT_LIMITER: DurableObjectNamespace<ClientLimiterClass>;
  readonly ADDRESS_GUARD: DurableObjectNamespace<AddressGuardClass>;
  readonly ROLLOUT_REGISTRY: DurableObjectNamespace<RolloutRegistryClass>;
}

const compose = (env: Env) => {
  const parsed = parseSettings(env);
  const telemetry = createTelemetry(env.MCP_EVENTS);
  if ('problems' in parsed) return createApp({ parsed, telemetry });
  return createApp({ parsed, ...servicesOf(env, parsed.settings, telemetry) });
};

const servicesOf = (env: Env, settings: Settings, telemetry: Services['telemetry']): Services => {
  const record = stageRecord(env.STAGE_ENGINE, settings.catalog.stage);
  const registry = rolloutRegistry(env.ROLLOUT_REGISTRY, settings.catalog.stage);
  const names = tools.map(({ name }) => name);
  const rollout = createRollout({ registry, tools: names, now, waitUntil });
  const { environment, adminToken } = settings;
  const limitOf = createLimits({ environment, overrides: env.MCP_KV, now });
  const isHub = settings.catalog.stage === settings.catalog.hub;
  const operations = isHub ? createHubOperations(env.STAGE_ENGINE, env.RUNNER_HUB) : undefined;
  const stage = ownStage(settings, env, record, operations);
  return {
    telemetry,
    record,
    stage,
    recogniseRunner: createRecogniseRunner(settings, { identify: identifyOf(settings), now }),
    connectRunner: (request) =>
      env.RUNNER_HUB.get(env.RUNNER_HUB.idFromName(HUB_NAME)).fetch(request),
    rollout,
    coarse: createCoarseLimit(env['ADDRESS_LIMIT']),
    guard: createBruteForceGuard({ guards: env.ADDRESS_GUARD, now }),
    authenticate: createAuthenticate(settings),
    admit: createRateLimit({ limiters: env.CLIENT_LIMITER, limitOf, now }),
    serve: createMcpServer(settings, { stage, operations, telemetry }),
    admin: {
      isAdmin: adminToken === undefined ? undefined : (headers) => isAdmin(headers, settings),
      stage: stage.name,
      operations,
      registry,
      onRolloutChanged: () => rollout.forget(),
      revoke: async ({ client, ...token }) => {
        const limiter = env.CLIENT_LIMITER.get(env.CLIENT_LIMITER.idFromName(client));
        await limiter.revoke('jti' in token ? token : { before: now() / 1_000 });
      },
      limits: {
        kv: env.MCP_KV,
        limitFrom: (stored, client) => limitFrom(stored, client, environment),
      },
    },
  };
};

const identifyOf = ({ github }: Settings) => {
  if (github === undefined) return undefined;
  const keys = createGithubKeys({ fetch: (address, init) => fetch(address, init), now });
  return createIdentify(github, keys);
};

let app: ReturnType<typeof compose> | undefined;

export default {
  fetch: (request, env, ctx): Response | Promise<Response> => {
    app ??= compose(env);
    return app.fetch(request, env, ctx);
  },
} satisfies ExportedHandler<Env>;
