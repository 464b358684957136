// Alchemy's state store at Cloudflare, opened with care. When the store does not answer for half a minute, Alchemy's own
// `--yes` takes it for missing and deploys it again with another encryption key: then no state of any stack of the account
// can be read any more. So Cloudflare is asked first whether the store exists, and one that exists but is silent is left alone.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { AlchemyContext } from 'alchemy/AlchemyContext';
import * as Cloudflare from 'alchemy/Cloudflare';
import { State } from 'alchemy/State';
import * as Context from 'effect/Context';
import * as Effect from 'effect/Effect';
import * as Layer from 'effect/Layer';
import { z } from 'zod';

import { pause } from '../lib/pause.ts';
import { Occasion } from '../runner/occasion.ts';
import { type Account, type Answer, askFor, askWorkers } from './ask-account.ts';
import { refuse } from './refusal.ts';

/** As Alchemy's StateStore/Api.ts has them, which it keeps to itself. */
export const STORE = { script: 'alchemy-state-store', version: 7 } as const;

const PAUSES_MS = [500, 1_000, 2_000, 4_000];
const NOT_FOUND = 404;
const BUSY = 429;
const FAULT = 500;

/** What Alchemy keeps here while the store is being deployed for the first time. */
const UNFINISHED = join('.alchemy', 'state', 'CloudflareStateStore');

export const cloudflareState = () =>
  Layer.effect(
    State,
    Effect.gen(function* () {
      const scope = yield* Effect.scope;
      const { isRunner } = yield* Occasion;
      const { updateStateStore = false, ...alchemy } = yield* AlchemyContext;
      const context = yield* Effect.context<Layer.Services<ReturnType<typeof Cloudflare.state>>>();
      const open = Effect.gen(function* () {
        const found = yield* existsSync(UNFINISHED) ? Effect.succeed(NO_STORE) : lookForStore;
        if (found === SILENT) return yield* refuse(SILENCE);
        const isCurrent = found === STORE.version;
        if (isRunner && !isCurrent && !updateStateStore)
          return yield* refuse(found === NO_STORE ? MISSING : OUTDATED);
        // From here on Alchemy may update the store, or create a missing one, but never replace it.
        const careful = { ...alchemy, updateStateStore: updateStateStore && !isCurrent };
        const built = yield* Layer.buildWithScope(
          Cloudflare.state().pipe(Layer.provide(Layer.succeed(AlchemyContext, careful))),
          scope,
        );
        return yield* Context.get(built, State);
      });
      return yield* Effect.cached(Effect.provideContext(open, context));
    }),
  );

const NO_STORE = 'missing';
const SILENT = 'silent';

/** The version of the store that serves. */
const lookForStore = Effect.gen(function* () {
  const account = yield* yield* Cloudflare.CloudflareEnvironment;
  const answer = yield* Effect.promise(() => storeOf(account));
  return answer ?? (yield* refuse(UNASKED));
}).pipe(Effect.provide(Cloudflare.CloudflareApiLive()), Effect.orDie);

/** Undefined when Cloudflare did not say. */
const storeOf = async (account: Account): Promise<number | string | undefined> => {
  const ask = async (path: string) =>
    patiently(
      () => askWorkers(account, path),
      ({ status }) => status === NOT_FOUND || status < 300,
    );
  const script = await ask(`scripts/${STORE.script}/script-settings`);
  if (script?.status === NOT_FOUND) return NO_STORE;
  const own = subdomainSchema.safeParse((await ask('subdomain'))?.body);
  if (script === undefined || !own.success) return undefined;
  const url = `https://${STORE.script}.${own.data.result.subdomain}.workers.dev/version`;
  const told = await patiently(
    () => askFor(url, {}),
    ({ body }) => versionSchema.safeParse(body).success,
  );
  return versionSchema.safeParse(told?.body).data?.version ?? SILENT;
};

const subdomainSchema = z.object({ result: z.object({ subdomain: z.string() }) });
const versionSchema = z.object({ version: z.number() });

/** The first usable answer; undefined when there was none, or when trying again would not help. */
const patiently = async (
  ask: () => Promise<Answer | undefined>,
  isAnswer: (answer: Answer) => boolean,
): Promise<Answer | undefined> => {
  for (const pauseMs of [0, ...PAUSES_MS]) {
    await pause(pauseMs);
    const answer = await ask();
    if (answer !== undefined && isAnswer(answer)) return answer;
    if (answer !== undefined && isFinal(answer)) return undefined;
  }
  return undefined;
};

/** A store that was just deployed is not found for a moment. */
const isFinal = ({ status }: Answer): boolean =>
  status < FAULT && status !== BUSY && status !== NOT_FOUND;

const SILENCE = `Alchemy's state store, the Worker "${STORE.script}" of the account, does not answer: look at it in the dashboard, turn its workers.dev address on, and try again. Only if it has never held any state, delete that Worker instead.`;
const UNASKED =
  'Cloudflare did not say whether the account has a state store: try again, or give the API token "Workers Scripts: Edit".';
const MISSING =
  'The account has no state store of Alchemy yet: the first `bun alchemy deploy --yes` brings it.';
const OUTDATED =
  'Alchemy’s state store at Cloudflare is of another version: `bun alchemy deploy --yes` brings it up to date.';
