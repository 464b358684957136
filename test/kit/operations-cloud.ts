// The engine and its hub alone in a real workerd, which can be aborted, stopped and killed, and started again on the same
// disk and port. `engine(stage)` is called as a tool calls it.
import type { Readable } from 'node:stream';

import { Miniflare } from 'miniflare';

import type { KnownStage, StageOperations } from '../../src/contract/engine.ts';
import type { Snapshot } from '../../src/contract/snapshot.ts';
import type { Order } from '../../src/operations/operations-worker.fixture.ts';
import { bundle } from './bundle.ts';
import { workerds } from './workerds.ts';

const ENTRY = new URL('../../src/operations/operations-worker.fixture.ts', import.meta.url)
  .pathname;
const COMPATIBILITY_DATE = '2026-07-30';

/** A call into an object that is lost may hang. */
const ANSWER_MS = 10_000;

const CATALOG = JSON.stringify({
  stack: 'demo',
  stage: 'prod',
  self: 'mcp-server',
  entries: [],
});

export interface OperationsCloudOptions {
  readonly tickMs?: number;
  readonly ticks?: number;
  readonly folder?: string;
  readonly port?: number;
  readonly variables?: Readonly<Record<string, string>>;
  /** What there is outside; undefined: nothing. */
  readonly outside?: (request: Request) => Promise<Response | undefined>;
}

export interface EngineUnderTest extends StageOperations {
  setClock(offset: number): Promise<void>;
  forgetAlarm(): Promise<void>;
  alarmAt(): Promise<number | null>;
  /** Two alarms at once, as the platform promises not to have. */
  ring(): Promise<void>;
  sql(query: string): Promise<Record<string, unknown>[]>;
  snapshot(): Promise<Snapshot | undefined>;
  isHeldBy(run: string): Promise<boolean>;
  /** Answers never: the object is gone. */
  die(): Promise<void>;
}

export interface HubUnderTest {
  stages(): Promise<KnownStage[]>;
  stage(name: string): Promise<KnownStage | undefined>;
  runners(): Promise<number>;
  life(): Promise<string>;
  die(): Promise<void>;
}

export const startOperations = async (options: OperationsCloudOptions = {}) => {
  const { tickMs = 5_000, ticks = 8, folder, port, variables = {}, outside } = options;
  const before = new Set(workerds());
  const miniflare = new Miniflare({
    host: '127.0.0.1',
    ...(port !== undefined && { port }),
    modules: [{ type: 'ESModule', path: 'worker.js', contents: await bundle(ENTRY) }],
    compatibilityDate: COMPATIBILITY_DATE,
    durableObjects: {
      STAGE_ENGINE: { className: 'StageEngine', useSQLite: true },
      RUNNER_HUB: { className: 'RunnerHub', useSQLite: true },
    },
    bindings: { TICK_MS: tickMs, TICKS: ticks, MCP_CATALOG: CATALOG, ...variables },
    outboundService: async (request: Request): Promise<Response> =>
      (await outside?.(request)) ?? new Response('No Internet here.', { status: 502 }),
    handleRuntimeStdio: (out: Readable, errors: Readable) => {
      out.resume();
      errors.resume();
    },
    ...(folder !== undefined && { durableObjectsPersist: folder }),
  });
  const url = await miniflare.ready;
  const order = async (body: Order): Promise<unknown> => {
    const answer = await fetch(url, {
      method: 'POST',
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (!answer.ok) throw new Error(await answer.text());
    return Reflect.get((await answer.json()) as object, 'value');
  };
  const target = (stage: string | undefined) =>
    new Proxy(
      {},
      {
        get:
          (_, method) =>
          (...args: unknown[]) =>
            order({ method: String(method), args, ...(stage !== undefined && { stage }) }),
      },
    );
  return {
    url,
    engine: (stage: string) => target(stage) as EngineUnderTest,
    hub: target(undefined) as HubUnderTest,
    /** As when nobody has sent a message for a while: its memory is gone, and its sockets stay. */
    sleepHub: () => miniflare.unsafeEvictDurableObject('', 'RunnerHub', { name: 'hub' }),
    /** SIGKILL: nothing gets to say goodbye. */
    kill: async () => {
      const [pid, ...others] = workerds().filter((id) => !before.has(id));
      if (pid === undefined || others.length > 0) throw new Error('Which workerd is it?');
      process.kill(pid, 'SIGKILL');
      await miniflare.dispose().catch(() => undefined);
    },
    [Symbol.asyncDispose]: () => miniflare.dispose(),
  };
};

export type OperationsCloud = Awaited<ReturnType<typeof startOperations>>;
