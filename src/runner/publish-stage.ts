// Tells the MCP servers what a stage consists of after somebody has changed it: the stage's own server, and the hub, which
// learns from it which stages there are and where they answer. For whoever deploys without our runner.
import type { StateService } from 'alchemy/State';
import * as Effect from 'effect/Effect';

import { type Snapshot, serverIn } from '../contract/snapshot.ts';
import { pause } from '../lib/pause.ts';
import { fieldsOf, listOf, textOf } from './narrow.ts';
import { plainUrl, project, type StateRow } from './projection.ts';
import { publishSnapshot } from './publish-snapshot.ts';
import { readStage } from './stage-state.ts';

/** A server that was just uploaded, or its new domain, may take a moment to answer everywhere. */
const PATIENCE_MS = { deployed: 20_000, failed: 0 } as const;
const PAUSE_MS = 1_000;
const ANSWER_MS = 5_000;

export interface Publication {
  readonly stack: string;
  readonly stage: string;
  readonly hub: string;
  readonly token: string;
  /** After a failure nobody waits for a server that may never answer. */
  readonly hasSucceeded: boolean;
  readonly now: number;
}

/** Undefined when everybody who is to know does, else a sentence. */
export const publishStage = (store: StateService, to: Publication) =>
  Effect.gen(function* () {
    const { stack, stage, hub, token, now } = to;
    const { rows } = yield* readStage(store, stack, stage);
    const snapshot = project(stack, stage, rows, now);
    const hubRows = stage === hub ? [] : (yield* readStage(store, stack, hub)).rows;
    const servers = [rows, hubRows]
      .map((known) => addressesOf(known))
      .filter((at) => at.length > 0);
    const patienceMs = PATIENCE_MS[to.hasSucceeded ? 'deployed' : 'failed'];
    const problems = yield* Effect.promise(() =>
      Promise.all(servers.map((at) => tell(at, token, snapshot, patienceMs))),
    );
    return problems.find((problem) => problem !== undefined);
  });

/** Where the MCP server among these rows answers. Its workers.dev address first: a new domain has no certificate yet. */
const addressesOf = (rows: readonly StateRow[]): string[] => {
  const server = serverIn(project('-', '-', rows, 0).resources)?.id;
  const attributes = fieldsOf(rows.find(({ fqn }) => fqn === server)?.attr);
  const urls = [textOf(attributes['url']), ...listOf(attributes['urls']).map(textOf)];
  const known = new Set(urls.flatMap((url) => plainUrl(url) ?? []));
  return [...known].toReversed();
};

const tell = async (
  addresses: readonly string[],
  token: string,
  snapshot: Snapshot,
  patienceMs: number,
): Promise<string | undefined> => {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    let problem: string | undefined;
    for (const address of addresses) {
      problem = await publishSnapshot(address, token, snapshot, ANSWER_MS);
      if (problem === undefined) return undefined;
    }
    if (performance.now() >= deadline) return problem;
    await pause(PAUSE_MS);
  }
};
