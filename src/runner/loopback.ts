// Preloaded into every process of the local cloud: a server that names no address listens on loopback. Alchemy's sidecar
// names none, and the default is every interface, where anyone on the network could call it.
import { Server as HttpServer } from 'node:http';
import { Server as NetServer } from 'node:net';

const LOOPBACK = '127.0.0.1';

/** Puts `change` in front of the arguments of `target[name]`, for whoever calls it. */
const intercept = <T extends object>(
  target: T,
  name: string & keyof T,
  change: (args: unknown[]) => unknown[],
): void => {
  const original: unknown = target[name];
  if (typeof original !== 'function') return;
  Reflect.set(target, name, function listenOnLoopback(this: unknown, ...args: unknown[]): unknown {
    return Reflect.apply(original, this, change(args));
  });
};

const isOptions = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** `Bun.serve({ … })`, unless it names an address or a socket file. */
intercept(Bun, 'serve', ([options, ...rest]) => [
  isOptions(options) && !('unix' in options) ? { hostname: LOOPBACK, ...options } : options,
  ...rest,
]);

/** `listen(port, …)` and `listen({ port, … })`; every other form says where. */
const listenArguments = ([first, ...rest]: unknown[]): unknown[] => {
  if (typeof first === 'number' && typeof rest[0] !== 'string') return [first, LOOPBACK, ...rest];
  if (isOptions(first) && 'port' in first) return [{ host: LOOPBACK, ...first }, ...rest];
  return [first, ...rest];
};
intercept(NetServer.prototype, 'listen', listenArguments);
intercept(HttpServer.prototype, 'listen', listenArguments);
