// Stages beside the hub's that operations have deployed in an earlier life: Alchemy's state calls them deployed, and no
// process serves them. A deploy of what is there already starts their Workers again.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import { HUB_STAGE, STAGE_NAME } from '../contract/stage.ts';
import type { Driver } from '../runner/driver.ts';
import { publishOutcome } from '../runner/publish.ts';
import { lossProblem } from './gate.ts';
import type { Served } from './served.ts';

const localWorker = z.object({
  resourceType: z.literal('Cloudflare.Worker'),
  providerMode: z.literal('local'),
});

/** Stages with a local Worker, by Alchemy's local state. */
export const stagesToServe = (root: string, stack: string): string[] =>
  entriesOf(join(root, '.alchemy', 'state', stack)).filter(
    (stage) =>
      stage !== HUB_STAGE &&
      STAGE_NAME.test(stage) &&
      entriesOf(join(root, '.alchemy', 'state', stack, stage)).some((name) =>
        isWorker(join(root, '.alchemy', 'state', stack, stage, name)),
      ),
  );

const entriesOf = (folder: string): string[] => {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
};

const isWorker = (file: string): boolean => {
  try {
    return localWorker.safeParse(JSON.parse(readFileSync(file, 'utf8'))).success;
  } catch {
    return false;
  }
};

export interface ServeOptions {
  readonly driver: Driver;
  readonly entrypoint: string;
  readonly runnerToken: string;
  readonly served: Served;
  readonly say: (line: string) => void;
}

/** Never fails: a stage that cannot be served is told of, and the others go on. */
export const serveStage = async (stage: string, options: ServeOptions): Promise<void> => {
  const { driver, entrypoint, runnerToken, served, say } = options;
  let refusal: string | undefined;
  const { outcome } = driver.run(
    { kind: 'deploy', stage, entrypoint, isHub: false },
    {
      onStep: () => {},
      mayBegin: (plan) => {
        refusal = lossProblem(plan, `deploy ${stage} through the MCP server.`);
        return Promise.resolve(refusal === undefined);
      },
    },
  );
  const ended = await outcome;
  if (ended.status !== 'succeeded')
    return say(`The stage ${stage} is not served. ${refusal ?? ended.message}`);
  await publishOutcome(runnerToken, ended);
  if (ended.snapshot !== undefined) served.settle(ended.snapshot);
  say(`The stage ${stage} is served again.`);
};
