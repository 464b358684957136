// Stages beside the hub's that operations have deployed in an earlier life: Alchemy's state calls them deployed, and no
// process serves them. A deploy that changes nothing starts their Workers again; any other is not ours to begin.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import { CODE_PROPERTY, type Plan, type PlannedResource } from '../contract/plan.ts';
import { STAGE_NAME } from '../contract/stage.ts';
import { sharedToken } from '../runner/credential.ts';
import type { Driver } from '../runner/driver.ts';
import { publishOutcome, publishSnapshot } from '../runner/publish-snapshot.ts';
import type { Served } from './served.ts';

/** Of a row in Alchemy's local state, as far as it matters here. */
const rowSchema = z.object({
  status: z.string(),
  resourceType: z.string().optional(),
  providerMode: z.string().optional(),
});

type Row = z.output<typeof rowSchema>;

/** What no operation is half-way through with. `ran`: a script of the stack's. */
const SETTLED: ReadonlySet<string> = new Set(['created', 'updated', 'ran']);

export const isSettled = ({ status }: { readonly status: string }): boolean => SETTLED.has(status);

/** Stages with a local Worker, by Alchemy's local state. */
export const stagesToServe = (root: string, stack: string, hub: string): string[] =>
  entriesOf(join(root, '.alchemy', 'state', stack)).filter(
    (stage) => stage !== hub && STAGE_NAME.test(stage) && rowsOf(root, stack, stage).some(isWorker),
  );

const isWorker = ({ resourceType, providerMode }: Row): boolean =>
  resourceType === 'Cloudflare.Worker' && providerMode === 'local';

const rowsOf = (root: string, stack: string, stage: string): Row[] => {
  const folder = join(root, '.alchemy', 'state', stack, stage);
  return entriesOf(folder)
    .filter((name) => name.endsWith('.json') && name !== OUTPUT)
    .map((name) => rowIn(join(folder, name)));
};

/** What a stack returns, kept among its rows. */
const OUTPUT = '__stack_output__.json';

const entriesOf = (folder: string): string[] => {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
};

/** A row that cannot be read is nothing to build on. */
const rowIn = (file: string): Row => {
  try {
    return rowSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return { status: 'unreadable' };
  }
};

export interface ServeOptions {
  readonly root: string;
  readonly stack: string;
  /** The hub: where a stage's server answers now, it must know. */
  readonly url: string;
  readonly driver: Driver;
  readonly entrypoint: string;
  readonly runnerToken: string;
  readonly served: Served;
  readonly say: (line: string) => void;
}

/** Never fails: a stage that cannot be served is reported, and the others go on. */
export const serveStage = async (stage: string, options: ServeOptions): Promise<void> => {
  const { root, stack, url, driver, entrypoint, runnerToken, served, say } = options;
  const problemNow = () => interruption(rowsOf(root, stack, stage));
  const interrupted = problemNow();
  if (interrupted !== undefined) return say(`The stage ${stage} is not served: ${interrupted}`);
  let refusal: string | undefined;
  let isGone = false;
  const { outcome } = driver.run(
    { kind: 'deploy', stage, entrypoint, isHub: false },
    {
      onStep: () => {},
      mayBegin: (plan) => {
        // While it waited for its turn, an operation may have left it otherwise.
        isGone = rowsOf(root, stack, stage).length === 0;
        refusal = problemNow() ?? changeProblem(plan);
        return Promise.resolve(!isGone && refusal === undefined);
      },
    },
  );
  const ended = await outcome;
  if (isGone) return;
  if (refusal !== undefined) return say(`The stage ${stage} is not served: ${refusal}`);
  await publishOutcome(sharedToken(runnerToken), ended);
  if (ended.snapshot !== undefined) {
    await publishSnapshot(url, runnerToken, ended.snapshot);
    served.settle(ended.snapshot);
  }
  if (ended.status === 'succeeded') return say(`The stage ${stage} is served again.`);
  const extent = ended.snapshot === undefined ? 'not served' : 'not served in full';
  say(`The stage ${stage} is ${extent}: ${ended.message}`);
};

/** A deploy would finish, or undo, what somebody began with a plan and a lease. */
const interruption = (rows: readonly Row[]): string | undefined =>
  rows.every(isSettled) ? undefined : 'an operation on it was interrupted. Plan it again.';

/**
 * Serving a stage again starts its Workers and changes nothing: a change needs a plan, a lease and a line in the journal.
 * A change of code alone does not count: local Workers follow the source files in every stage, running or not.
 */
export const changeProblem = ({ resources }: Pick<Plan, 'resources'>): string | undefined => {
  const changed = resources.filter((row) => row.action !== 'noop' && !isHarmless(row));
  if (changed.length === 0) return undefined;
  const rest = changed.length > MAX_NAMED ? ` and ${changed.length - MAX_NAMED} more` : '';
  const names = changed.slice(0, MAX_NAMED).map(({ id }) => id);
  return `alchemy.run.ts, with its settings, no longer describes it as it is (${names.join(', ')}${rest}). Deploy it through the MCP server.`;
};

const isHarmless = ({ action, properties }: PlannedResource): boolean =>
  action === 'update' &&
  properties.length > 0 &&
  properties.every(({ path }) => HARMLESS.has(path));

/** The port is where `PORT` puts it; the hub is told. */
const HARMLESS: ReadonlySet<string> = new Set([CODE_PROPERTY, 'dev.port']);

const MAX_NAMED = 5;
