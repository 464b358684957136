// The Alchemy construct a stack declares its MCP server with. It turns names into bindings, and tells the Worker the
// same names in MCP_CATALOG: what is not declared here does not exist for an assistant.
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import * as Alchemy from 'alchemy';
import { AlchemyContext } from 'alchemy/AlchemyContext';
import * as Cloudflare from 'alchemy/Cloudflare';
import * as Effect from 'effect/Effect';

import type { Catalog } from '../contract/catalog.ts';
import { Occasion } from '../runner/occasion.ts';
import { versionProblem } from '../runner/versions.ts';
import { bind, type Touchable } from './bindings.ts';
import { BUNDLE_OUTPUT } from './bundle-output.ts';
import { type DomainProps, NOWHERE, domainOf } from './domain.ts';
import { requireZones, settingsProblem } from './preflight.ts';
import { refuse } from './refusal.ts';
import { type Placed, requireOwnServers, serverName } from './server-owner.ts';
import {
  domainSetting,
  hubStage,
  localPort,
  secretsFromEnv,
  settings,
  variablesFromEnv,
} from './settings.ts';

/** Not later than the oldest workerd we run on. */
const COMPATIBILITY_DATE = '2026-07-30';
const COMPATIBILITY_FLAGS = [
  /** Tells a tool that its caller has gone; without it the work would just stop, unlogged. */
  'enable_request_signal',
  /** The hub calls the servers of other stages by URL; without it a Worker of the same zone could not be reached. */
  'global_fetch_strictly_public',
];

export interface McpServerProps extends Touchable, DomainProps {}

/** Deploys the MCP server: the Worker `<id>` in the hub stage, `<id>-<stage>` in any other. */
export const McpServer = (id: string, props: McpServerProps) =>
  Effect.gen(function* () {
    requireVersions();
    const stage = yield* Alchemy.Stage;
    const stack = yield* Alchemy.Stack;
    const hub = hubStage();
    const { dev } = yield* AlchemyContext;
    const { domain, routes, ...touchable } = props;
    const place = dev
      ? {}
      : yield* livePlace({ domain, routes }, { id, stack: stack.name, stage, hub });
    const flags = yield* Cloudflare.KV.Namespace(`${id}-flags`);
    const { env, entries } = yield* bind(touchable);
    const catalog: Catalog = {
      stack: stack.name,
      stage,
      hub,
      self: id,
      entries: [
        ...entries,
        { kind: 'flags', name: `${id}-flags`, binding: 'MCP_KV', resource: flags.FQN },
      ],
    };
    return yield* Cloudflare.Worker(id, {
      name: serverName({ id, stage, hub }),
      main: entryFile(),
      build: { output: BUNDLE_OUTPUT },
      compatibility: { date: COMPATIBILITY_DATE, flags: COMPATIBILITY_FLAGS },
      observability: { enabled: true },
      ...place,
      dev: { host: '127.0.0.1', ...localPort(stage, hub) },
      env: {
        ...env,
        ...secretsFromEnv(),
        ...variablesFromEnv(),
        MCP_KV: flags,
        MCP_CATALOG: JSON.stringify(catalog),
        MCP_EVENTS: Cloudflare.AnalyticsEngine.Dataset('mcp-events', { dataset: 'mcp_events' }),
        ADDRESS_LIMIT: Cloudflare.RateLimit('ADDRESS_LIMIT', ADDRESS_LIMIT),
        ...ownObjects(),
        // Only here does the server know that it is on a laptop, where any web page can reach it by its port.
        ...(dev && { MCP_LOCAL: '1' }),
      },
    });
  });

/** Where a live server is to answer. With what would make a deploy fail half-way, none begins. */
const livePlace = (props: DomainProps, at: Placed) =>
  Effect.gen(function* () {
    const isDeploy = (yield* Occasion).verb === 'deploy';
    const place = domainOf(props, { ...at, setting: domainSetting() });
    if (!isDeploy) return place.ok ? place.value : NOWHERE;
    const problem = settingsProblem(settings()) ?? (place.ok ? undefined : place.error);
    if (problem !== undefined || !place.ok) return yield* refuse(problem ?? '');
    if (settings()['ENVIRONMENT'] === 'development') yield* Effect.logWarning(LAPTOP);
    yield* requireOwnServers(at);
    yield* requireZones(place.value);
    return place.value;
  });

const LAPTOP =
  'ENVIRONMENT is development: this server takes any web origin and lets 1000 calls a minute through. Set production or staging for one on the internet.';

/** The server's own Durable Objects: binding → class. */
const OWN_OBJECTS = {
  STAGE_ENGINE: 'StageEngine',
  RUNNER_HUB: 'RunnerHub',
  CLIENT_LIMITER: 'ClientLimiter',
  ADDRESS_GUARD: 'AddressGuard',
  ROLLOUT_REGISTRY: 'RolloutRegistry',
} as const;

const ownObjects = () =>
  Object.fromEntries(
    Object.entries(OWN_OBJECTS).map(([binding, className]) => [
      binding,
      Cloudflare.DurableObject(className, { className }),
    ]),
  );

/** Coarse, per Cloudflare location, and before anything is checked: ten times what the largest client may send. */
const ADDRESS_LIMIT = { namespaceId: 1001, simple: { limit: 10_000, period: 60 } } as const;

const requireVersions = (): void => {
  const problem = versionProblem(process.cwd());
  if (problem !== undefined) throw new Error(problem);
};

/** Relative, because the path is part of the resource's state and must not name a machine's folders. */
const entryFile = (): string =>
  `./${relative(process.cwd(), fileURLToPath(new URL('../mcp/index.ts', import.meta.url)))}`;
