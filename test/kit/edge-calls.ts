// What stands in front of MCP, as a caller and as an admin meet it: the whole answer, not what the protocol makes of it.
import type { Cloud } from './cloud.ts';
import { post } from './mcp-calls.ts';
import { ADMIN_TOKEN, type Claims, bearer } from './tokens.ts';

type Headers = Readonly<Record<string, string>>;

/** A client with limits and a rollout bucket of its own. */
export const by = (client: string, claims: Claims = {}): Record<string, string> =>
  bearer({ client_id: client, sub: client, ...claims });

/** The cheapest request that is counted. */
export const ping = (cloud: Cloud, headers: Headers): Promise<Response> =>
  post(cloud, { jsonrpc: '2.0', id: 1, method: 'ping' }, headers);

/** All at once. */
export const pings = (cloud: Cloud, count: number, headers: Headers): Promise<Response[]> =>
  Promise.all(Array.from({ length: count }, () => ping(cloud, headers)));

export const admin = (
  cloud: Cloud,
  method: string,
  path: string,
  { body, headers = {} }: { readonly body?: unknown; readonly headers?: Headers } = {},
): Promise<Response> =>
  cloud.fetch(path, {
    method,
    headers: { Authorization: `Bearer ${ADMIN_TOKEN}`, ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });

export const setRollout = (cloud: Cloud, percentage: number): Promise<Response> =>
  admin(cloud, 'PUT', '/admin/dark-launch', { body: { percentage } });

/** The lines the server wrote itself, read as what they are: JSON, one fact a line. */
export const logged = (cloud: Cloud): Record<string, unknown>[] =>
  cloud.logs.filter((line) => line.startsWith('{')).map((line) => Object(JSON.parse(line)));
