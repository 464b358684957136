// One operation, executed by Alchemy: planned, and if it has an effect, put to whoever gave the job and then applied as
// planned, from memory. Everything Effect ends in here.
import * as Alchemist from 'alchemy/Alchemist';
import * as RpcProviderProxy from 'alchemy/Local/RpcProviderProxy';
import * as Effect from 'effect/Effect';
import * as Exit from 'effect/Exit';

import { hasEffect } from '../contract/operation.ts';
import type { Plan } from '../contract/plan.ts';
import type { Job, Step } from '../contract/runner-ipc.ts';
import type { Outcome } from '../contract/runner-protocol.ts';
import { now } from '../lib/clock.ts';
import { applyPlan } from './apply.ts';
import { sentenceOf } from './failure.ts';
import { inspect } from './inspect-stage.ts';
import { Occasion } from './occasion.ts';
import { inspectLive } from './plan/live-drift.ts';
import { localDrift } from './plan/local-drift.ts';
import { makePlan, serverUrl, sessionOptions } from './plan/make-plan.ts';
import { nodesOf } from './plan/node.ts';
import { project } from './projection.ts';
import { createScrubber, secretsIn, secretsOfProject } from './secret-texts.ts';
import { secretsOf } from './secret-values.ts';
import { readStage, storedRows, storeOf } from './stage-state.ts';

/** What the operation's owner hears and says. */
export interface Owner {
  readonly tell: (step: Step) => void;
  /** May the effect begin? Resolves once the owner has decided. */
  mayBegin(plan: Plan): Promise<boolean>;
  /** Has the owner asked to stop? No resource is started on any more. */
  readonly isStopping: () => boolean;
  /** Resolves when what is in flight is to be given up too. */
  readonly gaveUp: Promise<void>;
}

export const runJob = async (job: Job, owner: Owner, root = process.cwd()): Promise<Outcome> => {
  const secrets = new Set([
    ...secretsIn({ ...process.env, RUNNER_TOKEN: job.runnerToken }),
    ...secretsOfProject(root, process.env),
    ...secretsOf(undefined, storedRows(root, job.stage)),
  ]);
  const learn = (met: ReadonlySet<string>): void => met.forEach((secret) => secrets.add(secret));
  const exit = await Effect.runPromiseExit(
    operate(job, owner, { root, learn, secrets }).pipe(
      Effect.provideService(Alchemist.Progress, (event) => Effect.sync(() => report(event, owner))),
      job.driver.mode === 'local'
        ? Effect.provide(RpcProviderProxy.layer(job.driver.spawner))
        : (effect) => effect,
      Effect.provide(Alchemist.layer()),
      Effect.provideService(Occasion, { verb: verbOf(job), isRunner: true }),
      Effect.scoped,
    ),
  );
  if (Exit.isSuccess(exit)) return exit.value;
  return { status: 'failed', message: createScrubber(secrets)(sentenceOf(exit.cause)) };
};

const verbOf = ({ kind }: Job): Occasion['verb'] => {
  if (kind === 'drift') return 'look';
  return kind === 'destroy' || kind === 'destroy_plan' ? 'destroy' : 'deploy';
};

interface Place {
  readonly root: string;
  readonly learn: (met: ReadonlySet<string>) => void;
  /** Those that have been met so far. */
  readonly secrets: ReadonlySet<string>;
}

const operate = (job: Job, owner: Owner, place: Place) =>
  Effect.gen(function* () {
    if (job.kind === 'drift') return yield* lookForDrift(job, place);
    const planned = yield* makePlan(job, verbOf(job) === 'destroy' ? 'destroy' : 'deploy', place);
    if (!hasEffect(job.kind)) return { status: 'succeeded', plan: planned.plan } satisfies Outcome;
    const mayBegin = yield* Effect.promise(() => owner.mayBegin(planned.plan));
    if (!mayBegin)
      return { status: 'cancelled', message: 'It was not allowed to begin.' } satisfies Outcome;
    return yield* applyPlan({ job, owner, root: place.root, planned, secrets: place.secrets });
  });

const lookForDrift = (job: Job, place: Place) =>
  Effect.gen(function* () {
    const target = { entrypoint: job.entrypoint, stage: job.stage };
    const session = yield* Alchemist.open(target, sessionOptions(job));
    const state = yield* readStage(yield* storeOf(session), session.stack.name, job.stage);
    const snapshot = project(session.stack.name, job.stage, state.rows, now());
    if (job.driver.mode === 'live') {
      const { drift } = yield* inspectLive(target, state);
      return { status: 'succeeded', drift, snapshot } satisfies Outcome;
    }
    const { plan, snapshot: planned } = yield* makePlan(job, 'deploy', place);
    const inspection = yield* Effect.promise(() =>
      inspect({
        server: serverUrl(nodesOf(planned.native)),
        token: job.runnerToken,
        stage: job.stage,
        withLosses: false,
      }),
    );
    const drift = yield* Effect.promise(() =>
      localDrift({ snapshot, planned: plan.resources, inspection }),
    );
    return { status: 'succeeded', drift, snapshot } satisfies Outcome;
  });

const report = (event: Alchemist.ProgressEvent, { tell }: Owner): void => {
  if (event._tag === 'plan.phase') tell({ type: 'phase', status: event.phase });
  if (event._tag === 'apply.resource.status')
    tell({ type: 'resource', id: event.fqn, resourceType: event.type, status: event.status });
};
