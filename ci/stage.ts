// What a stage consists of, by Alchemy's state: asked in a process of its own, since nothing here knows Alchemy.
import { CliProblem } from '../src/cli/command.ts';
import {
  type Snapshot,
  type SnapshotResource,
  serverIn,
  snapshotSchema,
} from '../src/contract/snapshot.ts';
import { parseJson } from '../src/lib/json.ts';
import type { PipelineWorld, RunOptions } from './world.ts';

export interface Server {
  /** Where Cloudflare serves it. */
  readonly url: string;
  /** The name of its script. */
  readonly worker: string;
}

/** Empty for a stage that was never deployed, and where not even the store of the state is there yet. */
export const showStage = async (
  world: PipelineWorld,
  stage: string,
  options: RunOptions = {},
): Promise<readonly SnapshotResource[]> => {
  const words = ['src/runner/show-stage.ts', stage];
  const { code, output, stdout } = await world.bun(words, { isQuiet: true, ...options });
  if (code !== 0 && /state store not found/i.test(output)) return [];
  const snapshot = code === 0 ? parse(stdout) : undefined;
  if (snapshot === undefined)
    throw new CliProblem(
      `Alchemy's state of stage ${stage} could not be read: ${output.trim().split('\n').at(-1)?.slice(0, 300) ?? 'no reason given'}`,
    );
  return snapshot.resources;
};

/** Alchemy may have said something before. */
const parse = (stdout: string): Snapshot | undefined =>
  snapshotSchema.safeParse(parseJson(stdout.trim().split('\n').at(-1))).data;

export const serverOf = (resources: readonly SnapshotResource[]): Server | undefined => {
  const found = serverIn(resources);
  return found?.url == null || found.physicalName === null
    ? undefined
    : { url: new URL(found.url).origin, worker: found.physicalName };
};

/** The names by which Cloudflare knows what a stage has of a type. */
export const namesOf = (resources: readonly SnapshotResource[], type: string): string[] =>
  resources.flatMap((it) =>
    it.type === type && it.physicalName !== null ? [it.physicalName] : [],
  );
