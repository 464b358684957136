// The engine and its hub as a Worker, with what a test must be able to bend: the clock, the length of a tick, and the life
// of an object. A request carries a call of the engine as JSON; GET /runner connects a runner. Test support only.
import { now } from '../lib/clock.ts';
import { randomId } from '../lib/ids.ts';
import { HUB_NAME } from './hub-line.ts';
import { RunnerHub as Hub, type RunnerHubEnv } from './hub/runner-hub.ts';
import { StageEngine as Engine, type StageEngineEnv } from './stage-engine.ts';

interface Env extends StageEngineEnv, Omit<RunnerHubEnv, 'STAGE_ENGINE'> {
  readonly STAGE_ENGINE: DurableObjectNamespace<StageEngine>;
  readonly RUNNER_HUB: DurableObjectNamespace<RunnerHub>;
  readonly TICK_MS?: number;
  readonly TICKS?: number;
}

const OFFSET = 'test-clock-offset';
const WAKE = 'test-wake';

/**
 * An object whose clock steps. The platform sets alarms by its own clock, which does not, so that the alarm that was set
 * by the stepped clock is moved with it, as it is where the machine's clock steps.
 */
export class StageEngine extends Engine {
  constructor(ctx: DurableObjectState, env: Env) {
    const { storage } = ctx;
    const offset = (): number => Number(storage.kv.get(OFFSET) ?? 0);
    super(ctx, env, {
      clock: () => now() + offset(),
      terms: { tickMs: env.TICK_MS ?? 5_000, ticks: env.TICKS ?? 8 },
      alarms: {
        setAlarm: async (at) => {
          storage.kv.put(WAKE, Number(at));
          await storage.setAlarm(Number(at) - offset());
        },
        deleteAlarm: async () => {
          storage.kv.delete(WAKE);
          await storage.deleteAlarm();
        },
      },
    });
  }

  /** How far the clock is from the true one, from now on. */
  async setClock(offset: number): Promise<void> {
    const { storage } = this.ctx;
    storage.kv.put(OFFSET, offset);
    const wake = storage.kv.get(WAKE);
    if (typeof wake === 'number') await storage.setAlarm(wake - offset);
  }

  /** As when the machine is lost. */
  die(): void {
    this.ctx.abort('lost');
  }

  /** Loses the alarm, as a bug of the platform would. */
  async forgetAlarm(): Promise<void> {
    await this.ctx.storage.deleteAlarm();
  }

  /** Two alarms at once. */
  async ring(): Promise<void> {
    await Promise.all([this.alarm(), this.alarm()]);
  }

  async alarmAt(): Promise<number | null> {
    return this.ctx.storage.getAlarm();
  }

  /** Runs SQL of the test's own: to tamper, and to look. */
  async sql(query: string): Promise<unknown[]> {
    return this.ctx.storage.sql.exec(query).toArray();
  }
}

export class RunnerHub extends Hub {
  readonly #life = randomId();

  /** Another one each time the object wakes. */
  async life(): Promise<string> {
    return this.#life;
  }

  die(): void {
    this.ctx.abort('lost');
  }
}

export interface Order {
  /** The stage whose engine is meant; of the hub none. */
  readonly stage?: string;
  readonly method: string;
  readonly args: readonly unknown[];
}

const act = async (target: object, { method, args }: Order): Promise<unknown> => {
  const call: unknown = Reflect.get(target, method);
  if (typeof call !== 'function') throw new Error(`There is no ${method}.`);
  return Reflect.apply(call, target, [...args]);
};

export default {
  fetch: async (request, env): Promise<Response> => {
    const hub = env.RUNNER_HUB.get(env.RUNNER_HUB.idFromName(HUB_NAME));
    if (new URL(request.url).pathname === '/runner') return hub.fetch(request);
    const order: Order = JSON.parse(await request.text());
    const { stage } = order;
    try {
      const target =
        stage === undefined ? hub : env.STAGE_ENGINE.get(env.STAGE_ENGINE.idFromName(stage));
      return Response.json({ value: await act(target, order) });
    } catch (error) {
      return new Response(error instanceof Error ? error.message : 'failed', { status: 503 });
    }
  },
} satisfies ExportedHandler<Env>;
