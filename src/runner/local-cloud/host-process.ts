// The local cloud's host: one long-lived process per project that owns Alchemy's sidecar, in which every local Worker,
// queue and database of every stage lives. Operations run in children that reach it through ALCHEMY_RPC_SPAWNER_URL,
// so each starts with fresh modules while Workers keep their ports and are replaced without a gap.
//
// It ends with whoever started it: when its stdin closes it closes the sidecar, and with it every workerd.
import { SIDECAR_ENTRY_URL } from 'alchemy/Local/RpcProviderProxy';
import * as RpcSpawner from 'alchemy/Local/RpcSpawner';
import { PlatformServices } from 'alchemy/Util/PlatformServices';
import * as Effect from 'effect/Effect';
import * as Exit from 'effect/Exit';
import * as Fiber from 'effect/Fiber';
import * as Layer from 'effect/Layer';
import * as FetchHttpClient from 'effect/unstable/http/FetchHttpClient';

import type { HostEvent } from '../../contract/runner-ipc.ts';

const tell = (event: HostEvent): void => void process.send?.(event);

/** The first operation would start the sidecar; asking now lets both load at once. A failure shows there. */
const warmSidecar = (url: string): Promise<unknown> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ serverEntryUrl: SIDECAR_ENTRY_URL }),
  }).catch(() => undefined);

const program = Effect.gen(function* () {
  const spawner = yield* RpcSpawner.RpcSpawner;
  tell({ type: 'ready', spawner: spawner.url });
  yield* Effect.promise(() => warmSidecar(spawner.url));
  return yield* Effect.never;
}).pipe(
  Effect.provide(
    RpcSpawner.layerServer({ envFile: undefined, profile: undefined }).pipe(
      Layer.provideMerge(Layer.merge(PlatformServices, FetchHttpClient.layer)),
    ),
  ),
  Effect.scoped,
);

const fiber = Effect.runFork(program);
let isEnding = false;

const end = async (): Promise<void> => {
  if (isEnding) return;
  isEnding = true;
  await Effect.runPromise(Fiber.interrupt(fiber));
  process.exit(0);
};

fiber.addObserver((exit) => {
  if (Exit.isFailure(exit) && !isEnding) process.exit(1);
});
// The whole terminal group gets Ctrl-C; only our parent decides when the cloud closes.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => void end());
process.stdin.on('end', () => void end());
process.stdin.on('error', () => void end());
process.stdin.resume();
