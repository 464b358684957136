// The limits as a Worker, for tests inside workerd: a request carries an order as JSON. Test support only.
import { now } from '../../lib/clock.ts';
import { randomId } from '../../lib/ids.ts';
import { AddressGuard as Guard } from './address-guard.ts';
import { ClientLimiter as Limiter, type TakeRequest } from './client-limiter.ts';
import { createRateLimit } from './rate-limit.ts';
import type { RevocationEntry } from './revocations.ts';

interface Env {
  readonly LIMITERS: DurableObjectNamespace<ClientLimiter>;
  readonly GUARDS: DurableObjectNamespace<AddressGuard>;
  readonly BROKEN: DurableObjectNamespace<BrokenLimiter>;
  readonly WINDOW_MS: number;
}

/** Only here can the minute be shortened from outside. */
const shortened = (env: unknown) => {
  const isSet = typeof env === 'object' && env !== null && 'WINDOW_MS' in env;
  return isSet && typeof env.WINDOW_MS === 'number' ? { windowMs: env.WINDOW_MS } : {};
};

export class ClientLimiter extends Limiter {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env, shortened(env));
  }
  readonly #life = randomId();
  /** Another one after each restart of the object. */
  async life(): Promise<string> {
    return this.#life;
  }
}

export class AddressGuard extends Guard {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env, shortened(env));
  }
  /** Rows on disk, tables included. */
  async stored(): Promise<number> {
    return this.ctx.storage.sql.exec('SELECT 1 FROM sqlite_master').toArray().length;
  }
}

export class BrokenLimiter extends Limiter {
  override async take(): Promise<never> {
    throw new Error('driver says hunter2');
  }
}

export type Order = { readonly client: string; readonly times?: number } & (
  | { readonly kind: 'take'; readonly request: TakeRequest }
  | { readonly kind: 'admit'; readonly limit: number; readonly isBroken?: boolean }
  | { readonly kind: 'revoke'; readonly revocation: RevocationEntry }
  | { readonly kind: 'peek' | 'life' | 'fail' | 'stored' }
);

const act = async (order: Order, env: Env): Promise<() => Promise<unknown>> => {
  const { client } = order;
  const limiter = () => env.LIMITERS.getByName(client);
  const guard = () => env.GUARDS.getByName(client);
  switch (order.kind) {
    case 'take':
      return () => limiter().take(order.request);
    case 'revoke':
      return () => limiter().revoke(order.revocation);
    case 'peek':
      return () => limiter().peek();
    case 'life':
      return () => limiter().life();
    case 'fail':
      return () => guard().fail();
    case 'stored':
      return () => guard().stored();
    case 'admit': {
      const admit = createRateLimit({
        limiters: order.isBroken === true ? env.BROKEN : env.LIMITERS,
        limitOf: async () => ({ limit: order.limit }),
        now,
      });
      return () => admit({ client });
    }
  }
};

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const order: Order = JSON.parse(await request.text());
    const one = await act(order, env);
    const times = Array.from({ length: order.times ?? 1 }, one);
    return Response.json(await Promise.all(times));
  },
};
