// The product with its bindings counted: what each request asks of Durable Objects and of KV.
import worker, { type Env } from '../../src/mcp/index.ts';

export {
  AddressGuard,
  ClientLimiter,
  RolloutRegistry,
  RunnerHub,
  StageEngine,
} from '../../src/mcp/index.ts';

let counts: Record<string, number> = {};

const count = (what: string): void => {
  counts[what] = (counts[what] ?? 0) + 1;
};

const OBJECTS = [
  'STAGE_ENGINE',
  'RUNNER_HUB',
  'CLIENT_LIMITER',
  'ADDRESS_GUARD',
  'ROLLOUT_REGISTRY',
] as const;

/** Each call of a method counts under the object's name. */
const countedObjects = (name: string, objects: object): object =>
  onCall(objects, (method, result) =>
    method === 'get' ? onCall(Object(result), () => count(`object ${name}`), true) : undefined,
  );

const countedKv = (kv: object): object => onCall(kv, (method) => count(`kv ${method}`));

/** The same object; `heard` is told of every call, and may put something else in the place of what it gave. */
const onCall = (
  target: object,
  heard: (method: string, result: unknown) => unknown,
  isRpc = false,
): object =>
  new Proxy(target, {
    get: (_, method) => {
      const member: unknown = Reflect.get(target, method);
      // A stub has every method anybody asks for, `then` among them.
      if (typeof member !== 'function' || typeof method !== 'string' || method === 'then')
        return isRpc && method === 'then' ? undefined : member;
      return (...args: unknown[]) => {
        const result: unknown = Reflect.apply(member, target, args);
        return heard(method, result) ?? result;
      };
    },
  });

const countedEnv = (env: Env): Env => ({
  ...env,
  ...Object.fromEntries(OBJECTS.map((name) => [name, countedObjects(name, env[name])])),
  MCP_KV: countedKv(env.MCP_KV) as Env['MCP_KV'],
});

let counted: Env | undefined;

export default {
  fetch: (request, env, ctx) => {
    if (new URL(request.url).pathname === '/counts') {
      const answer = Response.json(counts);
      counts = {};
      return answer;
    }
    counted ??= countedEnv(env);
    return worker.fetch(request, counted, ctx);
  },
} satisfies ExportedHandler<Env>;
