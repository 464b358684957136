// Preloaded into a process that takes an emulated account for Cloudflare: what it asks of the API and of the account's
// own domains goes to loopback. Any other host is refused, so that no test reaches the Internet by mistake: a guard against
// accidents, which code that wants to get around it can.
import { Socket as NetSocket } from 'node:net';

const API = 'https://api.cloudflare.com/client/v4';
const apiUrl = process.env['EMULATED_API_URL'] ?? '';
const edgeUrl = process.env['EMULATED_EDGE_URL'] ?? '';
const domains = (process.env['EMULATED_DOMAINS'] ?? '').split(',').filter((name) => name !== '');

const isLoopback = (host: string): boolean =>
  ['127.0.0.1', 'localhost', '[::1]', '::1'].includes(host) || host.endsWith('.localhost');

const isOurs = (host: string): boolean =>
  domains.some((domain) => host === domain || host.endsWith(`.${domain}`));

interface Target {
  readonly url: string;
  /** Set where the address is not the name. */
  readonly host?: string;
}

const targetOf = (address: string): Target => {
  const { protocol, hostname, host, pathname, search } = new URL(address);
  if (address.startsWith(`${API}/`)) return { url: apiUrl + address.slice(API.length) };
  if (isOurs(hostname)) return { url: edgeUrl + pathname + search, host };
  const isNetwork = /^(https?|wss?):$/.test(protocol);
  if (!isNetwork || isLoopback(hostname)) return { url: address };
  throw new TypeError(`This process may not reach ${host}: it belongs to a test.`);
};

const addressOf = (input: RequestInfo | URL): string =>
  input instanceof Request ? input.url : input.toString();

const original = globalThis.fetch;
const rewritten = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
  const given = input instanceof Request ? input : undefined;
  const address = addressOf(input);
  const { url, host } = targetOf(address);
  const headers = new Headers((init?.headers ?? given?.headers) as Bun.HeadersInit);
  if (host !== undefined) headers.set('host', host);
  const request = given === undefined ? url : new Request(url, given);
  const response = await original(request, { ...init, headers, redirect: 'manual' });
  const location = response.headers.get('location');
  const isFollowed =
    location !== null &&
    response.status < 400 &&
    (init?.redirect ?? given?.redirect ?? 'follow') === 'follow' &&
    ['GET', 'HEAD'].includes(init?.method ?? given?.method ?? 'GET');
  // Left to fetch itself, a redirect would lead past what is checked here. Only those of a read are followed.
  return isFollowed ? rewritten(new URL(location, address), init) : response;
};
Reflect.set(globalThis, 'fetch', Object.assign(rewritten, original));

const OriginalSocket = globalThis.WebSocket;
Reflect.set(
  globalThis,
  'WebSocket',
  class extends OriginalSocket {
    constructor(address: string | URL, options?: unknown) {
      const { url, host } = targetOf(String(address));
      const given = socketOptions(options);
      const headers = { ...given.headers, ...(host !== undefined && { Host: host }) };
      super(url.replace(/^http/, 'ws'), { ...given, headers });
    }
  },
);

/** Protocols alone, or Bun's options with headers. */
const socketOptions = (options: unknown): { headers?: Record<string, string> } => {
  if (options === undefined) return {};
  if (typeof options === 'string' || Array.isArray(options))
    return { protocols: options } as object;
  return options as { headers?: Record<string, string> };
};

// Those who open connections themselves, such as node:http and node:https.
const connect: unknown = Reflect.get(NetSocket.prototype, 'connect');
Reflect.set(NetSocket.prototype, 'connect', function guarded(this: unknown, ...args: unknown[]) {
  const [first] = Array.isArray(args[0]) ? args[0] : args;
  const host: unknown =
    typeof first === 'object' && first !== null ? Reflect.get(first, 'host') : args[1];
  if (typeof host === 'string' && !isLoopback(host))
    throw new TypeError(`This process may not reach ${host}: it belongs to a test.`);
  if (typeof connect === 'function') return Reflect.apply(connect, this, args);
});
