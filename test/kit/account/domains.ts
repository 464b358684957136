// Zones, custom domains and routes: which Worker a host leads to.
// Cloudflare API reference: "Zones", "Workers → Domains", "Workers → Routes", "Workers → Subdomains".
import { z } from 'zod';

import { type Content, type Domain, newId, scriptOf, type WorkerRoute } from './content.ts';
import { need, Page, refuse } from './envelope.ts';
import { type Route, route } from './route.ts';

const DOMAINS = '/accounts/:account/workers/domains';
const ROUTES = '/zones/:zone/workers/routes';
const attached = z.object({
  hostname: z.string(),
  service: z.string(),
  zone_id: z.string(),
  environment: z.string().default('production'),
});
const routed = z.object({ pattern: z.string(), script: z.string().optional() });

/** The Worker that answers `https://host/path`. Routes come before custom domains, as at the edge. */
export const workerAt = (content: Content, host: string, path: string): string | undefined => {
  const suffix = `.${content.subdomain}.workers.dev`;
  if (host.endsWith(suffix)) {
    const script = content.scripts.get(host.slice(0, -suffix.length));
    return script?.subdomain.enabled === true ? script.name : undefined;
  }
  const [route] = [...content.routes.values()]
    .filter(({ pattern }) => matches(pattern, host + path))
    .toSorted((a, b) => b.pattern.length - a.pattern.length);
  if (route !== undefined) return route.script;
  return [...content.domains.values()].find(({ hostname }) => hostname === host)?.service;
};

const matches = (pattern: string, address: string): boolean => {
  const parts = pattern.replace(/^https?:\/\//, '').split('*');
  const quoted = parts.map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${quoted.join('.*')}$`).test(address);
};

const zoneOf = (content: Content, id: string, code: number) =>
  need(content.zones.get(id), 404, code, 'zone not found');

const routeView = ({ zone_id: _zone, ...view }: WorkerRoute) => view;

const routeOf = (content: Content, id: string) =>
  need(content.routes.get(id), 404, 10009, 'route not found');

const domainRoutes: readonly Route[] = [
  // GET /accounts/{account_id}/workers/subdomain
  route('GET', '/accounts/:account/workers/subdomain', ({ content }) => ({
    subdomain: content.subdomain,
  })),
  // GET /accounts/{account_id}/workers/domains
  route('GET', DOMAINS, ({ content, query }) => {
    const asked = (['service', 'hostname', 'zone_id', 'zone_name'] as const).filter((key) =>
      query.has(key),
    );
    return [...content.domains.values()].filter((row) =>
      asked.every((key) => row[key] === query.get(key)),
    );
  }),
  // PUT /accounts/{account_id}/workers/domains
  route('PUT', DOMAINS, async ({ content, body }) => {
    const given = await body(attached);
    const zone = zoneOf(content, given.zone_id, 100_117);
    scriptOf(content, given.service);
    const old = [...content.domains.values()].find(({ hostname }) => hostname === given.hostname);
    const row: Domain = { id: old?.id ?? newId(), ...given, zone_name: zone.name };
    content.domains.set(row.id, row);
    return row;
  }),
  // DELETE /accounts/{account_id}/workers/domains/{domain_id}
  route('DELETE', `${DOMAINS}/:id`, ({ content, param }) => {
    const { id } = need(content.domains.get(param('id')), 404, 100_114, 'domain not found');
    content.domains.delete(id);
    return null;
  }),
];

const zoneRoutes: readonly Route[] = [
  // GET /zones
  route('GET', '/zones', ({ content, query }) => {
    const name = query.get('name');
    const rows = [...content.zones.values()].filter((zone) => name === null || zone.name === name);
    const rest = { status: 'active', type: 'full', paused: false, name_servers: [] };
    const account = { id: content.accountId, name: 'emulated' };
    return new Page(
      rows.map((zone) => ({ ...zone, ...rest, account })),
      query,
    );
  }),
  // GET /zones/{zone_id}/workers/routes
  route('GET', ROUTES, ({ content, param }) => {
    const { id } = zoneOf(content, param('zone'), 7003);
    return [...content.routes.values()].filter(({ zone_id }) => zone_id === id).map(routeView);
  }),
  // POST /zones/{zone_id}/workers/routes
  route('POST', ROUTES, async ({ content, param, body }) => {
    const { id: zone_id } = zoneOf(content, param('zone'), 7003);
    const given = await body(routed);
    if ([...content.routes.values()].some(({ pattern }) => pattern === given.pattern))
      refuse(409, 10020, 'A route with the same pattern already exists.');
    const row: WorkerRoute = { id: newId(), zone_id, ...given };
    content.routes.set(row.id, row);
    return routeView(row);
  }),
  // PUT /zones/{zone_id}/workers/routes/{route_id}
  route('PUT', `${ROUTES}/:id`, async ({ content, param, body }) =>
    routeView(Object.assign(routeOf(content, param('id')), await body(routed))),
  ),
  // DELETE /zones/{zone_id}/workers/routes/{route_id}
  route('DELETE', `${ROUTES}/:id`, ({ content, param }) => {
    const { id } = routeOf(content, param('id'));
    content.routes.delete(id);
    return { id };
  }),
];

export const domainsRoutes: readonly Route[] = [...domainRoutes, ...zoneRoutes];
