// The API over HTTP: who asks, which route it is, what is answered, and a journal of it.

import type { Content } from './content.ts';
import { d1Routes } from './d1.ts';
import type { LocalPlane } from './data-plane.ts';
import { domainsRoutes } from './domains.ts';
import { ApiError, failure, refuse, success } from './envelope.ts';
import type { Faults } from './faults.ts';
import { identityRoutes } from './identity.ts';
import { kvRoutes } from './kv.ts';
import { previewRoutes } from './previews.ts';
import { queuesRoutes } from './queues.ts';
import { r2Routes } from './r2.ts';
import { callOf, type Route } from './route.ts';
import { scriptRoutes } from './scripts.ts';
import { secretsStoreRoutes } from './secrets-store.ts';
import { versionRoutes } from './versions.ts';
import { workflowRoutes } from './workflows.ts';

const BASE = '/client/v4';
const ROUTES: readonly Route[] = [
  ...identityRoutes,
  ...kvRoutes,
  ...d1Routes,
  ...r2Routes,
  ...queuesRoutes,
  ...scriptRoutes,
  ...versionRoutes,
  ...domainsRoutes,
  ...previewRoutes,
  ...workflowRoutes,
  ...secretsStoreRoutes,
];

export interface JournalEntry {
  readonly method: string;
  /** Without `/client/v4`, with the query. */
  readonly path: string;
  readonly status: number;
  /** The route that answered; undefined for a call that this account does not know. */
  readonly route: string | undefined;
}

interface Parts {
  readonly content: Content;
  readonly plane: LocalPlane;
  readonly faults: Faults;
  readonly journal: JournalEntry[];
}

export const startControlPlane = (parts: Parts) =>
  Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 120,
    fetch: async (request) => {
      const url = new URL(request.url);
      const path = url.pathname.slice(BASE.length);
      const found = url.pathname.startsWith(`${BASE}/`)
        ? ROUTES.find(({ method, pattern }) => method === request.method && pattern.test(path))
        : undefined;
      const response = await answer(request, url, path, found, parts);
      parts.journal.push({
        method: request.method,
        path: path + url.search,
        status: response.status,
        route: found?.path,
      });
      return response;
    },
  });

const answer = async (
  request: Request,
  url: URL,
  path: string,
  found: Route | undefined,
  { content, plane, faults }: Parts,
): Promise<Response> => {
  const fault = faults.take(request.method, path);
  if (fault?.delayMs !== undefined) await Bun.sleep(fault.delayMs);
  if (fault?.status !== undefined)
    return failure(fault.status, fault.code ?? 10_000, fault.message ?? 'An error of this test.');
  try {
    if (found === undefined)
      return failure(404, 7000, `No route for that URI: ${request.method} ${path}`);
    const groups = found.pattern.exec(path)?.groups ?? {};
    authorize(request, groups['account'], content);
    const result = await found.handle(callOf(request, url, groups, { content, plane }));
    if (request.method !== 'GET') plane.changed();
    return success(result);
  } catch (error) {
    if (error instanceof ApiError) return failure(error.status, error.code, error.message);
    console.error(error);
    return failure(500, 10_013, 'An unknown error has occurred.');
  }
};

const authorize = (request: Request, account: string | undefined, content: Content): void => {
  if (request.headers.get('authorization') !== `Bearer ${content.token}`)
    refuse(403, 9109, 'Invalid access token');
  if (account !== undefined && account !== content.accountId)
    refuse(403, 9109, 'Unauthorized to access requested resource');
};
