// Which web pages may talk to this server. A browser always names the page's origin; a page that is not on the list is
// refused outright (MCP 2026-07-28, transports: a present and invalid Origin is a 403). The list is static: taking the
// request's own host into it would let a rebound DNS name vouch for itself.
import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';

import type { Settings } from './settings.ts';

type Policy = Pick<Settings, 'environment' | 'allowedOrigins'>;

/** In development any page may call: the tools pages are built with run on ports nobody can list. */
export const isAllowedOrigin = (origin: string, { environment, allowedOrigins }: Policy): boolean =>
  environment === 'development' || allowedOrigins.includes(origin);

const LOCAL_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;

/**
 * Is this the name of a laptop's own server? A page can make its own DNS name point at 127.0.0.1; the browser then takes
 * our answers for the page's own. The Host it sends still says the page's name. On Cloudflare the edge routes by host, so
 * there nothing has to be checked.
 */
export const isLocalHost = (host: string | null): boolean => host !== null && LOCAL_HOST.test(host);

export const corsFor = (policy: Policy | undefined): MiddlewareHandler => {
  const ofBrowsers = cors({
    origin: (origin) => (policy !== undefined && isAllowedOrigin(origin, policy) ? origin : null),
    allowMethods: ['GET', 'POST', 'PUT', 'OPTIONS'],
    allowHeaders: [
      'Authorization',
      'Content-Type',
      'Accept',
      'Last-Event-ID',
      'MCP-Protocol-Version',
      'Mcp-Method',
      'Mcp-Name',
      'Mcp-Session-Id',
      'X-MCP-Secret',
      'traceparent',
    ],
    exposeHeaders: [
      'ETag',
      'RateLimit',
      'RateLimit-Policy',
      'Retry-After',
      'WWW-Authenticate',
      'X-RateLimit-Limit',
      'X-RateLimit-Remaining',
      'X-RateLimit-Reset',
      'X-RateLimit-Status',
      'X-Request-Id',
    ],
    maxAge: 600,
  });
  // Nobody but a browser reads these headers, and a browser that would names its page.
  return (c, next) =>
    c.req.header('origin') === undefined && c.req.method !== 'OPTIONS'
      ? next()
      : ofBrowsers(c, next);
};
