// A stage as Alchemy's own store has it. It holds secrets in clear, so nothing of it leaves the process but through the
// projection and as hashes.
import { existsSync, readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import type * as Alchemist from 'alchemy/Alchemist';
import { encodeFqn } from 'alchemy/FQN';
import { State, type StateService, encodeState } from 'alchemy/State';
import * as Effect from 'effect/Effect';

import type { StateRow } from './projection.ts';

export interface StageState {
  readonly rows: readonly StateRow[];
  /** Every row and the output as Alchemy writes them. */
  readonly encoded: Readonly<Record<string, unknown>>;
  readonly output: unknown;
}

/** Alchemy’s name for the store in `.alchemy/state`. */
const LOCAL_STORE = 'local';

/** A name that no resource has. */
const OUTPUT = '(output)';

export const storeOf = (session: Alchemist.Session) =>
  Effect.provide(Effect.flatten(State), session.context);

export const readStage = (store: StateService, stack: string, stage: string) =>
  Effect.gen(function* () {
    const rows: StateRow[] = [];
    const encoded: Record<string, unknown> = {};
    for (const fqn of yield* store.list({ stack, stage })) {
      const row = yield* store.get({ stack, stage, fqn });
      if (row === undefined) continue;
      const writtenAt =
        store.id === LOCAL_STORE
          ? yield* Effect.promise(() => rowWrittenAt(stack, stage, fqn))
          : undefined;
      const resourceType = row.kind === 'action' ? row.actionType : row.resourceType;
      rows.push({ ...row, fqn, resourceType, writtenAt });
      encoded[fqn] = encodeState(row);
    }
    const output = yield* store.getOutput({ stack, stage });
    encoded[OUTPUT] = encodeState(output);
    return { rows, encoded, output } satisfies StageState;
  });

/** The rows of every stage of every stack in the store. */
export const everyRow = (store: StateService) =>
  Effect.gen(function* () {
    const rows: StateRow[] = [];
    for (const stack of yield* store.listStacks())
      for (const stage of yield* store.listStages(stack))
        rows.push(...(yield* readStage(store, stack, stage)).rows);
    return rows;
  });

/**
 * A stage's rows as they lie in the local store, without opening the stack: its own code may fail over a secret that only
 * they have. Empty where another store is used.
 */
export const storedRows = (root: string, stage: string): Readonly<Record<string, unknown>> => {
  const folder = join(root, '.alchemy', 'state');
  if (!existsSync(folder)) return {};
  const files = new Bun.Glob(`*/${stage}/*.json`).scanSync(folder);
  return Object.fromEntries([...files].map((file) => [file, readRow(root, file)]));
};

const readRow = (root: string, file: string): unknown => {
  try {
    return JSON.parse(readFileSync(join(root, '.alchemy', 'state', file), 'utf8'));
  } catch {
    // Being written, or torn. It is only about what to keep quiet.
    return undefined;
  }
};

/** Alchemy's rows carry no time. The local store writes a file per row, and only when the row changes. */
const rowWrittenAt = async (stack: string, stage: string, fqn: string) => {
  const file = join('.alchemy', 'state', stack, stage, `${encodeFqn(fqn)}.json`);
  return stat(file).then(
    ({ mtimeMs }) => Math.round(mtimeMs),
    () => undefined,
  );
};
