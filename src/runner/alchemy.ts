import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, relative } from 'node:path';

// Alchemy's programmatic API, narrowed to what an operation needs. Everything Effect stays in here.
import * as Alchemist from 'alchemy/Alchemist';
import { encodeFqn } from 'alchemy/FQN';
import * as RpcProviderProxy from 'alchemy/Local/RpcProviderProxy';
import * as Cause from 'effect/Cause';
import * as Effect from 'effect/Effect';
import * as Exit from 'effect/Exit';
import { z } from 'zod';

import type { Job, OperationEvent } from '../contract/runner.ts';
import type { Snapshot } from '../contract/snapshot.ts';
import { now } from '../lib/clock.ts';
import { type Result, err, ok } from '../lib/result.ts';
import { project, type StateRow } from './projection.ts';

type Tell = (event: OperationEvent) => void;

/** Plans and applies the stack with Alchemy's local providers, served by the host's sidecar. */
export const deployLocally = async (job: Job, tell: Tell): Promise<Result<Snapshot, string>> => {
  const exit = await Effect.runPromiseExit(
    deploy(job, tell).pipe(
      Effect.provideService(Alchemist.Progress, (event) => Effect.sync(() => report(event, tell))),
      Effect.provide(RpcProviderProxy.layer(job.spawner)),
      Effect.provide(Alchemist.layer()),
      Effect.scoped,
    ),
  );
  return Exit.isSuccess(exit) ? ok(exit.value) : err(sentenceOf(exit.cause));
};

const deploy = (job: Job, tell: Tell) =>
  Effect.gen(function* () {
    const target = { entrypoint: job.entrypoint, stage: job.stage };
    const plan = yield* Alchemist.Stack.plan({ target, operation: 'deploy', dev: true });
    const changing = plan.resources.filter(({ action }) => action !== 'noop').length;
    tell({ type: 'planned', total: plan.resources.length, changing });
    yield* requireEntryFiles(plan.native.resources);
    yield* Alchemist.Stack.apply(plan);
    const rows = yield* stateRows(target, plan.stack.name);
    return project(plan.stack.name, job.stage, rows, now());
  });

/** Alchemy's local providers would deploy a Worker whose entry file is missing, and say nothing. */
const requireEntryFiles = (nodes: Readonly<Record<string, object>>) =>
  Effect.forEach(Object.entries(nodes), ([id, node]) => {
    const main = 'props' in node && hasMain(node.props) ? node.props.main : undefined;
    return main === undefined || existsSync(main)
      ? Effect.void
      : Effect.fail(new Error(`the Worker ${id} has no file ${main}.`));
  });

const hasMain = (props: unknown): props is { readonly main: string } =>
  typeof props === 'object' && props !== null && 'main' in props && typeof props.main === 'string';

const stateRows = (target: { entrypoint: string; stage: string }, stack: string) =>
  Effect.gen(function* () {
    const store = yield* Alchemist.State.store({ backend: 'configured', ...target });
    const rows: StateRow[] = [];
    for (const fqn of yield* store.list({ stack, stage: target.stage })) {
      const row = yield* store.get({ stack, stage: target.stage, fqn });
      if (row === undefined) continue;
      const writtenAt = yield* Effect.promise(() => rowWrittenAt(stack, target.stage, fqn));
      const resourceType = row.kind === 'action' ? row.actionType : row.resourceType;
      rows.push({ ...row, fqn, resourceType, writtenAt });
    }
    return rows;
  });

/** Alchemy's rows carry no time. The local store writes a file per row, and only when the row changes. */
const rowWrittenAt = async (stack: string, stage: string, fqn: string) => {
  const file = join('.alchemy', 'state', stack, stage, `${encodeFqn(fqn)}.json`);
  return stat(file).then(
    ({ mtimeMs }) => Math.round(mtimeMs),
    () => undefined,
  );
};

const report = (event: Alchemist.ProgressEvent, tell: Tell): void => {
  if (event._tag === 'plan.phase') tell({ type: 'phase', phase: event.phase });
  if (event._tag === 'apply.resource.status')
    tell({ type: 'resource', id: event.fqn, resourceType: event.type, status: event.status });
};

/** The first line of what went wrong, and where in the code. It is shown to the operator's own terminal only. */
const sentenceOf = (cause: Cause.Cause<unknown>): string => {
  const squashed = Cause.squash(cause);
  const error: unknown = squashed instanceof AggregateError ? squashed.errors[0] : squashed;
  const message = messageOf(error);
  const line = message.split('\n').find((text) => text.trim() !== '') ?? 'unknown failure';
  const place = placeOf(error);
  return place === undefined ? line : `${line} (${place})`;
};

const messageOf = (error: unknown): string => {
  if (error instanceof Error) return error.message;
  const tagged = z.object({ _tag: z.string(), message: z.string().optional() }).safeParse(error);
  return tagged.success ? (tagged.data.message ?? tagged.data._tag) : String(error);
};

const position = z.object({
  position: z.object({ file: z.string(), line: z.number(), column: z.number() }),
});

/** Where Bun stopped reading, when it is code that it could not read. */
const placeOf = (error: unknown): string | undefined => {
  const parsed = position.safeParse(error);
  if (!parsed.success) return undefined;
  const { file, line, column } = parsed.data.position;
  return `${relative(process.cwd(), file)}:${line}:${column}`;
};
