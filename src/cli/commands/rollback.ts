// Back to what ran before, in the order of an emergency: first no traffic, which takes the admin token alone, then the
// version that served before. Alchemy never hears of it, so whoever goes back is told what the next deploy will do.
import { workersDevName } from '../../cloudflare/worker-at.ts';
import { type WorkerVersions, workerVersions } from '../../cloudflare/worker-versions.ts';
import { ownAccount, workerBehind } from '../cloudflare-account.ts';
import { deploymentProblemOf } from '../cloudflare-problem.ts';
import { CliProblem, type Command, type World, readOptions } from '../command.ts';
import { awaitHealth } from '../rollback/await-health.ts';
import { type Choice, chooseVersion } from '../rollback/choose-version.ts';
import { type Closing, closeTraffic } from '../rollback/close-traffic.ts';
import { listVersions, showChoice } from '../rollback/show-versions.ts';
import { saysYes } from '../says-yes.ts';
import { isThisMachine, serverUrl } from '../server-url.ts';
import { plain } from '../show.ts';
import { secondsOf } from '../time.ts';

const OPTIONS = {
  worker: { type: 'string' },
  version: { type: 'string' },
  list: { type: 'boolean', default: false },
  message: { type: 'string' },
  'keep-traffic': { type: 'boolean', default: false },
  force: { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
  wait: { type: 'string', default: '30s' },
  url: { type: 'string' },
} as const;

/** Cloudflare cuts what is longer. */
const MAX_MESSAGE = 100;

export const rollback: Command = {
  name: 'rollback',
  usage: '[--version N] [--worker NAME] [--list] [--yes] [--force] [--url URL]',
  about:
    'Sets the dark launch to 0, then lets the version of the Worker serve again that ran before.',
  details: [
    '--version       a number or an id of --list (what served before)',
    '--list          lists the versions, and changes nothing',
    '--worker        another Worker of the stack (the MCP server); the dark launch then stays as it is',
    '--keep-traffic  leaves the dark launch as it is',
    '--message       why, for the list of deployments',
    '--force         although a secret has changed since: the version has the secrets of its time',
    '--yes           without being asked',
    '--wait          how long the server has to answer afterwards (30s)',
    '--url           the MCP server (MCP_URL)',
    '',
    'The dark launch takes MCP_ADMIN_TOKEN, versions take CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID. Data stays as it is,',
    'and so does what was done to databases.',
  ],
  run: async (argv, world) => {
    const { values } = readOptions(argv, OPTIONS, 0);
    const server = serverUrl(world, values.url);
    const waitS = secondsOf(values.wait);
    if (waitS === undefined)
      throw new CliProblem(`--wait "${values.wait}" is no duration; write 30s or 2m.`);
    if (values.worker === undefined && isThisMachine(server))
      throw new CliProblem(
        `${server.origin} is on this machine and has no versions. Say which server at Cloudflare: --url or MCP_URL.`,
      );
    if (values.list) {
      const { worker, versions } = await versionsOf(server, values.worker, world);
      await listVersions(worker, versions, world);
      return 0;
    }
    const isServer = await isServerItself(server, values.worker, world);
    const isClosing = isServer && !values['keep-traffic'];
    const closing = isClosing ? await closeTraffic(world, values.url) : undefined;
    const target = await versionsOf(server, values.worker, world);
    const choice = await chooseVersion(target.versions, values.version);
    showChoice(target.worker, choice, world);
    if (!values.yes && !(await isAgreed(choice, world))) {
      world.note(`Version ${choice.from.number} goes on. ${trafficAdvice(closing)}`.trimEnd());
      return 1;
    }
    await goBack(target.versions, choice, values, world);
    world.say(`${target.worker} serves version ${choice.to.number} again.`);
    world.note(forGood(choice));
    if (!isServer) return 0;
    return finish({ server, closing, waitMs: waitS * 1_000, url: values.url }, choice, world);
  },
};

interface Target {
  readonly worker: string;
  readonly versions: WorkerVersions;
}

const versionsOf = async (
  server: URL,
  given: string | undefined,
  world: World,
): Promise<Target> => {
  const own = ownAccount(world);
  const worker = given ?? (await workerBehind(own, server));
  if (worker === undefined)
    throw new CliProblem(
      `Which Worker answers at ${server.host}? The account has no such domain. Say it with --worker NAME.`,
    );
  return { worker, versions: workerVersions(own.ask, own.account, worker) };
};

/** In doubt yes: traffic that was stopped needlessly is let in again with one command. */
const isServerItself = async (
  server: URL,
  given: string | undefined,
  world: World,
): Promise<boolean> => {
  if (given === undefined) return true;
  if (isThisMachine(server)) return false;
  try {
    const name = workersDevName(server.hostname) ?? (await workerBehind(ownAccount(world), server));
    return name === undefined || name === given;
  } catch (error) {
    if (error instanceof CliProblem) return true;
    throw error;
  }
};

const isAgreed = async ({ to }: Choice, world: World): Promise<boolean> => {
  world.note(
    'Its settings and secrets are those of its time; data, and databases’ tables, stay as they are.',
  );
  return saysYes(`Type yes to let version ${to.number} serve again:`, world);
};

const goBack = async (
  versions: WorkerVersions,
  { from, to }: Choice,
  { force, message = '' }: { readonly force: boolean; readonly message?: string | undefined },
  { env }: World,
): Promise<void> => {
  const who = env['USER'] ?? env['LOGNAME'] ?? 'somebody';
  const told = `bun mcp rollback by ${who}, ${from.number} to ${to.number}${message === '' ? '' : `: ${message}`}`;
  const answer = await versions.deploy(to.id, {
    message: plain(told, MAX_MESSAGE).slice(0, MAX_MESSAGE),
    isForced: force,
  });
  if (!answer.ok) throw new CliProblem(deploymentProblemOf(answer.error, `version ${to.number}`));
};

const forGood = ({ from, to }: Choice): string =>
  `Alchemy does not know: a deploy of the same code leaves version ${to.number}, until detect_drift or a plan is asked. For good, revert the code and deploy it. To serve version ${from.number}’s code again, deploy it with --force.`;

const trafficAdvice = (closing: Closing | undefined): string => {
  if (closing?.isClosed !== true) return '';
  const { before } = closing;
  return `The dark launch is at 0%. To let clients in again: bun mcp rollout set ${before === undefined || before === 0 ? 'PERCENT' : before}`;
};

interface Finish {
  readonly server: URL;
  readonly closing: Closing | undefined;
  readonly waitMs: number;
  readonly url: string | undefined;
}

const finish = async (
  { server, closing, waitMs, url }: Finish,
  { to }: Choice,
  world: World,
): Promise<number> => {
  const isUp = await awaitHealth(server, waitMs, world.now);
  // What was too broken to be told may hear it now.
  const isOpen = closing !== undefined && !closing.isClosed;
  const closed = isOpen && isUp ? await closeTraffic(world, url) : closing;
  world.note(
    isUp
      ? `${server.origin}/health answers. ${trafficAdvice(closed)}`.trimEnd()
      : `${server.origin}/health does not answer as it should. Look at its log, or go further back: bun mcp rollback --version N, below ${to.number}.`,
  );
  return isUp && closed?.isClosed !== false ? 0 : 1;
};
