// A canary that failed or was cancelled: back to the version before, or where that still serves, to the percentage before.
// It says in one sentence in what state things are, and is told nothing twice: once over, a record is left alone.
import { createAskAdmin } from '../src/cli/admin-client.ts';
import { CliProblem } from '../src/cli/command.ts';
import { setDarkLaunch } from '../src/cli/dark-launch.ts';
import { type CanaryRecord, remember } from './canary-record.ts';
import type { PipelineWorld } from './world.ts';

/** What an undo asks of the outside. */
export interface Undoing {
  /** The version that serves now. */
  readonly activeVersion: (worker: string) => Promise<string>;
  readonly setPercentage: (url: string, percentage: number) => Promise<unknown>;
  /** True when the version serves again. */
  readonly rollBack: (url: string, version: string) => Promise<boolean>;
}

export const undoing = (
  world: PipelineWorld,
  activeVersion: Undoing['activeVersion'],
): Undoing => ({
  activeVersion,
  setPercentage: (url, percentage) => setDarkLaunch(createAskAdmin(world, url), percentage),
  rollBack: async (url, version) => {
    const words = ['mcp', 'rollback', '--yes', '--version', version];
    const { code } = await world.bun(words, { env: { MCP_URL: url }, isMending: true });
    return code === 0;
  },
});

const RAISE = 'To let clients in again: bun mcp rollout set PERCENT.';

/** Returns the sentence. */
export const undo = async (
  world: PipelineWorld,
  record: CanaryRecord,
  tools: Undoing,
): Promise<string> => {
  const sentence = await mend(record, tools);
  remember(world, { ...record, isOver: true });
  return sentence;
};

const mend = async (record: CanaryRecord, tools: Undoing): Promise<string> => {
  const { url, worker, version, stage } = record;
  if (url === undefined || worker === undefined)
    return `The first deploy of stage ${stage} has not come to its end; a server that is there lets in nobody but testers. Deploy again.`;
  if (version === undefined)
    return close(url, tools, `The first version of ${worker} has no version before it:`);
  const now = await quietly(() => tools.activeVersion(worker));
  if (now === undefined) return close(url, tools, 'Which version serves is unknown:');
  if (now === version) return reopen(record, url, tools);
  const isBack = await quietly(() => tools.rollBack(url, version));
  const serving = await quietly(() => tools.activeVersion(worker));
  if (isBack === true && serving === version)
    return `Rolled back: version ${version} of ${worker} serves again, at 0%. What the deploy changed beside it stays. ${RAISE}`;
  const what =
    serving === version ? 'The version before serves again:' : 'THE NEW VERSION IS STILL DEPLOYED:';
  return close(url, tools, `The rollback has failed. ${what}`);
};

/** Nothing new serves, so there is nothing to keep clients away from. */
const reopen = async (record: CanaryRecord, url: string, tools: Undoing): Promise<string> => {
  const { before, worker, isTurned } = record;
  const still = `The version before of ${worker} still serves`;
  if (!isTurned || before === undefined) return `${still}, and the dark launch is as it was.`;
  const isSet = await succeeds(() => tools.setPercentage(url, before));
  return !isSet
    ? `${still}, but the dark launch is still at 0%: the admin API does not answer. Set it: bun mcp rollout set ${before}.`
    : `${still}, at ${before}% as before.`;
};

const close = async (url: string, tools: Undoing, what: string): Promise<string> => {
  const isSet = await succeeds(() => tools.setPercentage(url, 0));
  const rest = 'Look at `bun mcp rollback --list`.';
  return !isSet
    ? `${what} the admin API does not answer either, so clients may be let in. Set it to 0 by hand: bun mcp rollout set 0. ${rest}`
    : `${what} it lets in nobody but testers (0%). ${rest}`;
};

/** Undefined where it could not be done; each further step is still tried. */
const quietly = async <T>(step: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await step();
  } catch (error) {
    if (error instanceof CliProblem) return undefined;
    throw error;
  }
};

const succeeds = async (step: () => Promise<unknown>): Promise<boolean> =>
  (await quietly(async () => {
    await step();
    return true;
  })) === true;
