// The HTTP surface. What every request passes is read off top-down; what a route needs beyond that stands at the route.
import { type Context, Hono, type MiddlewareHandler } from 'hono';

import type { OpsError } from '../contract/errors.ts';
import { INSPECTION_PATH } from '../contract/inspection.ts';
import type { Principal } from '../contract/principal.ts';
import { RUNNER_PATH } from '../contract/runner-protocol.ts';
import { now } from '../lib/clock.ts';
import { drainBody } from '../lib/drain-body.ts';
import { errorFrames, errorName } from '../lib/error-name.ts';
import { randomId } from '../lib/ids.ts';
import { traceIdOf } from '../lib/trace-context.ts';
import { echo } from '../lib/visible-text.ts';
import { type AdminDependencies, adminRoute } from './admin/index.ts';
import { putHeaders } from './answer-headers.ts';
import type { Authenticate } from './auth.ts';
import { health } from './health.ts';
import { httpError } from './http-error.ts';
import { inspect } from './inspection-route.ts';
import { addressOf } from './limits/address.ts';
import type { BruteForceGuard } from './limits/brute-force.ts';
import type { CoarseLimit } from './limits/coarse.ts';
import type { Admit } from './limits/rate-limit.ts';
import {
  type Edge,
  authenticated,
  countingFailures,
  counted,
  fromKnownPage,
  fromThisMachine,
  inTurn,
  notFlooding,
  notGuessing,
  callingPrincipal,
  rolledOut,
} from './mcp-steps.ts';
import { corsFor } from './origin.ts';
import { PROTECTED_RESOURCE_PATH, protectedResource } from './protected-resource.ts';
import type { Rollout } from './rollout/rollout.ts';
import type { RecogniseRunner, RunnerCaller } from './runner-caller.ts';
import { type ConnectRunner, connectRunner, publishSnapshot } from './runner-route.ts';
import type { Parsed } from './settings.ts';
import type { StageRecord } from './stage-record.ts';
import type { Stage } from './stage/stage.ts';
import type { Telemetry } from './telemetry.ts';

export interface McpCaller {
  readonly principal: Principal;
  readonly requestId: string;
  readonly traceId?: string;
  readonly closedTools: ReadonlySet<string>;
  readonly effectsRefused?: OpsError;
  /** Lets a call that its caller has left come to its end, and to its log record. */
  readonly waitUntil: (promise: Promise<unknown>) => void;
}

/** What a server with complete settings serves with. */
export interface Services {
  readonly telemetry: Telemetry;
  readonly coarse: CoarseLimit;
  readonly guard: BruteForceGuard;
  readonly authenticate: Authenticate;
  readonly rollout: Rollout;
  readonly admit: Admit;
  readonly serve: (request: Request, caller: McpCaller) => Promise<Response>;
  readonly record: StageRecord;
  readonly recogniseRunner: RecogniseRunner;
  readonly connectRunner: ConnectRunner;
  /** The server's own. */
  readonly stage: Stage;
  readonly admin: Omit<AdminDependencies, 'requestId'>;
}

/** A server whose settings are incomplete has nothing to serve with. */
export type AppDependencies =
  | { readonly parsed: Extract<Parsed, { problems: unknown }>; readonly telemetry: Telemetry }
  | ({ readonly parsed: Extract<Parsed, { settings: unknown }> } & Services);

const ENDPOINTS = ['GET /health', 'POST /mcp', `GET ${PROTECTED_RESOURCE_PATH}`];

export const createApp = (given: AppDependencies) => {
  // Not strict: /mcp/ is /mcp.
  const app = new Hono<Edge>({ strict: false });

  app.use(identified);
  const isLive = 'serve' in given && given.parsed.settings.isLocal !== true;
  app.use(drained(isLive ? TAKEN_IN_BYTES : 0));
  app.use(recorded(given.telemetry));
  app.use(corsFor('serve' in given ? given.parsed.settings : undefined));
  app.get('/health', async () =>
    health(given.parsed, 'serve' in given ? await given.rollout.status() : undefined),
  );
  if ('serve' in given) mount(app, given.parsed.settings, given);
  else app.all('*', (c) => notConfigured(c.get('requestId')));
  app.notFound(nothingHere);
  app.onError((error, c) => {
    const requestId = c.get('requestId');
    const facts = { requestId, error: errorName(error), at: errorFrames(error) };
    given.telemetry.note('ERROR', 'request.failed', facts);
    return httpError(
      'INTERNAL',
      'The request failed. The log says where, under this requestId.',
      requestId,
    );
  });
  return app;
};

const mount = (
  app: Hono<Edge>,
  settings: Extract<Parsed, { settings: unknown }>['settings'],
  services: Services,
): void => {
  const { telemetry, guard } = services;
  app.get(PROTECTED_RESOURCE_PATH, (c) => protectedResource(new URL(c.req.url), settings));
  app.get(`${PROTECTED_RESOURCE_PATH}/mcp`, (c) => protectedResource(new URL(c.req.url), settings));

  app.use(
    '/mcp',
    inTurn(
      // A rebound DNS name must not make a laptop's server a web page's own.
      fromThisMachine(settings),
      // A stranger's page must not call with what its visitor's browser knows.
      fromKnownPage(settings),
      // A flood is cut before anything is computed for it: a look at the platform's own counter.
      notFlooding(services.coarse, settings),
      // Who guesses is not listened to: a look into a map, before any signature is checked.
      notGuessing(guard, settings),
      // From here on it is known who calls.
      authenticated(services.authenticate, guard, telemetry),
      // Outside the rollout nothing is counted against a client.
      rolledOut(services.rollout),
      // The one round trip: exact, and it knows which tokens are revoked.
      counted(services.admit, telemetry),
    ),
  );
  app.on(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], '/mcp', (c) =>
    services.serve(c.req.raw, callerOf(c)),
  );

  for (const path of ['/admin/*', '/runner/*'])
    app.use(
      path,
      inTurn(notFlooding(services.coarse, settings), notGuessing(guard, settings)),
      countingFailures(guard),
    );
  app.all('/admin/*', async (c) => {
    const requestId = c.get('requestId');
    const answer = await adminRoute(c.req.raw, { ...services.admin, requestId });
    return answer ?? nothingHere(c);
  });
  const forRunner =
    (answer: (c: Context<Edge>, caller: RunnerCaller) => Promise<Response>) =>
    async (c: Context<Edge>): Promise<Response> => {
      const caller = await services.recogniseRunner(c.req.raw, c.get('requestId'));
      return caller.ok ? answer(c, caller.value) : caller.error;
    };
  app.get(
    RUNNER_PATH,
    forRunner((c, caller) =>
      connectRunner(c.req.raw, caller, settings, services.connectRunner, c.get('requestId')),
    ),
  );
  app.put(
    '/runner/snapshot',
    forRunner((c, caller) =>
      publishSnapshot(c.req.raw, caller, settings, services.record, c.get('requestId')),
    ),
  );
  app.get(
    INSPECTION_PATH,
    forRunner((c) => inspect(c.req.raw, services.stage)),
  );
};

const callerOf = (c: Context<Edge>): McpCaller => {
  const traceId = c.get('traceId');
  const effectsRefused = c.get('effectsRefused');
  return {
    principal: callingPrincipal(c),
    requestId: c.get('requestId'),
    closedTools: c.get('closedTools'),
    ...(traceId !== undefined && { traceId }),
    ...(effectsRefused !== undefined && { effectsRefused }),
    waitUntil: (promise) => c.executionCtx.waitUntil(promise),
  };
};

/** The id Cloudflare's edge gives a request, and puts into its own logs. */
const RAY = /^[0-9a-f]{8,32}(-[A-Z]{3})?$/;

/** Every answer can be found again in the log, and no answer is kept or guessed at by anything in between. */
const identified: MiddlewareHandler<Edge> = async (c, next) => {
  const ray = c.req.header('cf-ray');
  c.set('requestId', ray !== undefined && RAY.test(ray) ? ray : randomId());
  c.set('traceId', traceIdOf(c.req.header('traceparent')));
  c.set('address', addressOf(c.req.raw.headers));
  await next();
  putHeaders(c, {
    ...c.get('quota'),
    'X-Request-Id': c.get('requestId'),
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
  });
};

/** What the runtime certainly takes in by itself, which costs a seventh of what a refusal does. */
const TAKEN_IN_BYTES = 32 * 1024;

/** As much as an honest call has. Who sends more, or dawdles, has the connection closed instead. */
const DRAINED = { maxBytes: 256 * 1024, maxMs: 1_000 };

/** Also what is refused before its body matters keeps its connection: a client that is told to wait will come back on it. */
const drained =
  (leftAloneBytes: number): MiddlewareHandler<Edge> =>
  async (c, next) => {
    await next();
    await drainBody(c.req.raw, { ...DRAINED, leftAloneBytes });
  };

/** Paths are the caller's to make up, so only our own are written down. */
const ROUTES = /^\/(?:mcp|health|admin|runner|\.well-known)(?=\/|$)/;

const recorded =
  (telemetry: Telemetry): MiddlewareHandler<Edge> =>
  async (c, next) => {
    const startedAt = now();
    await next();
    telemetry.request({
      requestId: c.get('requestId'),
      traceId: c.get('traceId'),
      method: METHODS.has(c.req.method) ? c.req.method : 'other',
      route: ROUTES.exec(c.req.path)?.[0] ?? 'other',
      status: c.res.status,
      client: c.get('principal')?.client,
      ms: now() - startedAt,
    });
  };

const METHODS: ReadonlySet<string> = new Set([
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'HEAD',
]);

/** With a missing or weak secret nothing but /health is served. */
const notConfigured = (requestId: string): Response =>
  httpError(
    'AUTH_NOT_CONFIGURED',
    'This server is not configured; GET /health says what is missing.',
    requestId,
  );

const nothingHere = (c: Context<Edge>): Response =>
  httpError('NOT_FOUND', `Nothing is at ${echo(c.req.path)}.`, c.get('requestId'), {
    extra: { availableEndpoints: ENDPOINTS },
  });
