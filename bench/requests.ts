// What is asked, in both eras of the protocol, as bytes on a wire.
import { token } from '../test/kit/tokens.ts';

export type Era = 'legacy' | 'modern';
export type Case = 'list' | 'call' | 'query' | 'no-credential' | 'bad-signature' | 'limited';

const MODERN = '2026-07-28';
const META = 'io.modelcontextprotocol/';
const SCOPES =
  'infra:read infra:plan infra:deploy infra:destroy db:query storage:read cache:read workflow:trigger object:send';

const PARAMS = {
  list: {},
  call: { name: 'read_notes', arguments: { limit: 2 } },
  query: { name: 'query_database', arguments: { query: 'SELECT * FROM users LIMIT 5' } },
};

const METHODS = { list: 'tools/list', call: 'tools/call', query: 'tools/call' };

export type Served = keyof typeof PARAMS;

export const bearerOf = (client: string): Record<string, string> => ({
  authorization: `Bearer ${token({ client_id: client, sub: client, scope: SCOPES })}`,
});

/** One of the requests a client makes. */
export const requestOf = (
  asked: Served,
  era: Era,
  headers: Readonly<Record<string, string>> = {},
): Uint8Array => {
  const params: Record<string, unknown> = { ...PARAMS[asked] };
  const method = METHODS[asked];
  const name = asked === 'list' ? {} : { 'mcp-name': PARAMS[asked].name };
  if (era === 'legacy')
    return post(
      { jsonrpc: '2.0', id: 1, method, params },
      { 'mcp-protocol-version': '2025-11-25', ...headers },
    );
  const _meta = {
    [`${META}protocolVersion`]: MODERN,
    [`${META}clientInfo`]: { name: 'bench', version: '1.0.0' },
    [`${META}clientCapabilities`]: {},
  };
  return post(
    { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } },
    { 'mcp-protocol-version': MODERN, 'mcp-method': method, ...name, ...headers },
  );
};

const post = (message: unknown, headers: Readonly<Record<string, string>>): Uint8Array => {
  const body = JSON.stringify(message);
  const fields = {
    host: 'bench.example',
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'user-agent': 'bench/1.0',
    // Cloudflare's edge adds these two.
    'cf-connecting-ip': '203.0.113.7',
    'cf-ray': '8f0a1b2c3d4e5f60-FRA',
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
  };
  const head = Object.entries(fields).map(([field, value]) => `${field}: ${value}\r\n`);
  return Buffer.from(`POST /mcp HTTP/1.1\r\n${head.join('')}\r\n${body}`);
};
