// Where a stack's state is kept, in one word: live in Alchemy's own state store at Cloudflare, on a laptop's local cloud in
// the project's folder. Whoever changes a stage through it, the MCP servers are told what the stage then consists of.
import * as Alchemy from 'alchemy';
import { AlchemyContext } from 'alchemy/AlchemyContext';
import type * as Cloudflare from 'alchemy/Cloudflare';
import { State, type StateService } from 'alchemy/State';
import * as Console from 'effect/Console';
import * as Effect from 'effect/Effect';
import * as Exit from 'effect/Exit';
import * as Layer from 'effect/Layer';

import { now } from '../lib/clock.ts';
import { Occasion } from '../runner/occasion.ts';
import { publishStage } from '../runner/publish-stage.ts';
import { hubStage, runnerToken } from './settings.ts';
import { cloudflareState } from './state-store.ts';

type StateLayer = ReturnType<typeof Cloudflare.state>;

/** `live` is another store for live stages, such as one in Postgres. */
export const mcpState = (live: StateLayer = cloudflareState()) =>
  Layer.unwrap(
    Effect.map(AlchemyContext, ({ dev }) => (dev ? Alchemy.localState() : published(live))),
  );

const published = (live: StateLayer) =>
  Layer.effect(
    State,
    Effect.gen(function* () {
      const store = yield* State;
      const { name } = yield* Alchemy.Stack;
      const { isRunner } = yield* Occasion;
      if (isRunner) return store;
      const changed = new Set<string>();
      yield* Effect.addFinalizer((exit) =>
        Effect.forEach(changed, (stage) => publish(store, name, stage, Exit.isSuccess(exit))),
      );
      return Effect.map(store, (service) => noticing(service, name, changed));
    }),
  ).pipe(Layer.provide(live));

/** Notes which stages of the stack are written to. */
const noticing = (service: StateService, name: string, changed: Set<string>): StateService => {
  const note = ({ stack, stage }: { readonly stack: string; readonly stage?: string }) => {
    if (stack === name && stage !== undefined) changed.add(stage);
  };
  return {
    ...service,
    set: (request) => {
      note(request);
      return service.set(request);
    },
    delete: (request) => {
      note(request);
      return service.delete(request);
    },
    deleteStack: (request) => {
      note(request);
      return service.deleteStack(request);
    },
    // The last word of every deploy, of one that had nothing to do too: what could not be published before now is.
    setOutput: (request) => {
      note(request);
      return service.setOutput(request);
    },
  };
};

/** The deploy is done by now, whatever becomes of this. */
const publish = (
  store: Effect.Effect<StateService>,
  stack: string,
  stage: string,
  hasSucceeded: boolean,
) =>
  Effect.gen(function* () {
    const token = runnerToken();
    if (token === undefined) return 'MCP_RUNNER_TOKEN is not set.';
    const hub = hubStage();
    return yield* publishStage(yield* store, {
      stack,
      stage,
      hub,
      token,
      hasSucceeded,
      now: now(),
    });
  }).pipe(
    Effect.catchCause(() => Effect.succeed('The state could not be read.')),
    Effect.flatMap((problem) =>
      problem === undefined ? Effect.void : Console.error(unpublished(stage, problem)),
    ),
  );

const unpublished = (stage: string, problem: string): string =>
  `get_resource_status does not know yet what stage ${stage} consists of now: ${problem} The next deploy tells it again.`;
