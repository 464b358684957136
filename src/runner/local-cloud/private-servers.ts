// Preloaded into every process of the local cloud. Alchemy's spawner and sidecar run whatever they are told, by
// anybody, and listen on every interface where Bun's default decides: any user of the machine, and any web page a person
// has open, could run code as that person. So here a server that names no address listens on loopback, and a server that
// speaks Alchemy's own protocol (they all take WebSockets, and no public port does) hears only those who carry our mark.
import { Server as HttpServer } from 'node:http';
import { Server as NetServer } from 'node:net';

import { MARK } from './mark.ts';

const LOOPBACK = '127.0.0.1';
const HEADER = 'x-local-cloud-mark';
const mark = process.env[MARK] ?? '';

type Handler = (this: unknown, request: Request, ...rest: unknown[]) => unknown;

/** Puts `change` in front of the arguments of `target[name]`, for whoever calls it. */
const intercept = <T extends object>(
  target: T,
  name: string & keyof T,
  change: (args: unknown[]) => unknown[],
): void => {
  const original: unknown = target[name];
  if (typeof original !== 'function') return;
  const replacement = function intercepted(this: unknown, ...args: unknown[]): unknown {
    return Reflect.apply(original, this, change(args));
  };
  Reflect.set(target, name, Object.assign(replacement, original));
};

const isOptions = (value: unknown): value is object => typeof value === 'object' && value !== null;

const isHeaders = (value: unknown): value is ConstructorParameters<typeof Headers>[0] =>
  isOptions(value);

const isHandler = (value: unknown): value is Handler => typeof value === 'function';

// Servers: where they listen, and to whom.

/** A page's request carries no header of our choosing without asking first, and a guess has 122 bits to find. */
const guarded = (handler: Handler): Handler =>
  function heardOnlyWithMark(this: unknown, request, ...rest) {
    const isOurs = mark !== '' && request.headers.get(HEADER) === mark;
    return isOurs
      ? Reflect.apply(handler, this, [request, ...rest])
      : new Response(null, { status: 403 });
  };

const serveOptions = (options: object): object => {
  const handler: unknown = Reflect.get(options, 'fetch');
  const isProtocol = 'websocket' in options && isHandler(handler);
  return {
    ...('unix' in options ? {} : { hostname: LOOPBACK }),
    ...options,
    ...(isProtocol && { fetch: guarded(handler) }),
  };
};

const serve = Bun.serve;
Reflect.set(Bun, 'serve', (options: object) => {
  const server: object = Reflect.apply(serve, Bun, [serveOptions(options)]);
  // Some servers are started empty and given their handler here.
  const reload: unknown = Reflect.get(server, 'reload');
  if (typeof reload === 'function')
    Reflect.set(server, 'reload', (later: object) =>
      Reflect.apply(reload, server, [serveOptions({ websocket: undefined, ...later })]),
    );
  return server;
});

/** `listen(port, …)` and `listen({ port, … })`; every other form says where. */
const listenArguments = ([first, ...rest]: unknown[]): unknown[] => {
  if (typeof first === 'number' && typeof rest[0] !== 'string') return [first, LOOPBACK, ...rest];
  if (isOptions(first) && 'port' in first) return [{ host: LOOPBACK, ...first }, ...rest];
  return [first, ...rest];
};
intercept(NetServer.prototype, 'listen', listenArguments);
intercept(HttpServer.prototype, 'listen', listenArguments);

// Clients: our own processes carry the mark to loopback, and nowhere else.

const isLoopback = (address: unknown): boolean =>
  URL.canParse(String(address)) &&
  ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(String(address)).hostname);

intercept(globalThis, 'fetch', ([input, init, ...rest]) => {
  const address = input instanceof Request ? input.url : input;
  if (!isLoopback(address)) return [input, init, ...rest];
  const options = isOptions(init) ? init : {};
  const own = input instanceof Request ? input.headers : undefined;
  const given: unknown = Reflect.get(options, 'headers') ?? own;
  const headers = new Headers(isHeaders(given) ? given : undefined);
  headers.set(HEADER, mark);
  return [input, { ...options, headers }, ...rest];
});

const Socket = globalThis.WebSocket;
Reflect.set(
  globalThis,
  'WebSocket',
  class extends Socket {
    constructor(url: string | URL, protocols?: string | string[]) {
      const headers = { [HEADER]: mark };
      if (isLoopback(url))
        super(url, protocols === undefined ? { headers } : { headers, protocols });
      else super(url, protocols);
    }
  },
);
