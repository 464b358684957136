// Applies a plan as it was made, and says what the stage consists of afterwards, however it ended.
import { rmSync } from 'node:fs';
import { join } from 'node:path';

import * as Alchemist from 'alchemy/Alchemist';
import * as Effect from 'effect/Effect';
import * as Exit from 'effect/Exit';

import type { Job } from '../contract/runner-ipc.ts';
import type { Outcome } from '../contract/runner-protocol.ts';
import type { Snapshot } from '../contract/snapshot.ts';
import { now } from '../lib/clock.ts';
import { isOnlyStopped, sentenceOf } from './failure.ts';
import { removeLocalData } from './local-cloud/local-data.ts';
import { sweepStrayConsumers } from './local-cloud/stray-consumers.ts';
import { sweepTornRows } from './local-cloud/torn-rows.ts';
import { fieldsOf, textOf } from './narrow.ts';
import { publicOutputs } from './outputs.ts';
import { forgetDeployedCode, recordDeployedCode } from './plan/code-record.ts';
import type { makePlan } from './plan/make-plan.ts';
import { spare } from './plan/spared-server.ts';
import { type StateRow, project } from './projection.ts';
import type { Owner } from './run-job.ts';
import { createScrubber } from './secret-texts.ts';
import { everyRow, readStage } from './stage-state.ts';
import { Stopped, gateBetweenResources } from './stop-between-resources.ts';

interface Apply {
  readonly job: Job;
  readonly owner: Owner;
  readonly root: string;
  readonly planned: Effect.Success<ReturnType<typeof makePlan>>;
  readonly secrets: ReadonlySet<string>;
}

export const applyPlan = (apply: Apply) =>
  Effect.gen(function* () {
    const { job, owner, planned } = apply;
    const { snapshot, store, stack, spared } = planned;
    if (job.driver.mode === 'local') {
      sweepTornRows(apply.root, stack, job.stage);
      yield* Effect.provide(sweepStrayConsumers(planned.state.rows), planned.services);
    }
    spare(snapshot.native, spared);
    gateBetweenResources(snapshot.native, owner.isStopping);
    const givenUp = Effect.promise(() => owner.gaveUp).pipe(
      Effect.andThen(Effect.fail(new Stopped())),
    );
    const exit = yield* Effect.exit(Effect.raceFirst(Alchemist.Stack.apply(snapshot), givenUp));
    const after = yield* readStage(store, stack, job.stage);
    const consists = project(stack, job.stage, after.rows, now());
    if (job.driver.mode === 'local') yield* clearLocalData(apply, after.rows);
    if (Exit.isSuccess(exit)) {
      keepRecord(apply);
      return succeeded(apply, consists, after);
    }
    if (owner.isStopping() && isOnlyStopped(exit.cause))
      return {
        status: 'cancelled',
        message: 'It was stopped between resources; what was begun by then is finished.',
        snapshot: consists,
      } satisfies Outcome;
    return {
      status: 'failed',
      message: createScrubber(apply.secrets)(sentenceOf(exit.cause)),
      snapshot: consists,
    } satisfies Outcome;
  });

const keepRecord = ({ job, root, planned }: Apply): void => {
  if (job.kind === 'destroy') forgetDeployedCode(root, planned.stack, job.stage);
  else recordDeployedCode(root, planned.stack, job.stage, planned.facts);
};

/** What Alchemy's local providers leave behind of resources that are gone. */
const clearLocalData = ({ root, planned, job }: Apply, left: readonly StateRow[]) =>
  Effect.gen(function* () {
    // What its Workers logged may be data too.
    if (left.length === 0)
      rmSync(join(root, '.alchemy', 'log', job.stage), { recursive: true, force: true });
    const { rows } = planned.state;
    const isGone = ({ fqn, attr }: StateRow) =>
      !left.some((row) => row.fqn === fqn && JSON.stringify(row.attr) === JSON.stringify(attr));
    const gone = rows.filter((row) => row.providerMode === 'local' && isGone(row));
    if (gone.length === 0) return;
    removeLocalData(root, gone, yield* everyRow(planned.store));
  });

const succeeded = (
  { job, secrets }: Apply,
  snapshot: Snapshot,
  { rows, output }: { readonly rows: readonly StateRow[]; readonly output: unknown },
): Outcome => ({
  status: 'succeeded',
  // After a destroy that spared the server, Alchemy still has what the last deploy returned.
  outputs: publicOutputs(job.kind === 'destroy' ? undefined : output, {
    snapshot,
    secrets,
    ids: idsOf(rows),
  }),
  snapshot,
});

/** What resources are known by: an id in a stack's output is one of these, or it may be anything. */
const idsOf = (rows: readonly StateRow[]): ReadonlySet<string> =>
  new Set(
    rows.flatMap(({ attr }) =>
      Object.entries(fieldsOf(attr)).flatMap(([name, value]) =>
        name.endsWith('Id') ? (textOf(value) ?? []) : [],
      ),
    ),
  );
