// Deploys production: behind a canary, unless CANARY=off. Whatever goes wrong after the first change is undone, and the last
// line says in what state things are.
import { createAskAdmin } from '../src/cli/admin-client.ts';
import { CliProblem, readOptions } from '../src/cli/command.ts';
import { readDarkLaunch, setDarkLaunch } from '../src/cli/dark-launch.ts';
import { createAskServer } from '../src/cli/doctor/ask-server.ts';
import { STAGE_NAME } from '../src/contract/stage.ts';
import { isUnchanged } from './alchemy.ts';
import { forget, recall, remember } from './canary-record.ts';
import { type CanaryTools, canary } from './canary.ts';
import { type Cloudflare, createCloudflare } from './cloudflare.ts';
import { runScript } from './process-world.ts';
import { addressOf, deployAndWait, requireHealthy } from './serve.ts';
import { requireSettings } from './settings.ts';
import { type Server, serverOf, showStage } from './stage.ts';
import { undo, undoing } from './undo.ts';
import type { PipelineWorld } from './world.ts';

const OPTIONS = { stage: { type: 'string' } } as const;
const DEFAULT_STEPS = '10,50';
const DEFAULT_HOLD_S = '10';
const UNFORESEEN = 'The deploy has failed over something nobody foresaw.';

interface Wanted {
  readonly stage: string;
  readonly isCanary: boolean;
  readonly steps: readonly number[];
  readonly holdMs: number;
}

type Asked = Pick<Cloudflare, 'activeVersion' | 'takenBack'>;

export const deploy = async (
  words: readonly string[],
  world: PipelineWorld,
  given?: Asked,
): Promise<number> => {
  const wanted = wantedOf(words, world);
  requireSettings(
    world.env,
    wanted.isCanary
      ? { MCP_ADMIN_TOKEN: 'a canary turns the dark launch with it; CANARY=off deploys without' }
      : {},
  );
  const cloudflare = given ?? createCloudflare(world);
  const before = await servedBefore(wanted.stage, world);
  const env = variablesOf(wanted, world);
  if (before !== undefined && (await isUnchanged(world, wanted.stage, env))) {
    await requireNewest(before, cloudflare);
    await requireHealthy(before.url, { what: 'everything', stage: wanted.stage }, world);
    return ended(
      before,
      'Nothing has changed, so nothing was deployed. The server passed its smoke test.',
      world,
    );
  }
  forget(world);
  try {
    const { server, sentence } = wanted.isCanary
      ? await behindCanary(wanted, before, cloudflare, world)
      : await straight(wanted, before, cloudflare, world);
    return ended(server, sentence, world);
  } catch (error) {
    const record = recall(world);
    if (record === undefined || record.isOver) throw error;
    const state = await undo(world, record, undoing(world, cloudflare.activeVersion));
    world.summary(`### The deploy of ${wanted.stage} has failed\n\n${state}`);
    const reason = error instanceof CliProblem ? error.message : UNFORESEEN;
    throw new CliProblem(`${reason} ${state}`, { cause: error });
  }
};

const wantedOf = (words: readonly string[], { env }: PipelineWorld): Wanted => {
  const { values } = readOptions(words, OPTIONS, 0);
  const stage = values.stage ?? env['STAGE'] ?? '';
  if (!STAGE_NAME.test(stage))
    throw new CliProblem('Which stage? Give --stage NAME, or STAGE in the environment.');
  const canaryWord = env['CANARY'] ?? 'on';
  if (canaryWord !== 'on' && canaryWord !== 'off')
    throw new CliProblem(`CANARY must be on or off, not "${canaryWord}".`);
  const steps = (env['CANARY_STEPS'] ?? DEFAULT_STEPS).split(',').map(Number);
  if (
    steps.some((step, at) => !Number.isInteger(step) || step <= (steps[at - 1] ?? 0) || step > 100)
  )
    throw new CliProblem('CANARY_STEPS must be rising percentages from 1 to 100, such as 10,50.');
  const holdS = Number(env['CANARY_HOLD_S'] ?? DEFAULT_HOLD_S);
  if (!(holdS >= 0 && holdS <= 3_600))
    throw new CliProblem('CANARY_HOLD_S must be a number of seconds, 3600 at most.');
  return { stage, isCanary: canaryWord === 'on', steps, holdMs: holdS * 1_000 };
};

/** After a rollback Alchemy sees nothing to deploy, and "nothing has changed" would be green over the version before. */
const requireNewest = async ({ worker }: Server, { takenBack }: Asked): Promise<void> => {
  const taken = await takenBack(worker);
  if (taken === undefined) return;
  throw new CliProblem(
    `This code was deployed before and taken back: version ${taken.served.number} serves, not ${taken.newest.number}. Push other code, or deploy this again with: bun alchemy deploy --stage STAGE --yes --force; then bun mcp rollout set PERCENT.`,
  );
};

/** A server that has never heard of a percentage starts closed. */
const variablesOf = ({ isCanary }: Wanted, { env }: PipelineWorld) =>
  isCanary ? { DARK_LAUNCH_DEFAULT: env['DARK_LAUNCH_DEFAULT'] ?? '0' } : {};

const servedBefore = async (stage: string, world: PipelineWorld): Promise<Server | undefined> => {
  const server = serverOf(await showStage(world, stage));
  return server && addressOf(server, stage, world, true);
};

interface Deployed {
  readonly server: Server;
  readonly sentence: string;
}

const behindCanary = async (
  wanted: Wanted,
  before: Server | undefined,
  { activeVersion }: Pick<Cloudflare, 'activeVersion'>,
  world: PipelineWorld,
): Promise<Deployed> => {
  const { stage } = wanted;
  const admin = (url: string) => createAskAdmin(world, url);
  const tools: CanaryTools = {
    current: async () => {
      if (before === undefined) return undefined;
      const percentage = await percentageOf(before.url, world);
      return { server: before, ...(percentage !== undefined && { percentage }) };
    },
    activeVersion,
    setPercentage: (url, percentage) => setDarkLaunch(admin(url), percentage),
    readPercentage: async (url) => (await readDarkLaunch(admin(url))).value.percentage,
    deploy: async () => {
      const env = variablesOf(wanted, world);
      const { url, worker } = await deployAndWait({ stage, isHub: true, env }, world);
      return { url, worker };
    },
    smoke: (url, what) => requireHealthy(url, { what, stage }, world),
    pause: world.pause,
    stop: world.stop,
    remember: (record) => remember(world, record),
    tell: world.note,
  };
  const { server, percentage } = await canary(wanted, tools);
  const advice = percentage === 0 ? ' It was at 0% before: bun mcp rollout set PERCENT.' : '';
  return {
    server,
    sentence: `Deployed behind a canary; ${percentage}% of clients are let in.${advice}`,
  };
};

/** Undefined where it does not answer, or has another admin token than the one that comes with this deploy. */
const percentageOf = async (url: string, world: PipelineWorld): Promise<number | undefined> => {
  const health = await createAskServer(new URL(url), world.now)('/health');
  if (health?.status !== 200) {
    world.note(`${url} does not answer as it should; what serves now cannot be closed beforehand.`);
    return undefined;
  }
  try {
    return (await readDarkLaunch(createAskAdmin(world, url))).value.percentage;
  } catch (error) {
    if (!(error instanceof CliProblem)) throw error;
    world.note(`${error.message} So the dark launch is turned after the deploy, not before it.`);
    return undefined;
  }
};

const straight = async (
  { stage }: Wanted,
  before: Server | undefined,
  { activeVersion }: Pick<Cloudflare, 'activeVersion'>,
  world: PipelineWorld,
): Promise<Deployed> => {
  const record = {
    stage,
    ...before,
    ...(before !== undefined && { version: await activeVersion(before.worker) }),
    isTurned: false,
    isOver: false,
  };
  remember(world, record);
  const { url, worker } = await deployAndWait({ stage, isHub: true }, world);
  const server = { url, worker };
  remember(world, { ...record, ...server });
  await requireHealthy(server.url, { what: 'everything', stage }, world);
  remember(world, { ...record, ...server, isOver: true });
  return { server, sentence: 'Deployed without a canary.' };
};

const ended = ({ url }: Server, sentence: string, world: PipelineWorld): number => {
  world.output('url', url);
  world.summary(`### ${url}\n\n${sentence}`);
  world.note(sentence);
  world.say(url);
  return 0;
};

if (import.meta.main) await runScript(deploy);
