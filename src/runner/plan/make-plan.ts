// Plans an operation with Alchemy and says what it means: rows, warnings, losses and the digest that stands for all of it.
// It writes nothing.
import { existsSync, readFileSync } from 'node:fs';

import * as Alchemist from 'alchemy/Alchemist';
import * as Effect from 'effect/Effect';
import { z } from 'zod';

import { accountIn } from '../../cloudflare/account.ts';
import type { Drift, Plan } from '../../contract/plan.ts';
import type { Job } from '../../contract/runner-ipc.ts';
import { inspect } from '../inspect-stage.ts';
import { fieldsOf, textOf } from '../narrow.ts';
import { secretsOf } from '../secret-values.ts';
import { type StageState, readStage, storeOf } from '../stage-state.ts';
import { deployedCode } from './code-record.ts';
import { digestOf } from './digest.ts';
import { type FileFacts, fileFactsOf } from './file-facts.ts';
import { inspectLive } from './live-drift.ts';
import { isLosing, plannedLosses } from './losses.ts';
import { type PlanNode, nodesOf } from './node.ts';
import { type Observed, planFrom } from './observed-state.ts';
import { planRows } from './rows.ts';
import { serverOf } from './spared-server.ts';
import { warningsOf } from './warnings.ts';
import { domainWarnings } from './zones.ts';

export type Verb = 'deploy' | 'destroy';

const NOTHING: ReadonlySet<string> = new Set();
const NOTHING_SEEN: ReadonlyMap<string, Observed> = new Map();

export const sessionOptions = ({ driver, kind }: Job) => ({
  dev: driver.mode === 'local',
  // A plan must not write, and bringing Cloudflare's own state store up to date does.
  updateStateStore: driver.mode === 'live' && (kind === 'deploy' || kind === 'destroy'),
});

/** `learn` is told every secret that is met, as it is met. */
export const makePlan = (
  job: Job,
  verb: Verb,
  { root, learn }: { root: string; learn: (secrets: ReadonlySet<string>) => void },
) =>
  Effect.gen(function* () {
    const target = { entrypoint: job.entrypoint, stage: job.stage };
    const { mode } = job.driver;
    const options = sessionOptions(job);
    const session = yield* Alchemist.open(target, options);
    const store = yield* storeOf(session);
    const stack = session.stack.name;
    const state = yield* readStage(store, stack, job.stage);
    learn(secretsOf(undefined, state.encoded));
    const inspected =
      mode === 'live' && verb === 'deploy' ? yield* inspectLive(target, state) : undefined;
    planFrom(session, store, inspected?.observed ?? NOTHING_SEEN);
    const snapshot = yield* Alchemist.Stack.plan({ target, operation: verb, ...options });
    learn(secretsOf(snapshot.native, {}));
    const nodes = nodesOf(snapshot.native);
    yield* requireEntryFiles(nodes);
    const facts = fileFactsOf(nodes, root, deployedCode(root, stack, job.stage));
    const spared = verb === 'destroy' && job.isHub ? serverOf(nodes) : NOTHING;
    const drift = inspected?.drift;
    const planned = { job, verb, stack, root, nodes, facts, spared, drift, state };
    const plan = yield* Effect.promise(() => describe(planned, snapshot.native));
    return { snapshot, store, stack, state, facts, spared, plan, services: session.context };
  });

interface Planned {
  readonly job: Job;
  readonly verb: Verb;
  readonly stack: string;
  readonly root: string;
  readonly nodes: readonly PlanNode[];
  readonly facts: ReadonlyMap<string, FileFacts>;
  readonly spared: ReadonlySet<string>;
  readonly drift: Drift | undefined;
  readonly state: StageState;
}

const describe = async (planned: Planned, native: Parameters<typeof nodesOf>[0]): Promise<Plan> => {
  const { job, verb, stack, root, nodes, facts, spared, drift, state } = planned;
  const { mode } = job.driver;
  const resources = planRows(native, { facts, spared });
  const { digest, fingerprints } = digestOf({
    verb,
    stack,
    stage: job.stage,
    engine: engineVersion(),
    key: job.runnerToken,
    native,
    root,
    entrypoint: job.entrypoint,
    facts,
    state: state.encoded,
    spared,
    drift,
  });
  const isLossy = nodes.some((node) => isLosing(node) && !spared.has(node.id));
  const inspection = isLossy
    ? await inspect({
        server: serverUrl(nodes),
        token: job.runnerToken,
        stage: job.stage,
        withLosses: true,
      })
    : undefined;
  const losses = plannedLosses(nodes, { root, mode, spared, inspection });
  const account = accountIn(process.env);
  const domains =
    mode === 'live' && verb === 'deploy' && account.ok
      ? await domainWarnings(nodes, account.value)
      : [];
  const warnings = warningsOf({ verb, mode, nodes, resources, losses, drift, domains });
  return {
    verb,
    stack,
    stage: job.stage,
    digest,
    fingerprints,
    resources,
    warnings,
    losses,
    ...(drift && { drift }),
  };
};

/** Where the stage's own MCP server answers, as its row has it. */
export const serverUrl = (nodes: readonly PlanNode[]): string | undefined => {
  const servers = serverOf(nodes);
  const rows = nodes.filter(({ id }) => servers.has(id)).map(({ row }) => textOf(row?.attr['url']));
  return rows.find((url) => url !== undefined);
};

/** Alchemy's local providers would deploy a Worker whose entry file is missing, and say nothing. */
const requireEntryFiles = (nodes: readonly PlanNode[]) =>
  Effect.forEach(nodes, ({ id, props }) => {
    const main = textOf(fieldsOf(props)['main']);
    return main === undefined || existsSync(main)
      ? Effect.void
      : Effect.fail(new Error(`the Worker ${id} has no file ${main}.`));
  });

const manifest = z.object({ version: z.string() });

/** It decides what a plan comes to. */
const engineVersion = (): string => {
  const file = new URL('../../package.json', import.meta.resolve('alchemy/Alchemist'));
  return manifest.parse(JSON.parse(readFileSync(file, 'utf8'))).version;
};
