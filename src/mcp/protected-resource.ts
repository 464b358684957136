// What a client that was refused may learn about getting in (RFC 9728): that tokens go into the Authorization header.
// There are no authorization_servers, because no server gives them out: the operator does, with `bun mcp token`. Open to
// all, so it lists only the scopes everybody gets, and nothing of the stack.
import { DEFAULT_SCOPES } from '../contract/scopes.ts';
import type { Settings } from './settings.ts';

const REALM = 'alchemy-mcp-worker';
const RESOURCE = '/mcp';

/** RFC 9728 §3.1: the well-known part goes between a resource's host and its path. Without a path it means the host. */
export const PROTECTED_RESOURCE_PATH = '/.well-known/oauth-protected-resource';

/**
 * `url` is that of the request. §3.3: `resource` must be what the address was made from, or a client throws the document
 * away; so it is taken from the address, and vouches for nothing.
 */
export const protectedResource = (
  { origin, pathname }: URL,
  { environment }: Pick<Settings, 'environment'>,
): Response =>
  Response.json({
    resource: pathname.replace(/\/$/, '').endsWith(RESOURCE) ? `${origin}${RESOURCE}` : origin,
    resource_name: `Alchemy MCP server (${environment})`,
    resource_documentation: 'https://alchemy.run',
    bearer_methods_supported: ['header'],
    scopes_supported: DEFAULT_SCOPES,
  });

/**
 * WWW-Authenticate of every 401, the same whatever was wrong: RFC 6750's `error` would tell a caller without a token
 * from one with a bad one.
 */
export const challenge = ({ origin }: URL): string =>
  `Bearer realm="${REALM}", resource_metadata="${origin}${PROTECTED_RESOURCE_PATH}${RESOURCE}"`;
