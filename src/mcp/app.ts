// The HTTP surface. What every request passes is read off top-down; what a route needs beyond that stands at the route.
import { type Context, Hono, type MiddlewareHandler } from 'hono';

import type { Principal } from '../contract/principal.ts';
import { now } from '../lib/clock.ts';
import { randomId } from '../lib/ids.ts';
import { log } from '../lib/log.ts';
import { createAuthenticate } from './auth.ts';
import { health } from './health.ts';
import { httpError } from './http-error.ts';
import { corsFor, isAllowedOrigin } from './origin.ts';
import { publishSnapshot } from './runner-route.ts';
import type { Parsed, Settings } from './settings.ts';
import type { StageRecord } from './stage-record.ts';

export interface McpCaller {
  readonly principal: Principal;
  readonly requestId: string;
  /** Lets a call that its caller has left come to its end, and to its log record. */
  waitUntil(promise: Promise<unknown>): void;
}

type Serve = (request: Request, caller: McpCaller) => Promise<Response>;

/** A server whose settings are incomplete has nothing to serve with. */
export type AppDependencies =
  | { readonly parsed: Extract<Parsed, { problems: unknown }> }
  | {
      readonly parsed: Extract<Parsed, { settings: unknown }>;
      readonly serve: Serve;
      readonly record: StageRecord;
    };

type Variables = { requestId: string };

const ENDPOINTS = ['GET /health', 'POST /mcp'];

export const createApp = (given: AppDependencies) => {
  const app = new Hono<{ Variables: Variables }>();

  app.use(identified);
  app.use(corsFor('serve' in given ? given.parsed.settings : undefined));
  app.get('/health', () => health(given.parsed));
  if ('serve' in given) {
    const { settings } = given.parsed;
    const mcp = mcpRoute(settings, given.serve);
    const waitUntil = (c: Context) => (promise: Promise<unknown>) =>
      c.executionCtx.waitUntil(promise);
    app.on(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], ['/mcp', '/mcp/'], (c) =>
      mcp(c.req.raw, { requestId: c.get('requestId'), waitUntil: waitUntil(c) }),
    );
    app.put('/runner/snapshot', (c) =>
      publishSnapshot(c.req.raw, settings, given.record, c.get('requestId')),
    );
  } else {
    app.all('*', (c) => notConfigured(c.get('requestId')));
  }
  app.notFound((c) =>
    httpError('NOT_FOUND', `Nothing is at ${c.req.path}.`, c.get('requestId'), {
      extra: { availableEndpoints: ENDPOINTS },
    }),
  );
  app.onError((error, c) => {
    const requestId = c.get('requestId');
    log('ERROR', 'request.failed', { requestId, path: c.req.path, error: error.name });
    return httpError(
      'INTERNAL',
      'The request failed. The log has the reason under this requestId.',
      requestId,
    );
  });
  return app;
};

/** The id Cloudflare's edge gives a request, and puts into its own logs. */
const RAY = /^[0-9a-f]{8,32}(-[A-Z]{3})?$/;

/** Every answer can be found again in the log, and no answer is kept or guessed at by anything in between. */
const identified: MiddlewareHandler<{ Variables: Variables }> = async (c, next) => {
  const ray = c.req.header('cf-ray');
  c.set('requestId', ray !== undefined && RAY.test(ray) ? ray : randomId());
  await next();
  c.header('X-Request-Id', c.get('requestId'));
  c.header('X-Content-Type-Options', 'nosniff');
  c.header('Cache-Control', 'no-store');
};

/** With a missing or weak secret nothing but /health is served. */
const notConfigured = (requestId: string): Response =>
  httpError(
    'AUTH_NOT_CONFIGURED',
    'This server is not configured; GET /health says what is missing.',
    requestId,
  );

/** MCP: the page's origin, then who calls, then the protocol. Each refusal costs less than the step after it. */
const mcpRoute = (settings: Settings, serve: Serve) => {
  const authenticate = createAuthenticate(settings);
  return async (request: Request, call: Omit<McpCaller, 'principal'>): Promise<Response> => {
    const { requestId } = call;
    const origin = request.headers.get('origin');
    if (origin !== null && !isAllowedOrigin(origin, settings))
      return httpError('ORIGIN_NOT_ALLOWED', 'This origin may not call this server.', requestId);
    const caller = await authenticate(request.headers, now());
    if (!caller.ok) {
      log('WARN', 'auth.refused', { requestId, reason: caller.error });
      return httpError('UNAUTHENTICATED', 'Valid credentials are required.', requestId, {
        headers: { 'WWW-Authenticate': 'Bearer realm="alchemy-mcp-worker"' },
      });
    }
    return serve(request, { principal: caller.value, ...call });
  };
};
